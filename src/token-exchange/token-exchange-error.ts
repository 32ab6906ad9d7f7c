import { brand } from '../errors/brand.ts'
import { ChallengeError } from '../errors/challenge-error.ts'
import type { TokenExchangeReason } from '../errors/reasons.ts'
import { quoted } from '../quoted.ts'

/** Advice for the operator. It applies to every authorization server. */
const HINTS: Readonly<Record<TokenExchangeReason, string>> = {
  client_refused: "check the exchanging client's id, and its secret, key or certificate",
  exchange_not_permitted:
    'check that this client may exchange tokens, and that it may exchange this token',
  target_refused: 'check the audience or resource, and that the client may have tokens for it',
  scope_refused: 'check that the client may have the scopes, for this user',
  consent_required: 'the user has to consent, or the scope must not need consent',
  subject_token_refused: "the caller's token has expired or was revoked, or its session has ended",
  request_refused: "the authorization server's log may say more",
}

/**
 * The error of an exchange that the authorization server refused. It is not an outage. If the caller
 * can do something about it, {@link challenge} tells the caller what.
 */
export class TokenExchangeError extends Error {
  static {
    brand(TokenExchangeError, 'TokenExchangeError')
  }

  override readonly name = 'TokenExchangeError'
  readonly reason: TokenExchangeReason
  /**
   * The challenge for the caller. It asks for a valid token, or for a token with the scopes that the
   * exchange needs. `undefined` if a new authorization would not help.
   */
  readonly challenge: ChallengeError | undefined

  /** @param hint advice for the operator; default: advice that applies to every authorization server */
  constructor(
    reason: TokenExchangeReason,
    detail: string,
    scopes: readonly string[],
    hint: string = HINTS[reason],
  ) {
    super(`token exchange: ${detail}; ${hint}`)
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
