/** An error in the command line. The message names the option. @internal */
export class CliError extends Error {
  override readonly name = 'CliError'
}
