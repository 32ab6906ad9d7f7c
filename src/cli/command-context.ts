/** What a command reads and writes besides its arguments. @internal */
export interface CommandContext {
  /** Writes to standard output. */
  readonly print: (text: string) => void
  /** Writes to standard error. */
  readonly complain: (text: string) => void
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Standard input, which only `explain` reads. */
  readonly input: AsyncIterable<string | Uint8Array> & { readonly isTTY?: boolean }
  /** Whether standard output, and standard error, is a terminal, which may show colours and progress. */
  readonly isTerminal: { readonly output: boolean; readonly errors: boolean }
}
