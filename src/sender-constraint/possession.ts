import { ChallengeError } from '../errors/challenge-error.ts'
import { type AnswerHeaders, NO_HEADERS } from '../http/http-answer.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import type { MaybePromise } from '../storage/maybe-promise.ts'
import { checkBearerUse } from '../token/confirmation.ts'
import type { PresentedToken } from '../token/presented-token.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { Dpop } from './dpop.ts'

/**
 * How a caller proved that it possesses the key of its token: a DPoP proof (RFC 9449), or the TLS client
 * certificate of the connection (RFC 8705).
 */
export type PossessionProof = 'dpop' | 'mtls'

/** A possession that was checked. @internal */
export interface Possession {
  /** What the caller proved. Empty for a bearer token. */
  readonly proofs: readonly PossessionProof[]
  /** Header fields that the answer must have. */
  readonly headers: AnswerHeaders
}

/** A token as it was presented with a request. @internal */
export interface Presentation {
  readonly request: ResourceRequest
  readonly scheme: 'Bearer' | 'DPoP'
  readonly presented: PresentedToken
  readonly token: VerifiedToken
  /** The proof in the `DPoP` header, if the scheme is DPoP. */
  readonly proof: string | undefined
}

const BEARER: Possession = Object.freeze({ proofs: Object.freeze([]), headers: NO_HEADERS })
const DPOP: readonly PossessionProof[] = Object.freeze(['dpop'])

/**
 * Checks that the caller possesses every key and certificate that the token is bound to (`cnf`, RFC 7800
 * §3). The gate does this on every request, also when the token comes from the cache.
 *
 * @throws {ChallengeError} `sender_constraint_unmet`, `dpop_token_not_bound`, and the reasons of a proof
 * @internal
 */
export function checkPossession(dpop: Dpop, shown: Presentation): MaybePromise<Possession> {
  const { proof, request, presented, token } = shown
  const { confirmation } = token
  if (shown.scheme === 'Bearer' || proof === undefined) {
    checkBearerUse(confirmation)
    return BEARER
  }
  const thumbprint = confirmation?.jkt
  if (thumbprint === undefined) {
    const detail = 'the token was presented with DPoP, but is not bound to a key ("cnf": jkt)'
    throw new ChallengeError('dpop_token_not_bound', detail)
  }
  if (confirmation?.['x5t#S256'] !== undefined) checkBearerUse(confirmation)
  return dpop
    .check(proof, thumbprint, request, presented, token)
    .then((headers) => ({ proofs: DPOP, headers }))
}
