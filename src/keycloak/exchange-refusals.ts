import type { TokenExchangeReason } from '../errors/reasons.ts'
import type { ExchangeRefusal } from '../token/profile.ts'

/**
 * How Keycloak's `error_description` begins, for error codes that are not clear. Keycloak uses
 * `invalid_request` for most faults, even for an expired token. Both the code and the beginning must
 * match, so that text from a request or a token is not mistaken for a reason.
 */
const BY_DESCRIPTION: readonly (readonly [code: string, beginning: string, TokenExchangeReason])[] =
  [
    ['invalid_request', 'Invalid token', 'subject_token_refused'],
    ['invalid_request', 'Requested audience not available', 'target_refused'],
    ['invalid_request', 'Standard token exchange is not enabled', 'exchange_not_permitted'],
    // A token that is bound to a key or a certificate is exchanged only for the client that it was issued to.
    ['invalid_request', 'Sender-constrained token exchange rejected', 'exchange_not_permitted'],
    // A `client_secret_jwt` that was signed with another secret.
    ['unauthorized_client', 'Client authentication with ', 'client_refused'],
    ['invalid_client', 'Audience not found', 'target_refused'],
    ['invalid_scope', 'Missing consents', 'consent_required'],
  ]

/** Reads the reason of a refusal of Keycloak's token exchange. @internal */
export function readExchangeRefusal(refusal: ExchangeRefusal): TokenExchangeReason | undefined {
  const [, , reason] =
    BY_DESCRIPTION.find(
      ([code, beginning]) => code === refusal.code && refusal.description.startsWith(beginning),
    ) ?? []
  return reason
}
