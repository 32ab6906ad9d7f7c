/** What a command reads and writes besides its arguments. @internal */
export interface CommandContext {
  /** Writes to standard output. */
  readonly print: (text: string) => void
  /** Writes to standard error. */
  readonly complain: (text: string) => void
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Standard input, which only `explain` reads. */
  readonly input: AsyncIterable<string | Uint8Array> & { readonly isTTY?: boolean }
  /** Whether standard output is a terminal, which may show colours. */
  readonly isTerminal: boolean
}

/** Whether a command prints in colour: on a terminal, unless `--no-color` or `NO_COLOR` is set. @internal */
export function wantsColour(
  { isTerminal, environment }: Pick<CommandContext, 'isTerminal' | 'environment'>,
  noColor: boolean,
): boolean {
  return isTerminal && !noColor && !environment.NO_COLOR
}
