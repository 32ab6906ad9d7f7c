import { ChallengeError } from '../errors/challenge-error.ts'
import { type AnswerHeaders, NO_HEADERS } from '../http/http-answer.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import type { MaybePromise } from '../storage/maybe-promise.ts'
import { type Confirmation, checkBearerUse } from '../token/confirmation.ts'
import type { PresentedToken } from '../token/presented-token.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import { NO_FIELDS } from './certificate-source.ts'
import type { ClientCertificates } from './client-certificates.ts'
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
  /** Names of header fields with a certificate that no trusted proxy has sent. The handler must not see them. */
  readonly withheld: readonly string[]
}

/** The two ways to check possession. @internal */
export interface PossessionChecks {
  /** Checks DPoP proofs. */
  readonly dpop: Dpop
  /** Checks client certificates. */
  readonly certificates: ClientCertificates
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

const BEARER: Possession = Object.freeze({
  proofs: Object.freeze([]),
  headers: NO_HEADERS,
  withheld: NO_FIELDS,
})
const MTLS: readonly PossessionProof[] = Object.freeze(['mtls'])
const DPOP: readonly PossessionProof[] = Object.freeze(['dpop'])
const BOTH: readonly PossessionProof[] = Object.freeze(['dpop', 'mtls'])

/**
 * Checks that the caller possesses every key and certificate that the token is bound to (`cnf`, RFC 7800
 * §3). The gate does this on every request, also when the token comes from the cache.
 *
 * @throws {ChallengeError} `sender_constraint_unmet`, `dpop_token_not_bound`, and the reasons of a proof
 * or certificate
 * @throws {UnavailableError} `replay_store_failed`, `connection_unknown`
 * @internal
 */
export function checkPossession(
  { dpop, certificates }: PossessionChecks,
  { scheme, proof, request, presented, token }: Presentation,
): MaybePromise<Possession> {
  const { confirmation } = token
  const certificate = confirmation?.['x5t#S256']
  const withheld = certificates.untrustedHeaders(request)
  if (scheme === 'Bearer' || proof === undefined) {
    if (certificate !== undefined && isBoundToCertificateOnly(confirmation)) {
      certificates.check(request, certificate)
      return { proofs: MTLS, headers: NO_HEADERS, withheld }
    }
    checkBearerUse(confirmation)
    return withheld.length === 0 ? BEARER : { ...BEARER, withheld }
  }
  const thumbprint = confirmation?.jkt
  if (thumbprint === undefined) {
    const detail = 'the token was presented with DPoP, but is not bound to a key ("cnf": jkt)'
    throw new ChallengeError('dpop_token_not_bound', detail)
  }
  if (certificate !== undefined) certificates.check(request, certificate)
  const proofs = certificate === undefined ? DPOP : BOTH
  return dpop
    .check(proof, thumbprint, request, presented, token)
    .then((headers) => ({ proofs, headers, withheld }))
}

/** Whether a certificate is all that a token is bound to. */
function isBoundToCertificateOnly(confirmation: Confirmation | undefined): boolean {
  return Object.keys(confirmation ?? {}).every((name) => name === 'x5t#S256')
}
