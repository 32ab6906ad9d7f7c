import type { TokenExchangeReason } from './token-exchange-error.ts'

/** Errors of RFC 6749 §5.2, RFC 8693 §2.2.2 and RFC 8707 §2, and what they mean here. */
const BY_CODE: ReadonlyMap<string, TokenExchangeReason> = new Map(
  Object.entries({
    invalid_client: 'client_refused',
    unauthorized_client: 'exchange_not_permitted',
    access_denied: 'exchange_not_permitted',
    invalid_target: 'target_refused',
    invalid_scope: 'scope_refused',
    consent_required: 'consent_required',
    interaction_required: 'consent_required',
    invalid_grant: 'subject_token_refused',
    invalid_token: 'subject_token_refused',
  } as const),
)

/**
 * How Keycloak's descriptions begin where its code says too little: `invalid_request` stands for
 * most of what can be wrong, an expired token included. Whole beginnings with their code, so that
 * nothing a caller puts into a request or a token can pass for one of them.
 */
const BY_DESCRIPTION: readonly (readonly [code: string, beginning: string, TokenExchangeReason])[] =
  [
    ['invalid_request', 'Invalid token', 'subject_token_refused'],
    ['invalid_request', 'Requested audience not available', 'target_refused'],
    ['invalid_request', 'Standard token exchange is not enabled', 'exchange_not_permitted'],
    ['invalid_client', 'Audience not found', 'target_refused'],
    ['invalid_scope', 'Missing consents', 'consent_required'],
  ]

/**
 * What a refusal means.
 *
 * @param description read, and never repeated: it is free text, and may speak of the token
 * @internal
 */
export function refusalOf(status: number, code: string, description: unknown): TokenExchangeReason {
  const text = typeof description === 'string' ? description : ''
  const [, , told] =
    BY_DESCRIPTION.find(([of, beginning]) => of === code && text.startsWith(beginning)) ?? []
  if (told !== undefined) return told
  // RFC 6749 §5.2: 401 is for failed client authentication. Keycloak says `unauthorized_client`
  // with it where the secret is wrong, and `invalid_client` where the client is unknown.
  if (status === 401 && code === 'unauthorized_client') return 'client_refused'
  return BY_CODE.get(code) ?? 'request_refused'
}
