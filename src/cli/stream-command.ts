import { randomUUID } from 'node:crypto'
import { UnavailableError } from '../errors/unavailable-error.ts'
import { assertUrl } from '../options/check-url.ts'
import { EVENT_EFFECTS } from '../revocation/events/event-types.ts'
import { descriptionOf } from '../revocation/stream/managed-stream.ts'
import { RegisteredStreams } from '../revocation/stream/registered-streams.ts'
import type {
  StreamConfiguration,
  WantedStream,
} from '../revocation/stream/stream-configuration.ts'
import { CliError, CommandFailed } from './cli-error.ts'
import { parseFlags } from './parse-flags.ts'
import { authorizationIn, transmitterFor } from './stream-access.ts'
import { describeStream, optionsFor, safeText } from './stream-report.ts'

const USAGE = `Usage: mcp-resource-server stream <create|show|verify|status|delete> --issuer <url> --client-id <id> [options]

Sets up by hand the stream of security events that an authorization server sends to an MCP server (SSF
1.0). A server with the option securityEvents.client does all of this by itself.

  create   creates the stream, or changes the one that is there, and prints the options of
           createResourceServer
  show     prints the stream of the client, and the options
  verify   asks the authorization server for a verification event
  status   prints the status of the stream, or sets it
  delete   deletes the stream. Events that were not delivered yet are lost

  --issuer <url>                the authorization server (required)
  --client-id <id>              the client that has the stream (MCP_CLIENT_ID)
  --client-secret-file <file>   a file with the client's secret (MCP_CLIENT_SECRET holds the secret)
  --client-key-file <file>      a PEM with the client's private key (MCP_CLIENT_KEY_FILE)
  --scope <scope>               a scope of the token for managing the stream; may be repeated
                                (ssf.manage and ssf.read)
  --configuration-url <url>     URL of the transmitter's metadata (made from the issuer)
  --stream-id <id>              the stream, if the client has several
  --push-url <url>              create: the events are pushed to this URL of the MCP server
  --authorization-file <file>   create, with --push-url: a file with the value of Authorization that
                                each push has. If it is not there, it is written with a random value
  --poll                        create: the MCP server fetches the events
  --event <type>                create: the URI of an event type; may be repeated (all types that
                                revoke tokens)
  --resource <url>              create: the MCP server's URL, so that it knows the stream as its own
  --set <status>                status: enabled, paused or disabled
  --allow-insecure-http         the authorization server is on another host and has no https; only for
                                closed test set-ups
  --help                        this text

Secrets are never printed, and never arguments: other users of the machine could read them.
The exit code is 0, 1 if the authorization server refused or did not answer, 2 if the command line is wrong.
`

const OPTIONS = {
  issuer: { type: 'string' },
  'client-id': { type: 'string' },
  'client-secret-file': { type: 'string' },
  'client-key-file': { type: 'string' },
  scope: { type: 'string', multiple: true },
  'configuration-url': { type: 'string' },
  'stream-id': { type: 'string' },
  'push-url': { type: 'string' },
  'authorization-file': { type: 'string' },
  poll: { type: 'boolean' },
  event: { type: 'string', multiple: true },
  resource: { type: 'string' },
  set: { type: 'string' },
  'allow-insecure-http': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

type Flags = ReturnType<typeof parseFlags<typeof OPTIONS>>

/** The flags that only some subcommands have. */
const ONLY: Readonly<Partial<Record<keyof typeof OPTIONS, string>>> = {
  'push-url': 'create',
  'authorization-file': 'create',
  poll: 'create',
  event: 'create',
  resource: 'create',
  set: 'status',
}

interface Context {
  readonly flags: Flags
  readonly streams: RegisteredStreams
  readonly clientId: string
  readonly print: (text: string) => void
}

const SUBCOMMANDS: Readonly<Record<string, (context: Context) => Promise<void>>> = {
  create,
  show,
  verify,
  status,
  delete: deleteStream,
}

/**
 * Runs `mcp-resource-server stream`.
 *
 * @throws {CliError} naming the option that is wrong
 * @throws {CommandFailed} if the authorization server refuses or does not answer
 * @internal
 */
export async function streamCommand(
  args: readonly string[],
  print: (text: string) => void,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const [name, ...rest] = args
  if (name === '--help' || name === '-h') return print(USAGE)
  if (name === undefined || !Object.hasOwn(SUBCOMMANDS, name)) {
    const names = Object.keys(SUBCOMMANDS).join(', ')
    throw new CliError(`stream needs one of ${names}${name === undefined ? '' : `; got ${name}`}`)
  }
  const flags = parseFlags(rest, OPTIONS)
  if (flags.help) return print(USAGE)
  for (const [flag, only] of Object.entries(ONLY)) {
    if (flags[flag as keyof Flags] === undefined || only === name) continue
    throw new CliError(`--${flag} is only for stream ${only}`)
  }
  const { transmitter, http } = transmitterFor(flags, environment)
  const clientId = flags['client-id'] ?? environment.MCP_CLIENT_ID ?? ''
  const streams = new RegisteredStreams(transmitter)
  try {
    await SUBCOMMANDS[name]?.({ flags, streams, clientId, print })
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error
    throw new CommandFailed(safeText(error.message))
  } finally {
    await http.close()
  }
}

async function create({ flags, streams, clientId, print }: Context): Promise<void> {
  const { made, ...wanted } = wantedStream(flags)
  const { stream, done } = await streams.settle(wanted, true)
  const found = await streams.status(stream.id)
  const words = { created: 'was created', updated: 'was changed', adopted: 'is right already' }
  print(`The stream ${words[done]}.\n\n${describeStream(stream, found?.status)}`)
  if (made) print(`\n--authorization-file was written: ${flags['authorization-file']}\n`)
  print(`\nOptions of createResourceServer, for this authorization server:\n\n`)
  print(optionsFor(stream, clientId))
}

async function show(context: Context): Promise<void> {
  const { streams, clientId, print } = context
  const stream = await theStream(context)
  const found = await streams.status(stream.id)
  print(describeStream(stream, found?.status))
  print(`\nOptions of createResourceServer, for this authorization server:\n\n`)
  print(optionsFor(stream, clientId))
}

async function verify(context: Context): Promise<void> {
  const { streams, print } = context
  const { id } = await theStream(context)
  const later = await streams.verify(id, randomUUID())
  if (later !== undefined) {
    throw new CommandFailed(`a verification event was asked for too often; try again in ${later} s`)
  }
  print(
    `The authorization server sends a verification event for the stream ${safeText(id)}.\nThe MCP server publishes what it does with it on mcp-resource-server:revocation.\n`,
  )
}

async function status(context: Context): Promise<void> {
  const { flags, streams, print } = context
  const { set } = flags
  if (set !== undefined && set !== 'enabled' && set !== 'paused' && set !== 'disabled') {
    throw new CliError(
      `--set must be enabled, paused or disabled; got ${JSON.stringify(set.slice(0, 100))}`,
    )
  }
  const { id } = await theStream(context)
  if (set !== undefined) await streams.setStatus(id, set, 'Set by an operator.')
  const found = await streams.status(id)
  const reason = found?.reason === undefined ? '' : ` (${safeText(found.reason)})`
  print(`${safeText(found?.status ?? 'not told by the transmitter')}${reason}\n`)
}

async function deleteStream(context: Context): Promise<void> {
  const { streams, print } = context
  const { id } = await theStream(context)
  if (!(await streams.delete(id))) throw new CommandFailed(`there is no stream ${safeText(id)}`)
  print(`The stream ${safeText(id)} was deleted.\n`)
}

/** The stream that the flags mean. */
async function theStream({ flags, streams, clientId }: Context): Promise<StreamConfiguration> {
  const id = flags['stream-id']
  const found = (await streams.list()).filter((stream) => id === undefined || stream.id === id)
  const [stream, second] = found
  if (stream === undefined) {
    throw new CommandFailed(
      id === undefined
        ? `the client ${clientId} has no stream`
        : `the client ${clientId} has no stream ${id}`,
    )
  }
  if (second === undefined) return stream
  const ids = found.slice(0, 20).map((one) => safeText(one.id))
  throw new CommandFailed(
    `the client has several streams; choose one by --stream-id: ${ids.join(', ')}`,
  )
}

function wantedStream(flags: Flags): WantedStream & { readonly made: boolean } {
  const { 'push-url': url, 'authorization-file': file, poll = false, resource } = flags
  if ((url === undefined) === !poll) throw new CliError('stream create needs --push-url or --poll')
  const description = resource === undefined ? undefined : descriptionOf(resource)
  const events = flags.event ?? [...EVENT_EFFECTS.keys()]
  if (url === undefined) {
    if (file !== undefined) throw new CliError('--authorization-file is only for --push-url')
    return { delivery: { method: 'poll' }, events, description, made: false }
  }
  try {
    assertUrl('stream', 'push-url', url, flags['allow-insecure-http'])
  } catch (error) {
    const [, words] = /`push-url` (.*)$/s.exec((error as Error).message) ?? []
    throw new CliError(`--push-url ${words}`)
  }
  if (file === undefined) throw new CliError('--push-url needs --authorization-file')
  const { value: authorization, made } = authorizationIn(file)
  return { delivery: { method: 'push', url, authorization }, events, description, made }
}
