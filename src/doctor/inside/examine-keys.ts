import { UnavailableError } from '../../errors/unavailable-error.ts'
import type { Examination } from '../examination.ts'
import { findingOf, goodFinding } from '../finding.ts'
import type { InsideIssuer } from './inside-server.ts'
import { ISSUER_FINDINGS } from './issuer-catalogue.ts'

/** Fetches the keys. At least one must be able to verify signatures; other keys beside it are normal. @internal */
export function keysExamination(issuer: InsideIssuer): Examination {
  const { server } = issuer.configured
  return {
    title: `signing keys of ${issuer.url}`,
    isNeeded: () =>
      issuer.verification !== 'introspection' &&
      (issuer.metadata !== undefined || server.isConfigured('jwks_uri')),
    async examine(report) {
      try {
        await server.keys.ready()
        report(goodFinding('SIGNING_KEYS', `${issuer.url} has keys that can verify signatures`))
      } catch (error) {
        if (!(error instanceof UnavailableError)) throw error
        const unusable = error.message.includes('no key that can verify')
        const code = unusable ? 'SIGNING_KEYS_UNUSABLE' : 'SIGNING_KEYS_UNAVAILABLE'
        report(findingOf(ISSUER_FINDINGS, code, error.message))
      }
    },
  }
}
