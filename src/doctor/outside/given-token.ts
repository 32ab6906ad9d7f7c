import { unverifiedClaims } from '../../jws/compact-jws.ts'
import { quoted } from '../../quoted.ts'
import type { Examination, Report } from '../examination.ts'
import { findingOf } from '../finding.ts'
import { longLifeOf } from '../long-life.ts'
import { tokenChallenge } from './challenges.ts'
import { isFailure } from './connection-failure.ts'
import {
  challengesOf,
  examinationOf,
  firstRequest,
  type ObservedServer,
} from './observed-server.ts'
import { SERVER_FINDINGS } from './server-catalogue.ts'

/** Presents the given token as a client does, and looks how long it lives. @internal */
export function givenTokenExamination(server: ObservedServer): Examination {
  const { url, probe, token } = server
  let status = 0
  return examinationOf(server, {
    title: 'the given token',
    code: 'GIVEN_TOKEN',
    isNeeded: () => server.answer !== undefined && token !== undefined,
    good: () => `the server accepts it (HTTP ${status})`,
    async examine(report, signal) {
      if (token === undefined) return
      // With a configuration, the examination from inside says it, and knows `maxTokenLifetime`.
      if (server.configuredIssuers === undefined) judgeLifetime(token, report)
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
          ? 'GIVEN_TOKEN_REFUSED'
          : status === 403
            ? 'GIVEN_TOKEN_LACKS_SCOPE'
            : 'TOKENS_NOT_CHECKED_NOW'
      report(findingOf(SERVER_FINDINGS, code, seen))
    },
  })
}

/** Looks how long a JWT lives, as it says itself. Of an opaque token only the authorization server knows it. */
function judgeLifetime(token: string, report: Report): void {
  const life = longLifeOf(unverifiedClaims(token) ?? {})
  if (life === undefined) return
  const seen = `the token lives for ${Math.round(life / 60)} minutes`
  report(findingOf(SERVER_FINDINGS, 'GIVEN_TOKEN_LIVES_LONG', seen))
}
