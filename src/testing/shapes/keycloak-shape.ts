import { keycloakProfile } from '../../keycloak/profile.ts'
import type { TestTokenContent, TestTokenShape } from '../token-shape.ts'
import { registeredClaims } from './registered-claims.ts'

type Claims = Readonly<Record<string, unknown>>

/** Tokens of users, as Keycloak 26 makes them. @internal */
export const keycloakShape: TestTokenShape = {
  profile: keycloakProfile,
  headerType: 'JWT',
  claims: (content) => {
    const { audience, roles } = content
    return {
      ...lightweightClaims(content),
      ...registeredClaims(content),
      // One audience is a string, several are a list.
      aud: typeof audience !== 'string' && audience.length === 1 ? audience[0] : audience,
      ...boundTo(content),
      acr: '1',
      ...(roles.length === 0 ? {} : { realm_access: { roles } }),
    }
  },
  lightweightClaims,
  // Introspection names the client twice.
  introspected: ({ azp }) => ({ client_id: azp }),
  metadata: (issuer) => ({ end_session_endpoint: `${issuer}/protocol/openid-connect/logout` }),
  issuerDocument: (issuer, notBefore) => ({
    realm: issuer.split('/').at(-1),
    'tokens-not-before': notBefore,
  }),
}

/** A lightweight access token has no `sub`, `aud` and roles: introspection adds them. */
function lightweightClaims(content: TestTokenContent): Claims {
  const { sub: _, aud: __, ...claims } = registeredClaims(content)
  return {
    ...claims,
    ...boundTo(content),
    typ: content.thumbprint === undefined ? 'Bearer' : 'DPoP',
    azp: content.clientId,
    sid: content.session ?? content.tokenId,
  }
}

/** Keycloak also says how the client presented its DPoP key. */
function boundTo({ thumbprint }: TestTokenContent): Claims {
  return thumbprint === undefined ? {} : { cnf: { jkt: thumbprint, 'kc-jkt-type': 'DPoP' } }
}
