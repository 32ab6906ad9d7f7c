/** Fetches revocations in the background. @internal */
export interface RevocationPolling {
  /** Begins to fetch. Further calls do nothing. */
  start(): void
  /** Waits for what is there now. @throws {UnavailableError} */
  ready(): Promise<void>
  close(): void
}
