import { brand, ChallengeError } from '../errors.ts'
import { quoted } from '../quoted.ts'

/** Why an authorization server would not exchange a token. The union is closed. */
export type TokenExchangeReason =
  /** It does not know this server's client, or not its secret. */
  | 'client_refused'
  /** It knows the client and does not let it exchange this token. */
  | 'exchange_not_permitted'
  /** It does not issue tokens for this audience or resource in exchange for this one. */
  | 'target_refused'
  /** It does not give this client, or for this caller's token, the scopes that were asked for. */
  | 'scope_refused'
  /** The user has to act first. */
  | 'consent_required'
  /** The caller's token is no longer good. */
  | 'subject_token_refused'
  /** It answered with another error of RFC 6749 §5.2. */
  | 'request_refused'

/** What to look at, for the operator. */
const HINTS: Readonly<Record<TokenExchangeReason, string>> = {
  client_refused: "check the exchanging client's id and secret",
  exchange_not_permitted:
    "in Keycloak: is the client's capability Standard token exchange on, and its id in the token's aud?",
  target_refused:
    'in Keycloak: is the audience the id of a client, and does one of the scopes that are asked for put it into the token (audience mapper)?',
  scope_refused: 'in Keycloak: is the scope assigned to the exchanging client?',
  consent_required: 'the user has to consent, or the scope must not need it',
  subject_token_refused: "the caller's token has expired or was revoked, or its session has ended",
  request_refused: 'in Keycloak: its event TOKEN_EXCHANGE_ERROR says more',
}

/**
 * An authorization server refused to exchange a token. Neither an outage nor a reason for a 500:
 * {@link challenge} tells what the caller can do about it, if anything.
 */
export class TokenExchangeError extends Error {
  static {
    brand(TokenExchangeError, 'TokenExchangeError')
  }

  override readonly name = 'TokenExchangeError'
  readonly reason: TokenExchangeReason
  /**
   * What to answer to the caller where a new authorization helps: a challenge for a good token, or
   * for one with the scopes that the exchange needs. `undefined` where only the operator can help.
   */
  readonly challenge: ChallengeError | undefined

  constructor(reason: TokenExchangeReason, detail: string, scopes: readonly string[]) {
    super(`token exchange: ${detail}; ${HINTS[reason]}`)
    this.reason = reason
    this.challenge = challengeFor(reason, scopes)
  }
}

function challengeFor(
  reason: TokenExchangeReason,
  scopes: readonly string[],
): ChallengeError | undefined {
  if (reason === 'subject_token_refused') {
    return new ChallengeError('token_inactive', 'the token could no longer be exchanged')
  }
  if ((reason === 'scope_refused' || reason === 'consent_required') && scopes.length > 0) {
    const named = scopes.map(quoted).join(' and ')
    return new ChallengeError('scope_missing', `the exchange needs the scopes ${named}`, scopes)
  }
  return undefined
}
