import { quoted } from '../../quoted.ts'
import type { Examination, Report } from '../examination.ts'
import { findingOf } from '../finding.ts'
import { isFailure } from './connection-failure.ts'
import { METADATA_FINDINGS } from './metadata-catalogue.ts'
import { examinationOf, firstRequest, type ObservedServer } from './observed-server.ts'
import type { ProbeAnswer } from './probe.ts'
import { SERVER_FINDINGS } from './server-catalogue.ts'

/** An origin that nobody has told the server of. */
const STRANGER = 'https://doctor-origin.invalid'

/** What the client of a page needs to send. */
const FIELDS = ['authorization', 'content-type', 'mcp-protocol-version']

/**
 * Looks at the server as a web page of another origin does. Without the option `origin` no page must be able
 * to use the server; then only what it answers to a stranger is judged.
 *
 * @internal
 */
export function browsersExamination(server: ObservedServer): Examination {
  const { url, probe } = server
  const origin = server.origin ?? STRANGER
  return examinationOf(server, {
    title: server.origin === undefined ? 'pages of other origins' : `pages of ${server.origin}`,
    code: 'BROWSERS',
    good: () => {
      if (server.origin !== undefined) return `pages of ${server.origin} can use the server`
      const readable = server.metadata === undefined ? 'no' : 'every page can read the metadata, no'
      return `${readable} cookies are shared; use --origin to examine the pages of one origin`
    },
    async examine(report, signal) {
      const answer = await probe.send(firstRequest(url, { origin }), signal)
      if (!isFailure(answer)) judgeAnswer(answer, server, origin, report)
      if (server.origin !== undefined) await examinePreflight(server, origin, report, signal)
      await examineDocument(server, origin, report, signal)
    },
  })
}

function judgeAnswer(
  answer: ProbeAnswer,
  server: ObservedServer,
  origin: string,
  report: Report,
): void {
  const { headers, status } = answer
  if (!admits(answer, origin)) {
    if (server.origin === undefined) return
    const allowed = quoted(headers.get('access-control-allow-origin'))
    const seen = `HTTP ${status} with Access-Control-Allow-Origin ${allowed}`
    report(findingOf(SERVER_FINDINGS, 'ORIGIN_REFUSED', seen))
    return
  }
  const exposed = namesIn(headers.get('access-control-expose-headers'))
  if (status === 401 && !exposed.has('www-authenticate') && !exposed.has('*')) {
    const seen = `Access-Control-Expose-Headers is ${quoted(headers.get('access-control-expose-headers'))}`
    report(findingOf(SERVER_FINDINGS, 'CHALLENGE_HIDDEN', seen))
  }
  if (server.origin === undefined && headers.get('access-control-allow-credentials') === 'true') {
    const seen = `Access-Control-Allow-Credentials is true for the unknown origin ${origin}`
    report(findingOf(SERVER_FINDINGS, 'CREDENTIALS_SHARED', seen))
  }
}

async function examinePreflight(
  { url, probe }: ObservedServer,
  origin: string,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const headers = {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': FIELDS.join(','),
  }
  const answer = await probe.send({ method: 'OPTIONS', url, headers }, signal)
  if (isFailure(answer)) return
  const { status } = answer
  const faults: string[] = []
  if (status < 200 || status > 299) faults.push(`HTTP ${status}`)
  if (!admits(answer, origin)) faults.push('the origin is not allowed')
  const fields = namesIn(answer.headers.get('access-control-allow-headers'))
  const missing = FIELDS.filter(
    (name) => !fields.has(name) && !(fields.has('*') && name !== 'authorization'),
  )
  if (missing.length > 0) faults.push(`the fields ${missing.join(', ')} are not allowed`)
  if (faults.length === 0) return
  const seen = `OPTIONS with Access-Control-Request-Method: ${faults.join('; ')}`
  report(findingOf(SERVER_FINDINGS, 'PREFLIGHT_REFUSED', seen))
}

async function examineDocument(
  { metadata, probe }: ObservedServer,
  origin: string,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  if (metadata === undefined) return
  const answer = await probe.send({ method: 'GET', url: metadata.url, headers: { origin } }, signal)
  if (isFailure(answer) || admits(answer, origin)) return
  const allowed = quoted(answer.headers.get('access-control-allow-origin'))
  const seen = `${quoted(metadata.url)} has Access-Control-Allow-Origin ${allowed}`
  report(findingOf(METADATA_FINDINGS, 'METADATA_HIDDEN', seen))
}

/** Whether the scripts of an origin may read an answer. @internal */
export function admits({ headers }: ProbeAnswer, origin: string): boolean {
  const allowed = headers.get('access-control-allow-origin')
  return allowed === '*' || allowed === origin
}

function namesIn(field = ''): ReadonlySet<string> {
  return new Set(field.split(',').map((name) => name.trim().toLowerCase()))
}
