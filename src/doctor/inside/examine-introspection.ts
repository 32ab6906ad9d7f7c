import { randomUUID } from 'node:crypto'
import { UnavailableError } from '../../errors/unavailable-error.ts'
import type { Examination } from '../examination.ts'
import { type Finding, findingOf, goodFinding } from '../finding.ts'
import type { InsideIssuer } from './inside-server.ts'
import { ISSUER_FINDINGS } from './issuer-catalogue.ts'

/** Asks about a made-up token, with the credentials of this server. @internal */
export function introspectionExamination(issuer: InsideIssuer): Examination {
  const { introspection, configured } = issuer
  const { server } = configured
  return {
    title: `introspection at ${issuer.url}`,
    isNeeded: () =>
      introspection !== undefined &&
      (issuer.metadata !== undefined || server.isConfigured('introspection_endpoint')),
    async examine(report, signal) {
      if (introspection === undefined) return
      try {
        await server.client?.assertSupported(server, 'introspection_endpoint')
        const question = { lane: 'verified_tokens', signal } as const
        const answer = await introspection.introspect(`made-up-${randomUUID()}`, question)
        report(
          answer === undefined
            ? goodFinding('INTROSPECTION', `${issuer.url} calls a made-up token inactive`)
            : findingOf(
                ISSUER_FINDINGS,
                'INTROSPECTION_ACCEPTS_ANYTHING',
                `introspection at ${issuer.url}: the answer for a made-up token is active`,
              ),
        )
      } catch (error) {
        if (!(error instanceof UnavailableError)) throw error
        report(introspectionFault(error))
      }
    },
  }
}

function introspectionFault({ reason, message }: UnavailableError): Finding {
  if (reason === 'client_authentication_failed') {
    return findingOf(ISSUER_FINDINGS, 'CLIENT_AUTHENTICATION_FAILED', message)
  }
  if (reason === 'introspection_refused_us') {
    const forbidden = message.includes(': HTTP 403')
    const code = forbidden ? 'INTROSPECTION_FORBIDDEN' : 'INTROSPECTION_REFUSED'
    return findingOf(ISSUER_FINDINGS, code, message)
  }
  return findingOf(ISSUER_FINDINGS, 'INTROSPECTION_UNAVAILABLE', message)
}
