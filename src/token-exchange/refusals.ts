import type { TokenExchangeReason } from '../errors/reasons.ts'
import type { SettledProfile } from '../token/settled-profile.ts'

/** The reason for each error code (RFC 6749 §5.2, RFC 8693 §2.2.2, RFC 8707 §2). */
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

const REASONS: ReadonlySet<unknown> = new Set<TokenExchangeReason>([
  ...BY_CODE.values(),
  'request_refused',
])

/**
 * Reads the reason of a refused exchange. The profile decides first, then the error code.
 *
 * @param description `error_description` of the answer. It is never put into a message, because it may
 * quote the token.
 * @internal
 */
export function refusalOf(
  status: number,
  code: string,
  description: unknown,
  profile: Pick<SettledProfile, 'readExchangeRefusal'>,
): TokenExchangeReason {
  const text = typeof description === 'string' ? description : ''
  const reason = profile.readExchangeRefusal({ status, code, description: text })
  if (reason !== undefined && REASONS.has(reason)) return reason
  // Status 401 means that client authentication failed (RFC 6749 §5.2). Some servers, such as Keycloak,
  // then answer `unauthorized_client` for a wrong secret.
  if (status === 401 && code === 'unauthorized_client') return 'client_refused'
  return BY_CODE.get(code) ?? 'request_refused'
}
