import { digestOf } from './digest.ts'
import type { Sealing } from './sealing.ts'
import type { SharedStore } from './shared-store.ts'

/** @internal */
export interface SealedValuesOptions {
  readonly store: SharedStore
  readonly sealing: Sealing
  /** What the values are for, in a word. It is the readable part of a store key. */
  readonly purpose: string
  /** Whatever two users of the store must have in common to share values. */
  readonly scope: string
  /** Called when a value in the store cannot be opened. It then counts as absent. */
  readonly onFault: (fault: string) => void
}

/**
 * Values in a shared store, under keys that show nothing and sealed (REV-3). Purpose and scope are part
 * of the store key, and a sealed value is bound to its store key. So no value is ever read for another
 * purpose, in another scope, or for another key.
 *
 * @internal
 */
export class SealedValues {
  readonly #options: SealedValuesOptions

  constructor(options: SealedValuesOptions) {
    this.#options = options
  }

  /** Returns the text of a key; `undefined` if there is none, or if it cannot be opened. */
  async get(key: string): Promise<string | undefined> {
    const { store, sealing, purpose, onFault } = this.#options
    const storeKey = this.#storeKey(key)
    const sealed = await store.get(storeKey)
    if (sealed === undefined || sealed === null) return undefined
    const opened = sealing.open(purpose, storeKey, String(sealed))
    if ('text' in opened) return opened.text
    onFault(opened.fault)
    return undefined
  }

  /** Sets the text of a key, unless the key has one. @returns whether it was set */
  add(key: string, text: string, until: number): Promise<boolean> {
    const storeKey = this.#storeKey(key)
    return this.#options.store.add(storeKey, this.#seal(storeKey, text), until)
  }

  set(key: string, text: string, until: number): Promise<void> {
    const storeKey = this.#storeKey(key)
    return this.#options.store.set(storeKey, this.#seal(storeKey, text), until)
  }

  delete(key: string): Promise<void> {
    return this.#options.store.delete(this.#storeKey(key))
  }

  #seal(storeKey: string, text: string): string {
    const { sealing, purpose } = this.#options
    return sealing.seal(purpose, storeKey, text)
  }

  #storeKey(key: string): string {
    const { purpose, scope } = this.#options
    return `${purpose}:${digestOf(JSON.stringify([purpose, scope, key]))}`
  }
}
