/** An error in the command line. The message names the option. @internal */
export class CliError extends Error {
  override readonly name = 'CliError'
}

/** A command that could not be carried out, although the command line is right. @internal */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed'
}
