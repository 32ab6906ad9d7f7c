import type { MaybePromise } from './maybe-promise.ts'

/** An entry of a {@link SharedLog}. */
export interface LogEntry {
  /** Its position. A later entry has a later position. */
  readonly position: string
  readonly text: string
}

/** A log that several processes share. Every process reads all entries, in the same order. */
export interface SharedLog {
  /**
   * Appends an entry.
   *
   * @returns the position of the entry, once the store has it
   */
  append(text: string): Promise<string>
  /**
   * Reads the entries after a position, the oldest first. If there are none, it waits for the next one,
   * at most for a time.
   *
   * @param after `undefined`: from the beginning
   * @param wait in milliseconds
   * @param signal ends the wait
   * @returns the next entries, not necessarily all; empty if the time is over
   */
  read(after: string | undefined, wait: number, signal: AbortSignal): Promise<readonly LogEntry[]>
  /** Whether the entry at a position is still in the log. A store that was emptied does not have it. */
  has(position: string): Promise<boolean>
  /**
   * Drops old entries. The age of an entry is the time between it and the newest one, by the clock of the
   * store. So an instance whose clock is wrong drops nothing that the others need.
   *
   * @param keep the age up to which entries are kept, in milliseconds
   */
  trim(keep: number): Promise<void>
}

/**
 * A store that several processes share, such as Redis. Processes that share a store revoke together, and
 * can share used ids, MCP sessions and introspection results. A method that fails throws or rejects.
 */
export interface SharedStore {
  /** The log with this name. */
  log(name: string): SharedLog
  /**
   * Adds a value under a key, unless the key has a value. Two calls for the same key must never both get
   * `true`.
   *
   * @param until when the key is dropped, in milliseconds since the epoch
   */
  add(key: string, value: string, until: number): Promise<boolean>
  /** Returns the value of a key; `undefined` if there is none. */
  get(key: string): Promise<string | undefined>
  /** Replaces the value of a key. */
  set(key: string, value: string, until: number): Promise<void>
  /** Removes a key. A key that is not there is no error. */
  delete(key: string): Promise<void>
  /** Closes what the store has opened itself. The client that the user gave stays open. */
  close(): MaybePromise<void>
}
