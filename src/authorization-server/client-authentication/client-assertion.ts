import { randomUUID } from 'node:crypto'
import { SigningError } from '../../jws/own-signer.ts'
import type { Signer } from '../../jws/signer.ts'
import type { Clock } from '../../storage/clock.ts'
import type { BuiltInAuthentication } from './client-authentication.ts'

/** What an assertion says, beside the signature. @internal */
export interface AssertionSettings {
  readonly clientId: string
  readonly issuer: string
  /** `issuer`, `endpoint`, or the audience itself. */
  readonly audience: string
  /** In seconds. */
  readonly lifetime: number
  readonly clock: Clock
}

const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/**
 * Sends a signed assertion (RFC 7523 §2.2, §3): `private_key_jwt` with a private key,
 * `client_secret_jwt` with the secret.
 *
 * Each assertion has a fresh `jti` and is valid for a short time. Its audience is the issuer, so that no
 * other authorization server can use it (RFC 7523bis). Its `typ` keeps it apart from every other JWT
 * that the key signs (RFC 8725 §3.11).
 *
 * @internal
 */
export function clientAssertion(
  signer: Signer,
  { clientId, issuer, audience, lifetime, clock }: AssertionSettings,
): BuiltInAuthentication {
  return {
    async authenticate({ body, url, signingAlgorithms }) {
      const now = Math.floor(clock() / 1000)
      const header = {
        typ: 'client-authentication+jwt',
        alg: chooseAlgorithm(signer.algorithms, signingAlgorithms),
      }
      const assertion = await signer.sign(header, {
        iss: clientId,
        sub: clientId,
        aud: audience === 'issuer' ? issuer : audience === 'endpoint' ? url : audience,
        jti: randomUUID(),
        iat: now,
        exp: now + lifetime,
      })
      body.set('client_id', clientId)
      body.set('client_assertion_type', TYPE)
      body.set('client_assertion', assertion)
    },
  }
}

function chooseAlgorithm(
  possible: readonly string[],
  accepted: readonly string[] | undefined,
): string {
  const found = possible.find((name) => accepted?.includes(name) ?? true)
  if (found !== undefined) return found
  throw new SigningError(
    `the key can sign with ${possible.join(', ')}, and the authorization server accepts none of them for assertions`,
  )
}
