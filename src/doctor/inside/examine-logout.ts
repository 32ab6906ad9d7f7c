import type { Examination } from '../examination.ts'
import { findingOf, goodFinding } from '../finding.ts'
import type { InsideIssuer } from './inside-server.ts'
import { ISSUER_FINDINGS } from './issuer-catalogue.ts'

/** Looks whether the authorization server offers the logout tokens that this server expects. @internal */
export function logoutExamination(issuer: InsideIssuer): Examination {
  return {
    title: `logout tokens of ${issuer.url}`,
    isNeeded: () =>
      issuer.configured.options.backchannelLogout !== undefined && issuer.metadata !== undefined,
    async examine(report) {
      const offered = issuer.metadata?.backchannel_logout_supported === true
      report(
        offered
          ? goodFinding('LOGOUT', `${issuer.url} offers back-channel logout`)
          : findingOf(
              ISSUER_FINDINGS,
              'LOGOUT_NOT_OFFERED',
              'backchannel_logout_supported of the metadata is not true',
            ),
      )
    },
  }
}
