import type { ProfileHints, TokenProfile } from '../token/profile.ts'
import type { Claims } from '../token/verified-token.ts'
import { audiencesIn, checkHeaderType, checkNoIdToken, namesIn } from './access-token.ts'

/** Microsoft Graph, as a token of version 2 and of version 1 names it. */
const GRAPH = ['00000003-0000-0000-c000-000000000000', 'https://graph.microsoft.com']

/** APIs of Microsoft that clients of every tenant have tokens for. */
const MICROSOFT_APIS = [
  ...GRAPH,
  'https://graph.microsoft.com/',
  '00000002-0000-0000-c000-000000000000',
  'https://graph.windows.net',
  'https://management.azure.com',
  'https://management.core.windows.net',
]

/**
 * The token profile of Microsoft Entra ID, for access tokens of version 1 and 2. It differs from RFC 9068:
 * the header `typ` is `JWT`, scopes are in `scp`, the client id is in `azp` (version 2) or `appid`
 * (version 1), and there is no `jti`. Roles are the claim `roles`: app roles of the user, or the
 * permissions of a client without a user.
 *
 * Source: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
 *
 * @example For an issuer that entraId does not know, such as one of a national cloud
 * ```ts
 * import { entraIdProfile } from 'mcp-resource-server/profiles'
 * import { createJwtVerifier } from 'mcp-resource-server/verifiers'
 *
 * const verifier = createJwtVerifier({
 *   issuer: 'https://login.microsoftonline.us/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0',
 *   audience: '6e74172b-be56-4843-9ff4-e66a39bb12e3',
 *   profile: entraIdProfile,
 * })
 * console.log(typeof verifier.verify)
 * ```
 */
export const entraIdProfile: TokenProfile = Object.freeze({
  name: 'entra-id',
  requiredClaims: Object.freeze(['sub', 'iat']),
  scopeClaims: Object.freeze(['scp']),
  clientIdClaims: Object.freeze(['azp', 'appid']),
  rolesOf: (claims) => namesIn(claims, 'roles'),
  checkType({ claims, headerType, source }) {
    if (source !== 'jwt') return
    checkHeaderType('Entra ID', headerType, ['jwt'])
    // The app registration of a server may also be a client. Then its ID tokens have an accepted audience.
    checkNoIdToken('Entra ID', claims, ['azp', 'appid'])
  },
  genericAudiences: Object.freeze(MICROSOFT_APIS),
  hints: Object.freeze({
    refused(_reason, claims) {
      if (!audiencesIn(claims).some((entry) => MICROSOFT_APIS.includes(entry))) {
        return undefined
      }
      const name = isForGraph(claims) ? 'Microsoft Graph' : 'an API of Microsoft'
      return `this token is for ${name}: the client asked for no scope of this API. It must ask for a scope such as api://<application id>/<scope>`
    },
    unknownIssuer: () =>
      'the issuer is https://login.microsoftonline.com/<tenant id>/v2.0 for tokens of version 2, and https://sts.windows.net/<tenant id>/ for version 1',
  } satisfies ProfileHints),
} satisfies TokenProfile)

function isForGraph(claims: Claims | undefined): boolean {
  return audiencesIn(claims).some((entry) => GRAPH.includes(entry.replace(/\/$/, '')))
}
