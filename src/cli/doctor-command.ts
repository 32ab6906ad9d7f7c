import { examineAll } from '../doctor/examination.ts'
import { createInsideExaminations } from '../doctor/inside/inside-examinations.ts'
import { createOutsideExaminations } from '../doctor/outside/outside-examinations.ts'
import { redactorOf } from '../doctor/redacted-secrets.ts'
import { createReport, type DoctorReport, describeReport } from '../doctor/report.ts'
import type { ResourceServerOptions } from '../resource-server/options.ts'
import { CliError } from './cli-error.ts'
import { type CommandContext, wantsColour } from './command-context.ts'
import { type DoctorFlags, readDoctorFlags } from './doctor-flags.ts'

const USAGE = `Usage: mcp-resource-server doctor <url> [options]

Looks at a running MCP server as a client does, and at the authorization servers that its metadata names.
Says what is wrong, what it means and how to mend it. It changes nothing, and follows no redirect.

  <url>                         the MCP server's URL, exactly as its clients use it
  --origin <origin>             pages of this origin must be able to use the server (CORS)
  --token <token>               an access token that the server should accept (MCP_TOKEN)
  --token-file <file>           a file with the token; - is standard input
  --timeout <seconds>           time for everything (30)
  --allow-insecure-http         the servers are on other hosts and have no https; only for closed test
                                set-ups
  --json                        prints the report as JSON
  --no-color                    no colours on a terminal (also NO_COLOR)
  --help                        this text

With the configuration of the server, it looks from inside too:

  --env                         the server's configuration is in the environment variables
                                (MCP_ISSUER, MCP_RESOURCE, …); <url> is MCP_RESOURCE unless given
  --issuer <url>                the authorization server, in place of --env
  --profile <name>              rfc9068, keycloak, auth0, entra-id, okta or cognito (rfc9068)
  --client-id <id>              the server's client there (MCP_CLIENT_ID)
  --client-secret <secret>      the client's secret (MCP_CLIENT_SECRET)
  --client-secret-file <file>   a file with the client's secret
  --client-key-file <file>      a PEM with the client's private key (MCP_CLIENT_KEY_FILE)
  --try-registration            tries whether strangers may register a client; deletes it again

Secrets are never printed. Other users of the machine can read arguments, so a file or a variable is safer.
The exit code is 0 if there is no fault (there may be warnings), 1 if there is a fault, and 2 if the
command line is wrong or the server did not answer. The project's docs/doctor.md explains every finding.
`

/**
 * Runs `mcp-resource-server doctor`.
 *
 * @returns 0 if there is no fault, 1 if there is one, 2 if the server could not be examined
 * @throws {CliError} naming the option that is wrong
 * @internal
 */
export async function doctorCommand(
  args: readonly string[],
  context: CommandContext,
): Promise<number> {
  const { print } = context
  const flags = await readDoctorFlags(args, context)
  if (flags === undefined) {
    print(USAGE)
    return 0
  }
  const report = await examine(flags, context)
  const inColour = wantsColour(context, flags.noColor)
  print(flags.json ? `${JSON.stringify(report, null, 2)}\n` : describeReport(report, inColour))
  if (!report.examined) return 2
  return report.faults === 0 ? 0 : 1
}

async function examine(flags: DoctorFlags, { complain }: CommandContext): Promise<DoctorReport> {
  const { url, timeout, configuration, token, secrets, tryRegistration } = flags
  const redact = redactorOf(secrets)
  const inside = configuration && insideOf({ options: configuration, token, tryRegistration })
  const outside = createOutsideExaminations({
    ...flags,
    configuredIssuers: configuration && issuersOf(configuration),
    callTimeout: Math.min(5000, timeout / 2),
  })
  const over = new AbortController()
  const timer = setTimeout(() => over.abort(new Error('the time is over')), timeout)
  try {
    const findings = await examineAll([...outside.examinations, ...(inside?.examinations ?? [])], {
      progress: (title) => complain(`doctor: ${title} …\n`),
      signal: over.signal,
      redact,
    })
    return createReport(redact(url), outside.hasAnswered(), findings)
  } finally {
    clearTimeout(timer)
    over.abort()
    await Promise.allSettled([outside.close(), inside?.close()])
  }
}

function issuersOf({ authorizationServer }: ResourceServerOptions): readonly string[] {
  return [authorizationServer].flat().map((one) => (typeof one === 'string' ? one : one.issuer))
}

function insideOf(
  configuration: Parameters<typeof createInsideExaminations>[0],
): ReturnType<typeof createInsideExaminations> {
  try {
    return createInsideExaminations(configuration)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new CliError(error.message)
  }
}
