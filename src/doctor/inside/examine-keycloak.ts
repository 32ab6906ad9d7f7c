import { inspectedServer } from '../../authorization-server/inspection.ts'
import { defaultTokenWarnings, unknownScopeWarnings } from '../../keycloak/inspect-realm.ts'
import { type KeycloakWarning, keycloakWarnings } from '../../keycloak/warnings.ts'
import type { AuthorizationServerOptions } from '../../resource-server/authorization-server-options.ts'
import type { Examination, Report } from '../examination.ts'
import { findingOf } from '../finding.ts'
import { isHostnameFixed } from './fixed-hostname.ts'
import type { InsideIssuer } from './inside-server.ts'
import { KEYCLOAK_FINDINGS } from './keycloak-catalogue.ts'

/** Looks for what goes wrong with Keycloak realms only. @internal */
export function keycloakExamination(issuer: InsideIssuer): Examination {
  return {
    title: `Keycloak realm ${issuer.url}`,
    isNeeded: () => issuer.isKeycloak && issuer.metadata !== undefined,
    async examine(report, signal) {
      reportSettings(issuer, report)
      reportBuiltInScopes(issuer, report)
      if (!(await isHostnameFixed(issuer, signal))) {
        const seen = 'The metadata name the host of the request, whatever it is'
        report(findingOf(KEYCLOAK_FINDINGS, 'KEYCLOAK_HOSTNAME_NOT_FIXED', seen))
      }
      const { configured, settings } = issuer
      const inspected = await inspectedServer(configured.server, settings)
      reportWarnings(unknownScopeWarnings(inspected), report)
      // An answer that is not JSON, or none at all, shows no mistake of the realm.
      reportWarnings(await defaultTokenWarnings(inspected).catch(() => []), report)
    },
  }
}

function reportSettings(issuer: InsideIssuer, report: Report): void {
  const { configured, settings, verification } = issuer
  const { name } = configured.server.profile
  if (name === 'keycloak') {
    reportWarnings(keycloakWarnings(configured.options as AuthorizationServerOptions), report)
  } else if (name === 'rfc9068') {
    const seen = `The endpoints of ${issuer.url} are those of a Keycloak; the profile is ${name}`
    report(findingOf(KEYCLOAK_FINDINGS, 'KEYCLOAK_PROFILE_MISSING', seen))
  }
  if (verification === 'introspection' && settings.exclusiveAudience) {
    const seen = "verification: 'introspection' with `exclusiveAudience`"
    report(findingOf(KEYCLOAK_FINDINGS, 'KEYCLOAK_INTROSPECTION_NOT_NARROWED', seen))
  }
}

/** The built-in scopes are missing in a realm that was imported with client scopes of its own. */
function reportBuiltInScopes({ metadata }: InsideIssuer, report: Report): void {
  const known = metadata?.scopes_supported
  if (!Array.isArray(known)) return
  for (const [scope, code] of [
    ['basic', 'KEYCLOAK_BASIC_SCOPE_MISSING'],
    ['roles', 'KEYCLOAK_ROLES_SCOPE_MISSING'],
  ] as const) {
    if (known.includes(scope)) continue
    report(findingOf(KEYCLOAK_FINDINGS, code, `scopes_supported of the realm has no "${scope}"`))
  }
}

/** Reports warnings of a start. What a warning says to do is left out: the catalogue says it. */
function reportWarnings(warnings: readonly KeycloakWarning[], report: Report): void {
  for (const { code, message } of warnings) {
    report(findingOf(KEYCLOAK_FINDINGS, code, message.replace(/; [^;]*$/, '')))
  }
}
