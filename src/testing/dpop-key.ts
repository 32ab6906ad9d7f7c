import { hash, randomUUID } from 'node:crypto'
import { calculateJwkThumbprint, type JWK } from 'jose'
import type { SignatureAlgorithm } from '../jws/algorithms.ts'
import { createTestKey } from './create-test-key.ts'
import type { TestDpopKeyOptions } from './options.ts'
import { readDpopKeyOptions } from './options-schema.ts'
import type { TestKey } from './test-key.ts'

/** What a DPoP proof is for. */
export interface TestProofOptions {
  /**
   * The access token that the proof is sent with.
   *
   * @defaultValue none, as for the token endpoint
   */
  readonly token?: string
  /**
   * The HTTP method of the request.
   *
   * @defaultValue `'POST'`
   */
  readonly method?: string
  /** The URL of the request, as the client sees it. */
  readonly url: string
  /**
   * The nonce of the last `DPoP-Nonce`.
   *
   * @defaultValue none
   */
  readonly nonce?: string
  /**
   * Further claims, or claims in place of the ones above. A claim that is `undefined` is left out.
   *
   * @defaultValue none
   */
  readonly claims?: Readonly<Record<string, unknown>>
  /**
   * Members of the header, in place of the usual ones. A member that is `undefined` is left out.
   *
   * @defaultValue none
   */
  readonly header?: Readonly<Record<string, unknown>>
}

/** A client's DPoP key (RFC 9449). */
export interface TestDpopKey {
  readonly algorithm: SignatureAlgorithm
  /** Give it to a client under test, or sign a proof that `proof` cannot make. */
  readonly privateKey: TestKey['privateKey']
  /** The public key, as the proofs contain it. */
  readonly publicKey: JWK
  /** The SHA-256 thumbprint: `cnf.jkt` of the tokens that are bound to this key. */
  readonly thumbprint: string
  /** Makes a proof. Every proof has its own `jti`. */
  proof(options: TestProofOptions): Promise<string>
  /** The header fields of a request: `authorization` with the token, and `dpop` with a new proof. */
  headers(
    options: TestProofOptions & { readonly token: string },
  ): Promise<{ readonly authorization: string; readonly dpop: string }>
}

/**
 * Makes a client's DPoP key.
 *
 * @throws {TypeError} naming the option that is wrong
 *
 * @example
 * ```ts
 * import { createDpopKey, createTestIssuer } from 'mcp-resource-server/testing'
 *
 * await using issuer = createTestIssuer()
 * const resourceServer = issuer.resourceServer()
 * const key = await createDpopKey()
 * const token = await issuer.token({ dpop: key })
 * const { resource: url } = issuer
 * const decision = await resourceServer.authenticate({
 *   method: 'POST',
 *   url,
 *   headers: await key.headers({ url, token }),
 * })
 * console.log(decision.outcome) // 'allowed'
 * ```
 */
export async function createDpopKey(options: TestDpopKeyOptions = {}): Promise<TestDpopKey> {
  const { algorithm, clock } = readDpopKeyOptions('createDpopKey', options)
  const key = createTestKey({ algorithm })
  const { kid: _, alg: __, use: ___, ...publicKey } = key.publicKey
  const proof: TestDpopKey['proof'] = ({ token, method = 'POST', url, nonce, claims, header }) =>
    key.sign(
      {
        jti: randomUUID(),
        htm: method,
        htu: url.split(/[?#]/, 1)[0],
        iat: Math.floor(clock() / 1000),
        ath: token === undefined ? undefined : hash('sha256', token, 'base64url'),
        nonce,
        ...claims,
      },
      { typ: 'dpop+jwt', jwk: publicKey, kid: undefined, ...header },
    )
  return {
    algorithm,
    privateKey: key.privateKey,
    publicKey,
    thumbprint: await calculateJwkThumbprint(publicKey),
    proof,
    headers: async (about) => ({
      authorization: `DPoP ${about.token}`,
      dpop: await proof(about),
    }),
  }
}
