import { compactVerify, errors } from 'jose'
import type { VerificationKey } from '../authorization-server/verification-key.ts'
import { ChallengeError } from '../errors.ts'
import type { CompactJws } from '../token/compact-jws.ts'

/**
 * The seam for signatures: does it hold, with this key and this algorithm? jose stands behind it.
 * The key was chosen and judged before; what jose reads of the token is used for nothing else.
 *
 * @throws {ChallengeError} `signature_invalid`
 * @internal
 */
export async function requireSignature(jws: CompactJws, key: VerificationKey): Promise<void> {
  try {
    await compactVerify(jws.compact, key.key, { algorithms: [jws.algorithm] })
  } catch (error) {
    if (error instanceof errors.JOSEError) {
      throw new ChallengeError('signature_invalid', `signature: ${error.code}`)
    }
    throw error
  }
}
