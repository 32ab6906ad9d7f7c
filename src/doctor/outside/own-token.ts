import { isObject } from '../../json-object.ts'
import { parseStrictJsonObject } from '../../jws/strict-json.ts'
import { quoted } from '../../quoted.ts'
import type { Examination, Report } from '../examination.ts'
import { findingOf } from '../finding.ts'
import { tokenChallenge } from './challenges.ts'
import { isFailure } from './connection-failure.ts'
import {
  challengesOf,
  examinationOf,
  firstRequest,
  type ObservedServer,
} from './observed-server.ts'
import { SERVER_FINDINGS } from './server-catalogue.ts'

/** Longest lifetime of an access token that is not reported, in seconds. */
const LONG = 3600

/** Presents the given token as a client does, and looks how long it lives. @internal */
export function examineOwnToken(server: ObservedServer): Examination {
  const { url, probe, token } = server
  let status = 0
  return examinationOf(server, {
    title: 'the given token',
    code: 'OWN_TOKEN',
    isNeeded: () => server.answer !== undefined && token !== undefined,
    good: () => `the server accepts it (HTTP ${status})`,
    async examine(report, signal) {
      if (token === undefined) return
      judgeLifetime(token, report)
      const authorization = { authorization: `Bearer ${token}` }
      const answer = await probe.send(firstRequest(url, authorization), signal)
      if (isFailure(answer)) return
      status = answer.status
      const session = answer.headers.get('mcp-session-id')
      if (session !== undefined) {
        // Ends the session that the request has opened.
        const headers = { ...authorization, 'mcp-session-id': session }
        await probe.send({ method: 'DELETE', url, headers }, signal)
      }
      if (status >= 300 && status < 400) {
        const seen = `POST with the token: HTTP ${status} to ${quoted(answer.headers.get('location'))}`
        report(findingOf(SERVER_FINDINGS, 'REDIRECTED', seen))
      }
      if (status !== 401 && status !== 403 && status < 500) return
      const challenge = tokenChallenge(challengesOf(answer))?.parameters
      const [error, description, scope] = ['error', 'error_description', 'scope'].map((name) =>
        quoted(challenge?.get(name)),
      )
      const seen = `HTTP ${status}, error ${error}, error_description ${description}, scope ${scope}`
      const code =
        status === 401
          ? 'OWN_TOKEN_REFUSED'
          : status === 403
            ? 'OWN_TOKEN_LACKS_SCOPE'
            : 'TOKENS_NOT_CHECKED_NOW'
      report(findingOf(SERVER_FINDINGS, code, seen))
    },
  })
}

/** How long a JWT lives, as it says itself (S1.2). */
function judgeLifetime(token: string, report: Report): void {
  const [, payload = ''] = token.split('.')
  try {
    const claims = parseStrictJsonObject(Buffer.from(payload, 'base64url'))
    const { iat, exp } = isObject(claims) ? claims : {}
    if (typeof iat !== 'number' || typeof exp !== 'number' || exp - iat <= LONG) return
    const seen = `the token lives for ${Math.round((exp - iat) / 60)} minutes`
    report(findingOf(SERVER_FINDINGS, 'OWN_TOKEN_LIVES_LONG', seen))
  } catch {
    // The token is opaque: only the authorization server knows its lifetime.
  }
}
