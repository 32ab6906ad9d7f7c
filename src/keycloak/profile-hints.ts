import type { ChallengeReason, TokenExchangeReason } from '../errors/reasons.ts'
import { quoted } from '../quoted.ts'
import type { ProfileHints } from '../token/profile.ts'
import type { Claims } from '../token/verified-token.ts'

/** What to check in Keycloak if a token exchange is refused. */
const EXCHANGE: Partial<Record<TokenExchangeReason, string>> = {
  exchange_not_permitted:
    "in Keycloak: is the client's capability Standard token exchange on, and its id in the token's aud?",
  target_refused:
    'in Keycloak: is the audience the id of a client, and does one of the requested scopes put it into the token (audience mapper)?',
  scope_refused: 'in Keycloak: is the scope assigned to the exchanging client?',
  request_refused: 'in Keycloak: its event TOKEN_EXCHANGE_ERROR says more',
}

/** Explanations of Keycloak's answers, for the operator. @internal */
export const keycloakHints: ProfileHints = Object.freeze({
  inactive: explainInactive,
  unknownIssuer(issuer) {
    const [, realm] = /\/realms\/([^/]+)\/?$/.exec(issuer) ?? []
    return realm === undefined
      ? undefined
      : `Check that the realm ${quoted(realm)} exists and is spelt like this, upper and lower case included`
  },
  clientRefused: (status) =>
    status === 403
      ? 'in Keycloak the client needs Client authentication on'
      : 'with keycloak() these are `clientId`, and `clientSecret` or `authentication`',
  refused: explainAudience,
  exchangeRefused: (reason) => EXCHANGE[reason],
} satisfies ProfileHints)

function explainInactive(claims: Claims, clientId: string): string | undefined {
  if (claims.aud === undefined) {
    // A token without `aud` and without `sub` is lightweight. Then the missing `aud` is not the reason.
    return claims.sub === undefined
      ? undefined
      : 'it has no "aud": did the client ask for the scope whose audience mapper names this server?'
  }
  const audience = Array.isArray(claims.aud) ? claims.aud : [claims.aud]
  if (audience.includes(clientId)) return undefined
  return (
    `its "aud" ${quoted(claims.aud)} does not name the introspecting client ${quoted(clientId)}, ` +
    'without which Keycloak (since 26.6.2) calls every token inactive: add an audience mapper ' +
    'with "Included Client Audience" set to that client'
  )
}

/** Explains a token that names only clients, or nobody: no audience mapper has added this server. */
function explainAudience(reason: ChallengeReason, claims: Claims | undefined): string | undefined {
  if (reason !== 'audience_missing' && reason !== 'audience_mismatch') return undefined
  const audience = [claims?.aud ?? []].flat()
  if (audience.some((entry) => typeof entry === 'string' && URL.canParse(entry))) return undefined
  return (
    'in Keycloak an audience mapper adds the audience: give the client the client scope whose mapper names ' +
    'this server, or let the client ask for that scope'
  )
}
