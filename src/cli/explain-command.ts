import { explainToken, type TokenExplanation } from '../explain/index.ts'
import type { ResourceServerOptions } from '../resource-server/options.ts'
import { createResourceServer, type ResourceServer } from '../resource-server/resource-server.ts'
import { CliError } from './cli-error.ts'
import { type CommandContext, wantsColour } from './command-context.ts'
import { readConfiguration } from './explain-configuration.ts'
import { describeExplanation } from './explain-report.ts'
import { parseFlags } from './parse-flags.ts'
import { readToken } from './read-token.ts'

const USAGE = `Usage: mcp-resource-server explain [options] < token.txt

Reads one access token from standard input, and says rule by rule why this server accepts or refuses
it. The rules are those of the server itself. Neither the token nor its signature is printed. A whole
curl command, a header, or the JSON of a token response will do.

  --token-file <file>  reads the token from a file; - is standard input. A token is never an argument,
                       because other users of the machine can read arguments

What the server expects: its environment variables (MCP_ISSUER, MCP_RESOURCE and so on, as for
fromEnvironment), or

  --config <file>      a .env file with these variables, which then counts alone; or the options of
                       createResourceServer as JSON, with \`profile\` as a name
  --resource <url>     the server's URL, as its clients use it      (MCP_RESOURCE)
  --issuer <url>       the issuer of its tokens                     (MCP_ISSUER)
  --profile <name>     the kind of authorization server             (MCP_PROFILE)
  --audience <name>    a further audience; may be repeated          (MCP_AUDIENCES)
  --scope <scope>      a required scope; may be repeated            (MCP_SCOPES)
  --client-id <id>     the server's client for introspection        (MCP_CLIENT_ID); its secret is in
                       MCP_CLIENT_SECRET

How much is checked:

  --keys <file>        the issuer's keys (a JWK Set), to check the signature offline
  --fetch              fetches the issuer's metadata and keys, and asks its introspection endpoint if
                       there are credentials. Without it, nothing leaves this machine
  --tool <name>        explains whether the policy in the JSON file lets the token call a tool. Without it,
                       the tools that the token may call are listed

  --json               prints JSON
  --no-color           no colours on a terminal (also NO_COLOR)
  --help               this text

Exit code: 0 the token is accepted; 1 it is refused, or could not be checked completely; 2 the command
line, the configuration or the input is wrong.
`

const OPTIONS = {
  'token-file': { type: 'string' },
  config: { type: 'string' },
  resource: { type: 'string' },
  issuer: { type: 'string' },
  profile: { type: 'string' },
  audience: { type: 'string', multiple: true },
  scope: { type: 'string', multiple: true },
  'client-id': { type: 'string' },
  keys: { type: 'string' },
  fetch: { type: 'boolean' },
  tool: { type: 'string' },
  json: { type: 'boolean' },
  'no-color': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

/**
 * Runs `mcp-resource-server explain`.
 *
 * @returns 0 if the token is accepted, otherwise 1
 * @throws {CliError} naming the option, the variable or the input that is wrong
 * @internal
 */
export async function explainCommand(
  args: readonly string[],
  context: CommandContext,
): Promise<number> {
  const {
    help,
    'token-file': file = '-',
    config,
    keys,
    fetch = false,
    tool,
    json,
    'no-color': noColor = false,
    ...flags
  } = read(args)
  const { print, environment } = context
  if (help === true) {
    print(USAGE)
    return 0
  }
  const options = readConfiguration({ config, keys, flags, environment })
  const resourceServer = createServer(options)
  try {
    if (tool !== undefined && resourceServer.policy === undefined) {
      throw new CliError('--tool needs a `policy`, which only a JSON file of --config can have')
    }
    const { token, notes } = await readToken(file, context)
    const use = { fetch, ...(tool === undefined ? {} : { tool }) }
    const explanation = await explainToken(token, resourceServer, use)
    const inColour = wantsColour(context, noColor)
    print(
      json === true
        ? asJson(explanation, notes)
        : describeExplanation(explanation, notes, { inColour, fetched: fetch }),
    )
    return explanation.verdict === 'accepted' ? 0 : 1
  } finally {
    await resourceServer.close()
  }
}

/** Parses the flags. An argument may be a token by mistake, so no message quotes it. */
function read(args: readonly string[]): ReturnType<typeof parseFlags<typeof OPTIONS>> {
  try {
    return parseFlags(args, OPTIONS)
  } catch (error) {
    const { message } = error as Error
    if (!/^Unexpected argument|'--?token'|eyJ/.test(message)) throw error
    throw new CliError(
      'a token is never an argument, because other users of the machine can read arguments; give it on standard input or with --token-file',
    )
  }
}

function createServer(options: ResourceServerOptions): ResourceServer {
  try {
    return createResourceServer(options)
  } catch (error) {
    if (error instanceof TypeError) throw new CliError(error.message)
    throw error
  }
}

function asJson({ verdict, rules, otherKind }: TokenExplanation, notes: readonly string[]): string {
  return `${JSON.stringify({ verdict, otherKind, notes, rules }, null, 2)}\n`
}
