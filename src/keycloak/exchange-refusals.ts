import type { TokenExchangeReason } from '../errors.ts'
import type { ExchangeRefusal } from '../token/profile.ts'

/**
 * Beginnings of Keycloak's `error_description`, for codes that say too little: `invalid_request` is
 * used for most faults, even for an expired token. Code and beginning must both match, so that no
 * text from a request or a token is mistaken for one of them.
 */
const BY_DESCRIPTION: readonly (readonly [code: string, beginning: string, TokenExchangeReason])[] =
  [
    ['invalid_request', 'Invalid token', 'subject_token_refused'],
    ['invalid_request', 'Requested audience not available', 'target_refused'],
    ['invalid_request', 'Standard token exchange is not enabled', 'exchange_not_permitted'],
    ['invalid_client', 'Audience not found', 'target_refused'],
    ['invalid_scope', 'Missing consents', 'consent_required'],
  ]

/** Reads what a refusal of Keycloak's token exchange means. @internal */
export function readExchangeRefusal(refusal: ExchangeRefusal): TokenExchangeReason | undefined {
  const [, , reason] =
    BY_DESCRIPTION.find(
      ([code, beginning]) => code === refusal.code && refusal.description.startsWith(beginning),
    ) ?? []
  return reason
}
