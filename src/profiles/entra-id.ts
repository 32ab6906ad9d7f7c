import { readOptions } from '../options/read-options.ts'
import type { AuthorizationServerOptions } from '../resource-server/authorization-server-options.ts'
import type { ProfileHints, TokenProfile } from '../token/profile.ts'
import type { Claims } from '../token/verified-token.ts'
import { audiencesIn, checkHeaderType, checkNoIdToken, namesIn } from './access-token.ts'
import type { EntraIdOptions, EntraIdTenantsOptions } from './options.ts'
import { entraIdSchema, entraIdTenantsSchema } from './options-schema.ts'
import { vendorServer } from './vendor-server.ts'

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

/** The issuers of the two versions. @internal */
export const ENTRA_ISSUERS = {
  v1: (tenantId: string) => `https://sts.windows.net/${tenantId}/`,
  v2: (tenantId: string) => `https://login.microsoftonline.com/${tenantId}/v2.0`,
} as const

/**
 * The token profile of Microsoft Entra ID, for access tokens of version 1 and 2. It differs from RFC 9068:
 * the header `typ` is `JWT`, scopes are in `scp`, the client id is in `azp` (version 2) or `appid`
 * (version 1), and there is no `jti`. Roles are the claim `roles`: app roles of the user, or the
 * permissions of a client without a user.
 *
 * Source: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
 *
 * @example For an issuer that `entraId()` does not know, such as one of a national cloud
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
      if (!audiencesIn(claims).some((entry) => MICROSOFT_APIS.includes(String(entry)))) {
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
  return audiencesIn(claims).some((entry) => GRAPH.includes(String(entry).replace(/\/$/, '')))
}

/**
 * Makes the options for one tenant of Microsoft Entra ID as authorization server, or for several tenants. Each
 * tenant is an issuer of its own, and its tokens must name it exactly. There is no option for every tenant:
 * list the tenants.
 *
 * The audience of a token of version 2 is always the application id of the API. That of version 1 may
 * also be its Application ID URI.
 *
 * @throws {TypeError} naming the option that is wrong
 *
 * @example
 * ```ts
 * import { createResourceServer } from 'mcp-resource-server'
 * import { entraId } from 'mcp-resource-server/profiles'
 *
 * const resourceServer = createResourceServer({
 *   resource: 'https://mcp.example.com/mcp',
 *   authorizationServer: entraId({
 *     tenantId: '72f988bf-86f1-41af-91ab-2d7cd011db47',
 *     applicationId: '6e74172b-be56-4843-9ff4-e66a39bb12e3',
 *   }),
 *   requiredScopes: ['access_as_user'],
 * })
 * console.log(resourceServer.metadata.authorization_servers)
 * ```
 */
export function entraId(options: EntraIdOptions): AuthorizationServerOptions
export function entraId(options: EntraIdTenantsOptions): AuthorizationServerOptions[]
export function entraId(
  options: EntraIdOptions | EntraIdTenantsOptions,
): AuthorizationServerOptions | AuthorizationServerOptions[] {
  if (typeof options === 'object' && options !== null && 'tenantIds' in options) {
    const { tenantIds, ...settings } = readOptions('entraId', entraIdTenantsSchema, options)
    const { tenantIds: _tenantIds, ...given } = options
    return tenantIds.map((tenantId) => tenantServer(tenantId, settings, given))
  }
  const { tenantId, ...settings } = readOptions('entraId', entraIdSchema, options)
  const { tenantId: _tenantId, ...given } = options
  return tenantServer(tenantId, settings, given)
}

type Given = Omit<EntraIdOptions, 'tenantId'>

function tenantServer(
  tenantId: string,
  settings: { readonly tokenVersion: 'v1' | 'v2' },
  options: Given,
): AuthorizationServerOptions {
  const { applicationId, applicationIdUri, tokenVersion: _version, ...rest } = options
  const { tokenVersion } = settings
  const uris = tokenVersion === 'v1' ? [`api://${applicationId}`] : []
  const issuer = ENTRA_ISSUERS[tokenVersion](tenantId)
  const audiences = [applicationId, ...uris, ...(applicationIdUri ? [applicationIdUri] : [])]
  return vendorServer(issuer, profileOf(tokenVersion), rest, audiences)
}

/** Advice for a token of the version that is not configured. */
const OTHER_VERSION = {
  v1: {
    ver: '2.0',
    advice: "the token has version 2.0: leave out `tokenVersion` of entraId(), or set it to 'v2'",
  },
  v2: {
    ver: '1.0',
    advice:
      "the token has version 1.0: set requestedAccessTokenVersion to 2 in the manifest of this API's app registration, or set `tokenVersion` of entraId() to 'v1'",
  },
} as const

function profileOf(tokenVersion: 'v1' | 'v2'): TokenProfile {
  const { ver, advice } = OTHER_VERSION[tokenVersion]
  const refused: ProfileHints['refused'] = (reason, claims) =>
    entraIdProfile.hints?.refused?.(reason, claims) ??
    (reason === 'issuer_unknown' && claims?.ver === ver ? advice : undefined)
  return { ...entraIdProfile, hints: { ...entraIdProfile.hints, refused } }
}
