import { ChallengeError } from '../errors/challenge-error.ts'
import { headerValues } from '../http/header-fields.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import { quoted } from '../quoted.ts'
import { warnOnce } from '../telemetry/warnings.ts'
import { nearMissText } from '../token/near-miss-texts.ts'
import type { Gate } from './gate.ts'

/**
 * Adds to the refusal of an MCP client without a token that its request came to another path than that of
 * `resource`. Such a client finds metadata about another URL than its own, and does not log in. One process
 * warning says so too. The refusal stays the same for the caller.
 *
 * @returns the error, with the near miss `request_path` if it applies
 * @internal
 */
export function explainRequestPath(
  gate: Pick<Gate, 'resource'>,
  request: ResourceRequest,
  error: unknown,
): unknown {
  if (!(error instanceof ChallengeError) || error.reason !== 'credentials_missing') return error
  const found = isFromMcpClient(request) ? pathOf(request.url) : undefined
  const expected = new URL(gate.resource).pathname
  if (found === undefined || leadsTo(found, expected)) return error
  const detail =
    `${error.message}; the request came to the path ${quoted(found)}, and the path of \`resource\` is ` +
    `${quoted(expected)}${nearMissText('request_path')}`
  warnOnce(gate, 'MCP_REQUEST_AT_ANOTHER_PATH', detail)
  return new ChallengeError('credentials_missing', detail, undefined, 'request_path')
}

/** Whether the request looks like the first one of an MCP client (MCP 2025-11-25, Streamable HTTP). */
function isFromMcpClient({ method, headers }: ResourceRequest): boolean {
  if (method !== 'POST') return false
  return headerValues(headers, 'accept').some((value) => value.includes('text/event-stream'))
}

/** Whether a path is the path of the resource, or below it, or what a proxy leaves of it. */
function leadsTo(found: string, expected: string): boolean {
  const [path, own] = [found.replace(/\/$/, ''), expected.replace(/\/$/, '')]
  return found.startsWith(`${own}/`) || own.endsWith(path)
}

function pathOf(url: string): string | undefined {
  return URL.parse(url, 'http://server')?.pathname
}
