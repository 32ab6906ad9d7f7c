import { isObject } from '../json-object.ts'
import { parseStrictJsonObject } from '../jws/strict-json.ts'
import { SCOPE_TOKEN } from '../options/scope-token.ts'
import type { ResourceDescription } from './options.ts'

export type { ResourceDescription } from './options.ts'
export { wellKnownUrl } from './well-known.ts'

/** The protected resource metadata (RFC 9728 §2). */
export interface ProtectedResourceMetadata extends ResourceDescription {
  /** The resource identifier, exactly as clients use it. */
  readonly resource: string
  /** The issuers of the authorization servers. MCP requires at least one. */
  readonly authorization_servers: readonly string[]
  /** The scopes for basic use of the server. Not every scope needs to be listed. */
  readonly scopes_supported?: readonly string[]
}

/**
 * Builds the protected resource metadata (RFC 9728 §2). Empty lists are left out (§3.2), except
 * `bearer_methods_supported`, where an empty list has a meaning. The scope `offline_access` is left out
 * too: it concerns only the client and the authorization server (MCP-4). Strings are not changed.
 *
 * @throws {TypeError} if there is no authorization server, a scope is not a `scope-token`, a list of
 * algorithms contains `none`, or `signed_metadata` does not follow RFC 9728 §2.2
 *
 * @example
 * ```ts
 * import { protectedResourceMetadata } from 'mcp-resource-server'
 *
 * const document = protectedResourceMetadata({
 *   resource: 'https://mcp.example.com/mcp',
 *   authorization_servers: ['https://sso.example.com/realms/acme'],
 *   scopes_supported: ['mcp:tools'],
 *   resource_name: 'Calculator',
 *   'resource_name#de': 'Rechner',
 * })
 * ```
 */
export function protectedResourceMetadata(
  metadata: ProtectedResourceMetadata,
): ProtectedResourceMetadata {
  if (metadata.authorization_servers.length === 0) {
    throw fault('authorization_servers', 'must name at least one issuer')
  }
  const scopes = (metadata.scopes_supported ?? []).filter((scope) => scope !== 'offline_access')
  if (!scopes.every((scope) => SCOPE_TOKEN.test(scope))) {
    throw fault('scopes_supported', 'contains a word that is not a scope-token (RFC 6749 §3.3)')
  }
  for (const name of [
    'resource_signing_alg_values_supported',
    'dpop_signing_alg_values_supported',
  ] as const) {
    if (metadata[name]?.includes('none')) throw fault(name, 'must not name "none"')
  }
  if (metadata.signed_metadata !== undefined) assertSignedMetadata(metadata.signed_metadata)
  const document = {
    bearer_methods_supported: ['header'],
    ...metadata,
    scopes_supported: scopes,
  }
  return Object.fromEntries(
    Object.entries(document).filter(
      ([name, value]) =>
        value !== undefined &&
        (name === 'bearer_methods_supported' || !Array.isArray(value) || value.length > 0),
    ),
  ) as unknown as ProtectedResourceMetadata
}

/** Checks that a JWS is signed, has `iss`, and does not contain `signed_metadata` itself (RFC 9728 §2.2). */
function assertSignedMetadata(jws: string): void {
  let claims: unknown
  try {
    const [header = '', payload = '', signature = ''] = jws.split('.')
    const { alg } = parseStrictJsonObject(Buffer.from(header, 'base64url'))
    if (alg === 'none' || signature === '') throw new SyntaxError('not signed')
    claims = parseStrictJsonObject(Buffer.from(payload, 'base64url'))
  } catch (error) {
    throw fault('signed_metadata', `must be a signed JWT: ${(error as Error).message}`)
  }
  if (!isObject(claims) || typeof claims.iss !== 'string') {
    throw fault('signed_metadata', 'must have "iss"')
  }
  if ('signed_metadata' in claims)
    throw fault('signed_metadata', 'must not contain `signed_metadata`')
}

function fault(name: string, message: string): TypeError {
  return new TypeError(`protectedResourceMetadata: \`${name}\` ${message}`)
}
