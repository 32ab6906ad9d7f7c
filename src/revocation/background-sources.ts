/** A source of revocations that works in the background, such as polling. @internal */
export interface BackgroundSource {
  /** Begins to work. Further calls do nothing. */
  start(): void
  /** Waits until the source works, and has fetched what there is. @throws {UnavailableError} */
  ready(): Promise<void>
  close(): void
}

/** The background sources of a resource server. They start with the first request, or with `ready()`. @internal */
export class BackgroundSources {
  readonly #sources: BackgroundSource[] = []
  #started = false

  add(source: BackgroundSource): void {
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
