import type { InspectedServer } from '../authorization-server/inspection.ts'
import { parseStrictJsonObject } from '../token/strict-json.ts'
import type { KeycloakWarning } from './warnings.ts'

/** No client of any realm has this `resource_url`: the name can belong to nobody (RFC 6761 §6.4). */
const NO_RESOURCE = 'https://no-such-resource.invalid/'

/** Warns of configured scopes that are missing in the realm, whose metadata lists all of them. @internal */
export function unknownScopes({
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
 * Warns of what the tokens of this server's own client show: one for which nothing was named says
 * what clients are given by default, and one for a resource that does not exist must not be given at
 * all. Keeps neither. Registers nothing.
 *
 * @internal
 */
export async function givenUnasked({
  resource,
  exclusiveAudience,
  requestToken,
}: InspectedServer): Promise<readonly KeycloakWarning[]> {
  const unasked = await requestToken?.({ grant_type: 'client_credentials' })
  // Mostly 400: the server's own client needs no service account, and the recipe gives it none.
  if (requestToken === undefined || unasked?.status !== 200) return []
  const warnings: KeycloakWarning[] = []
  const audiences = audiencesIn(unasked.members.access_token)
  if (audiences.includes(resource)) {
    warnings.push({
      code: 'KEYCLOAK_SCOPE_BY_DEFAULT',
      message:
        'a client that named no scope was given a token for this server: the scope with its ' +
        'audience is a default one; assign that scope to the clients of this server alone',
    })
  }
  const elsewhere = await requestToken({ grant_type: 'client_credentials', resource: NO_RESOURCE })
  if (elsewhere.status === 200) {
    warnings.push({
      code: 'KEYCLOAK_NO_RESOURCE_INDICATORS',
      message:
        'the realm passes over `resource`, so that nothing binds a token to one of several servers; ' +
        'switch the feature resource-indicators on, or keep other servers out of the realm',
    })
  } else if (opens(audiences, resource, exclusiveAudience)) {
    warnings.push({
      code: 'KEYCLOAK_TOKEN_WITHOUT_RESOURCE',
      message:
        'a token that was requested without `resource` opens this server; set `exclusiveAudience`, and give ' +
        'the scopes of this server the second audience urn:mcp:no-resource, as the recipe does',
    })
  }
  return warnings
}

/** Whether this server accepts these audiences. */
function opens(
  audiences: readonly unknown[],
  resource: string,
  exclusiveAudience: boolean,
): boolean {
  if (!audiences.includes(resource)) return false
  return !exclusiveAudience || audiences.every((audience) => audience === resource)
}

/** Of a token that Keycloak has just handed over: nobody is to be let in by it, so it is not verified. */
function audiencesIn(token: unknown): readonly unknown[] {
  if (typeof token !== 'string') return []
  const { aud } = parseStrictJsonObject(Buffer.from(token.split('.')[1] ?? '', 'base64url'))
  return [aud].flat()
}
