import { CompactSign, type CryptoKey, exportSPKI, importJWK } from 'jose'
import { createTestKey } from './create-test-key.ts'
import type { TestKey } from './test-key.ts'
import type { TestJwtOptions } from './token-options.ts'

/**
 * How a token is forged.
 *
 * - `foreign-key`: it is signed with another key, under the `kid` of the issuer's key.
 * - `tampered`: its claims were changed after it was signed.
 * - `stripped`: its signature was removed.
 * - `unsigned`: its algorithm is `none`.
 * - `hmac`: it is signed with the issuer's public key, as the secret of HS256.
 * - `embedded-key`: it is signed with another key, which is in its header.
 */
export type TestForgery =
  | 'foreign-key'
  | 'tampered'
  | 'stripped'
  | 'unsigned'
  | 'hmac'
  | 'embedded-key'

/** What a forged token says, and how it is forged. */
export interface TestForgedTokenOptions extends Omit<TestJwtOptions, 'key'> {
  /**
   * How the token is forged.
   *
   * @defaultValue `'foreign-key'`
   */
  readonly forgery?: TestForgery
}

type Members = Readonly<Record<string, unknown>>

/** Forges a token of an issuer with this key. @internal */
export async function forgeToken(
  key: TestKey,
  { header, claims }: { readonly header: Members; readonly claims: Members },
  forgery: TestForgery,
): Promise<string> {
  switch (forgery) {
    case 'foreign-key':
      return foreignKeyOf(key).sign(claims, header)
    case 'embedded-key': {
      const foreign = foreignKeyOf(key)
      return foreign.sign(claims, { ...header, jwk: foreign.publicKey })
    }
    case 'tampered': {
      const [head, , signature] = (await key.sign(claims, header)).split('.')
      return [head, encoded({ ...claims, sub: 'somebody-else' }), signature].join('.')
    }
    case 'stripped': {
      const [head, payload] = (await key.sign(claims, header)).split('.')
      return `${head}.${payload}.`
    }
    case 'unsigned':
      return `${encoded({ ...header, alg: 'none' })}.${encoded(claims)}.`
    case 'hmac': {
      const publicKey = await importJWK(key.publicKey, key.algorithm)
      const secret = Buffer.from(await exportSPKI(publicKey as CryptoKey))
      return new CompactSign(Buffer.from(JSON.stringify(claims)))
        .setProtectedHeader({ kid: key.keyId, ...header, alg: 'HS256' })
        .sign(secret)
    }
  }
}

function foreignKeyOf({ algorithm, keyId }: TestKey): TestKey {
  return createTestKey({ algorithm, keyId })
}

function encoded(members: Members): string {
  return Buffer.from(JSON.stringify(members)).toString('base64url')
}
