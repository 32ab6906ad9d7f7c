import { urlFault } from '../../http/secure-url.ts'
import { quoted } from '../../quoted.ts'
import type { Examination, Report } from '../examination.ts'
import { findingOf } from '../finding.ts'
import { certificateFinding } from './certificate.ts'
import { tokenChallenge } from './challenges.ts'
import { isFailure } from './connection-failure.ts'
import {
  challengesOf,
  examinationOf,
  firstRequest,
  letsIn,
  type ObservedServer,
} from './observed-server.ts'
import type { ProbeAnswer } from './probe.ts'
import { SERVER_FINDINGS } from './server-catalogue.ts'

/** Sends the first request of a client, without a token, and judges the challenge. @internal */
export function challengeExamination(server: ObservedServer): Examination {
  const { url, probe, allowInsecureHttp } = server
  return examinationOf(server, {
    title: 'the challenge to a request without a token',
    code: 'CHALLENGE',
    isNeeded: () => true,
    good: () => {
      const { scheme, parameters } = tokenChallenge(challengesOf(server.answer)) ?? {}
      return `HTTP 401 with a challenge of the scheme ${scheme}, scope ${quoted(parameters?.get('scope'))}`
    },
    async examine(report, signal) {
      if (urlFault(url, false) !== undefined) {
        report(
          findingOf(
            SERVER_FINDINGS,
            'PLAIN_HTTP',
            `${quoted(url)} is plain http and not on loopback`,
            allowInsecureHttp ? 'warning' : 'fault',
          ),
        )
      }
      const answer = await probe.send(firstRequest(url), signal)
      if (isFailure(answer)) {
        if (signal.aborted) return
        const code = answer.kind === 'untrusted' ? 'SERVER_UNTRUSTED' : 'SERVER_UNREACHABLE'
        report(findingOf(SERVER_FINDINGS, code, `${quoted(new URL(url).host)} ${answer.words}`))
        return
      }
      server.answer = answer
      const ending = certificateFinding(probe, url)
      if (ending !== undefined) report(ending)
      judge(answer, 'POST without a token', report)
      await examineGet(server, report, signal)
    },
  })
}

function judge(answer: ProbeAnswer, what: string, report: Report): void {
  const { status } = answer
  const seen = `${what}: HTTP ${status}`
  if (status >= 200 && status < 300) {
    report(
      findingOf(
        SERVER_FINDINGS,
        letsIn(answer) ? 'ANSWERED_WITHOUT_TOKEN' : 'NOT_CHALLENGED',
        seen,
      ),
    )
  } else if (status >= 300 && status < 400) {
    const target = answer.headers.get('location')
    report(
      findingOf(
        SERVER_FINDINGS,
        'REDIRECTED',
        `${seen} to ${quoted(target)}, which was not followed`,
      ),
    )
  } else if (status !== 401) report(findingOf(SERVER_FINDINGS, 'NOT_CHALLENGED', seen))
  else judgeChallenge(answer, report)
}

function judgeChallenge(answer: ProbeAnswer, report: Report): void {
  const field = answer.headers.get('www-authenticate')
  if (field === undefined) {
    report(findingOf(SERVER_FINDINGS, 'CHALLENGE_MISSING', 'HTTP 401 without WWW-Authenticate'))
    return
  }
  const challenge = tokenChallenge(challengesOf(answer))
  if (challenge === undefined) {
    report(findingOf(SERVER_FINDINGS, 'CHALLENGE_MALFORMED', `WWW-Authenticate: ${quoted(field)}`))
    return
  }
  const { scheme, parameters } = challenge
  const metadata = parameters.get('resource_metadata')
  if (metadata === undefined) {
    const seen = `the challenge ${scheme} has no resource_metadata`
    report(findingOf(SERVER_FINDINGS, 'CHALLENGE_WITHOUT_METADATA', seen))
  } else if (!URL.canParse(metadata)) {
    const seen = `resource_metadata is ${quoted(metadata)}, which is no URL`
    report(findingOf(SERVER_FINDINGS, 'CHALLENGE_MALFORMED', seen))
  }
  const error = parameters.get('error')
  if (error !== undefined) {
    report(findingOf(SERVER_FINDINGS, 'CHALLENGE_NAMES_ERROR', `error is ${quoted(error)}`))
  }
}

/** A client opens its event stream by GET. A server without such streams answers 405. */
async function examineGet(
  { url, probe, answer: first }: ObservedServer,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const headers = { accept: 'text/event-stream' }
  const answer = await probe.send({ method: 'GET', url, headers }, signal)
  if (isFailure(answer) || first?.status !== 401 || !letsIn(answer)) return
  const seen = `GET without a token: HTTP ${answer.status}`
  report(findingOf(SERVER_FINDINGS, 'ANSWERED_WITHOUT_TOKEN', seen))
}
