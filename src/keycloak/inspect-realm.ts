import type { InspectedServer } from '../authorization-server/inspection.ts'
import { parseStrictJsonObject } from '../jws/strict-json.ts'
import type { KeycloakWarning } from './warnings.ts'

/** A `resource` that no client has: nobody can own a name below `.invalid` (RFC 6761 §6.4). */
const NO_RESOURCE = 'https://no-such-resource.invalid/'

/** Warns of required scopes that the realm's metadata does not list. @internal */
export function unknownScopeWarnings({
  metadata,
  requiredScopes: scopes,
}: InspectedServer): readonly KeycloakWarning[] {
  const { scopes_supported: known } = metadata
  const unknown = Array.isArray(known) ? scopes.filter((scope) => !known.includes(scope)) : []
  if (unknown.length === 0) return []
  return [
    {
      code: 'KEYCLOAK_SCOPE_UNKNOWN',
      message:
        `the realm's metadata list no scope ${unknown.join(' ')}, which every request needs; ` +
        'create it as a client scope, or correct `requiredScopes`',
    },
  ]
}

/**
 * Finds settings of the realm that do not bind tokens to this server. It requests two tokens with this
 * server's own client. The first request names no scope, so its token shows the default audiences. The
 * second names a resource that does not exist, and should be refused. The tokens are not used, and no
 * client is registered.
 *
 * @internal
 */
export async function defaultTokenWarnings({
  resource,
  exclusiveAudience,
  requestToken,
}: InspectedServer): Promise<readonly KeycloakWarning[]> {
  const withoutScope = await requestToken?.({ grant_type: 'client_credentials' })
  // The answer is usually 400, because this server's own client needs no service account.
  if (requestToken === undefined || withoutScope?.status !== 200) return []
  const warnings: KeycloakWarning[] = []
  const audiences = audiencesIn(withoutScope.members.access_token)
  if (audiences.includes(resource)) {
    warnings.push({
      code: 'KEYCLOAK_SCOPE_BY_DEFAULT',
      message:
        'a client that requested no scope got a token for this server: the scope that adds this ' +
        "server's audience is a default scope; assign it only to the clients of this server",
    })
  }
  const withResource = await requestToken({
    grant_type: 'client_credentials',
    resource: NO_RESOURCE,
  })
  if (withResource.status === 200) {
    warnings.push({
      code: 'KEYCLOAK_NO_RESOURCE_INDICATORS',
      message:
        'the realm ignores `resource`, so nothing binds a token to one of several servers; ' +
        'enable the feature resource-indicators, or have no other servers in the realm',
    })
  } else if (accepts(audiences, resource, exclusiveAudience)) {
    warnings.push({
      code: 'KEYCLOAK_TOKEN_WITHOUT_RESOURCE',
      message:
        'this server accepts a token that was requested without `resource`; set `exclusiveAudience`, and ' +
        'give the scopes of this server the second audience urn:mcp:no-resource, as the recipe does',
    })
  }
  return warnings
}

/** Whether this server accepts a token with these audiences. */
function accepts(
  audiences: readonly unknown[],
  resource: string,
  exclusiveAudience: boolean,
): boolean {
  if (!audiences.includes(resource)) return false
  return !exclusiveAudience || audiences.every((audience) => audience === resource)
}

/** Reads `aud` of a token. The token is not verified, because it gives nobody access. */
function audiencesIn(token: unknown): readonly unknown[] {
  if (typeof token !== 'string') return []
  const { aud } = parseStrictJsonObject(Buffer.from(token.split('.')[1] ?? '', 'base64url'))
  return [aud].flat()
}
