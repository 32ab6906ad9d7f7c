import { randomUUID } from 'node:crypto'
import { quoted } from '../../quoted.ts'
import { type Examination, type Report, reportOnce } from '../examination.ts'
import { findingOf } from '../finding.ts'
import { tokenChallenge } from './challenges.ts'
import { isFailure } from './connection-failure.ts'
import { stringsOf } from './json-document.ts'
import {
  challengesOf,
  examinationOf,
  firstRequest,
  type ObservedServer,
} from './observed-server.ts'
import type { ProbeAnswer } from './probe.ts'
import { SERVER_FINDINGS } from './server-catalogue.ts'

/** Presents tokens that nobody has issued, in the Authorization field and in the query. @internal */
export function forgedTokensExamination(server: ObservedServer): Examination {
  const { url, probe } = server
  return examinationOf(server, {
    title: 'tokens that nobody has issued',
    code: 'FORGED_TOKEN',
    // Where nobody needs a token, a forged one proves nothing.
    isNeeded: () => server.answer?.status === 401,
    good: () => 'a token that is random and an unsigned JWT: HTTP 401 with error="invalid_token"',
    async examine(report, signal) {
      const once = reportOnce(report)
      for (const [kind, token] of [
        ['a random token', `doctor-${randomUUID()}`],
        ['an unsigned JWT', unsignedJwt(server)],
      ] as const) {
        const headers = { authorization: `Bearer ${token}` }
        const answer = await probe.send(firstRequest(url, headers), signal)
        if (isFailure(answer)) continue
        judge(answer, kind, once)
        judgeLeaks(answer, kind, token, once)
      }
      await examineQuery(server, once, signal)
    },
  })
}

function judge(answer: ProbeAnswer, kind: string, report: Report): void {
  const { status } = answer
  const seen = `${kind}: HTTP ${status}`
  if (status >= 200 && status < 300) {
    report(findingOf(SERVER_FINDINGS, 'GARBAGE_ACCEPTED', seen))
  } else if (status === 503) report(findingOf(SERVER_FINDINGS, 'TOKENS_NOT_CHECKED_NOW', seen))
  else if (status !== 401) report(findingOf(SERVER_FINDINGS, 'GARBAGE_NOT_CHALLENGED', seen))
  else {
    const errors = errorsOf(answer)
    // A server that takes no bearer tokens does not judge them.
    const takesDpopOnly = tokenChallenge(challengesOf(answer))?.scheme === 'dpop'
    if (errors.includes('invalid_token') || takesDpopOnly) return
    const [error] = errors
    const said = `${seen} ${error === undefined ? 'without error' : `with error ${quoted(error)}`} in the challenge`
    report(findingOf(SERVER_FINDINGS, 'INVALID_TOKEN_NOT_SAID', said))
  }
}

/** A piece of a stack, or a place in a file, as the error pages of frameworks show them. */
const STACK =
  /\bat [^\n]{0,200}:\d+:\d+\)?|node_modules\/|Traceback \(most recent call last\)|\.(?:js|ts|py|go|java|cs):\d+/

function judgeLeaks(answer: ProbeAnswer, kind: string, token: string, report: Report): void {
  const text = Buffer.from(answer.body ?? []).toString('latin1')
  const fields = [...answer.headers.values()].join('\n')
  if (text.includes(token) || fields.includes(token)) {
    report(findingOf(SERVER_FINDINGS, 'TOKEN_REPEATED', `${kind} is repeated in the answer`))
  }
  if (STACK.test(text)) {
    const seen = `${kind}: the body of the answer contains a stack or the name of a source file`
    report(findingOf(SERVER_FINDINGS, 'ERROR_LEAKS', seen))
  }
}

/** A server that reads the query answers a token there in another way than a request without a token. */
async function examineQuery(
  { url, probe, answer: first }: ObservedServer,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const target = new URL(url)
  target.searchParams.set('access_token', `doctor-${randomUUID()}`)
  const answer = await probe.send(firstRequest(target.href), signal)
  if (isFailure(answer)) return
  const { status } = answer
  const isRead =
    (status >= 200 && status < 300) ||
    (errorsOf(answer).includes('invalid_token') && errorsOf(first).length === 0)
  if (!isRead) return
  const seen = `access_token in the query: HTTP ${status}, and another answer than without a token`
  report(findingOf(SERVER_FINDINGS, 'TOKEN_IN_QUERY', seen))
}

/** The error codes in the challenges of an answer. */
function errorsOf(answer: ProbeAnswer | undefined): readonly string[] {
  const challenges = challengesOf(answer)
  return [tokenChallenge(challenges), ...challenges].flatMap(
    (challenge) => challenge?.parameters.get('error') ?? [],
  )
}

/** A JWT with `alg: none` that is right in every claim (RFC 8725 §3.2). */
function unsignedJwt({ url, metadata, issuers }: ObservedServer): string {
  const now = Math.floor(Date.now() / 1000)
  const { resource, scopes_supported: scopes } = metadata?.members ?? {}
  const claims = {
    iss: issuers[0] ?? 'https://issuer.invalid',
    // A header field has a limit, and the metadata may say anything.
    aud: typeof resource === 'string' ? resource.slice(0, 500) : url,
    sub: 'doctor',
    client_id: 'doctor',
    azp: 'doctor',
    jti: randomUUID(),
    iat: now,
    exp: now + 300,
    scope: (stringsOf(scopes) ?? []).join(' ').slice(0, 500),
  }
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
  return `${encode({ alg: 'none', typ: 'at+jwt' })}.${encode(claims)}.`
}
