import { ChallengeError } from '../errors/challenge-error.ts'
import { headerValues } from '../http/header-fields.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import type { DpopMode } from './options.ts'
import { refusedProof } from './refused-proof.ts'

/**
 * Checks that the scheme of the `Authorization` header is one that the route accepts, and reads the
 * proof in the `DPoP` header. Nothing about the proof is verified here.
 *
 * @returns the proof; `undefined` for a bearer token
 * @throws {ChallengeError} `scheme_unsupported`, `dpop_required`, `dpop_scheme_missing`,
 * `dpop_proof_missing`, `dpop_proof_repeated`
 * @internal
 */
export function readPresentedProof(
  mode: DpopMode,
  scheme: 'Bearer' | 'DPoP',
  { headers }: ResourceRequest,
): string | undefined {
  if (mode === 'off') {
    if (scheme === 'Bearer') return undefined
    const detail = 'the Authorization scheme is DPoP, and the option `dpop` is "off"'
    throw new ChallengeError('scheme_unsupported', detail)
  }
  const values = headerValues(headers, 'dpop')
  const [proof] = values
  if (scheme === 'Bearer') {
    if (proof !== undefined) {
      const detail = 'the request has a DPoP proof, but its Authorization scheme is Bearer'
      throw new ChallengeError('dpop_scheme_missing', detail)
    }
    if (mode === 'accepted') return undefined
    throw new ChallengeError('dpop_required', 'the token was presented as Bearer; DPoP is required')
  }
  if (proof === undefined) {
    const found = 'the request has no DPoP header. If the client sent it, a proxy removed it'
    throw refusedProof('dpop_proof_missing', found)
  }
  // `Headers` joins several fields with commas. A JWS has no comma.
  if (values.length > 1 || proof.includes(',')) {
    throw refusedProof('dpop_proof_repeated', 'the request has more than one DPoP header')
  }
  return proof
}
