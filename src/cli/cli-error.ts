/** A command line that is wrong; the message names the option. @internal */
export class CliError extends Error {
  override readonly name = 'CliError'
}
