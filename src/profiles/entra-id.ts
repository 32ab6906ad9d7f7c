import { readOptions } from '../options/read-options.ts'
import type { AuthorizationServerOptions } from '../resource-server/authorization-server-options.ts'
import type { ProfileHints, TokenProfile } from '../token/profile.ts'
import { entraIdProfile } from './entra-id-profile.ts'
import type { EntraIdOptions, EntraIdTenantsOptions } from './options.ts'
import { entraIdSchema, entraIdTenantsSchema } from './options-schema.ts'
import { vendorServer } from './vendor-server.ts'

/** The issuers of the two versions. */
const ENTRA_ISSUERS = {
  v1: (tenantId: string) => `https://sts.windows.net/${tenantId}/`,
  v2: (tenantId: string) => `https://login.microsoftonline.com/${tenantId}/v2.0`,
} as const

/**
 * Makes the options for one tenant of Microsoft Entra ID as authorization server, or for several tenants. Each
 * tenant is an issuer of its own, and its tokens must name it exactly. There is no option for every tenant:
 * list the tenants.
 *
 * The audience of a token of version 2 is always the application id of the API. That of version 1 may
 * also be its Application ID URI. Scopes have the names that clients must ask for: the Application ID URI,
 * `/` and the name of the scope.
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
 *   requiredScopes: ['api://6e74172b-be56-4843-9ff4-e66a39bb12e3/access_as_user'],
 * })
 * console.log(resourceServer.metadata.authorization_servers)
 * ```
 */
export function entraId(options: EntraIdTenantsOptions): AuthorizationServerOptions[]
// The last overload, because TypeScript explains a mistake by the last one.
export function entraId(options: EntraIdOptions): AuthorizationServerOptions
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
  const uri = applicationIdUri ?? `api://${applicationId}`
  const issuer = ENTRA_ISSUERS[tokenVersion](tenantId)
  const audiences = tokenVersion === 'v1' ? [applicationId, uri] : [applicationId]
  // Clients ask for `<Application ID URI>/<scope>`, and `scp` has `<scope>` alone.
  const profile = { ...profileOf(tokenVersion), scopePrefix: `${uri}/` }
  return vendorServer(issuer, profile, rest, audiences)
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
