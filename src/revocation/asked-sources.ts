import type { RevocationPolling } from './revocation-polling.ts'

/** The sources that this server asks. They start with the first request, or with `ready()`. @internal */
export class AskedSources {
  readonly #sources: RevocationPolling[] = []
  #started = false

  add(source: RevocationPolling): void {
    this.#sources.push(source)
  }

  /** Starts all sources, once. It is called for every request. */
  start(): void {
    if (this.#started) return
    this.#started = true
    for (const source of this.#sources) source.start()
  }

  /** Waits until all sources work. @throws {UnavailableError} */
  async ready(): Promise<void> {
    this.start()
    await Promise.all(this.#sources.map((source) => source.ready()))
  }

  close(): void {
    for (const source of this.#sources) source.close()
  }
}
