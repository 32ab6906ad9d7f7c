import { generateKeyPairSync } from 'node:crypto'
import { exportJWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { SIGNATURE_ALGORITHMS } from '../../../src/jws/algorithms.ts'
import { hasRocaFingerprint } from '../../../src/jws/roca.ts'
import { importKey, readKeyAlgorithm } from '../../../src/jws/verification-key.ts'
import { createTestKey } from '../../../src/testing/create-test-key.ts'
import { ecKey, rsaKey } from '../../support/tokens.ts'

type Jwk = Readonly<Record<string, unknown>>

const rsa: Jwk = { ...rsaKey.publicKey }
const ec: Jwk = { ...ecKey.publicKey }
const ed: Jwk = { ...createTestKey({ algorithm: 'Ed25519', keyId: 'ed-1' }).publicKey }
const { alg: _, ...algless } = rsa
const modulus = BigInt(`0x${Buffer.from(String(rsa.n), 'base64url').toString('hex')}`)

const encode = (number: bigint): string => {
  const hex = number.toString(16)
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url')
}
const fault = (jwk: Jwk, accepted: readonly string[] = SIGNATURE_ALGORITHMS) => {
  const verdict = readKeyAlgorithm(jwk, accepted)
  return 'fault' in verdict ? verdict.fault : undefined
}
const algorithm = (jwk: Jwk, accepted: readonly string[] = SIGNATURE_ALGORITHMS) => {
  const verdict = readKeyAlgorithm(jwk, accepted)
  return 'algorithm' in verdict ? verdict.algorithm : undefined
}

/** A number of so many bits that is a power of 65537 by every prime of the fingerprint: it is 1. */
function rocaModulus(bits: bigint): bigint {
  const primes = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157]
  const product = primes.reduce((all, prime) => all * BigInt(prime), 2n)
  return ((1n << (bits - 1n)) / product + 1n) * product + 1n
}

describe('an RSA key', () => {
  const generated = (modulusLength: number): Jwk => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength })
    return { ...publicKey.export({ format: 'jwk' }) }
  }

  it.each([
    ['512 bits', { ...rsa, n: encode((1n << 511n) + 1n) }, 'modulus of 512 bits'],
    ['2047 bits', { ...rsa, n: encode((1n << 2046n) + 1n) }, 'modulus of 2047 bits'],
    ['2047 bits behind zeros', { ...rsa, n: `AAAA${encode((1n << 2046n) + 1n)}` }, 'of 2047 bits'],
    ['8193 bits', { ...rsa, n: encode((1n << 8192n) + 1n) }, 'modulus of 8193 bits'],
    ['16384 bits', { ...rsa, n: encode((1n << 16_383n) + 1n) }, 'too large'],
    ['a megabyte', { ...rsa, n: 'A'.repeat(1 << 20) }, 'too large'],
    ['a modulus of zero', { ...rsa, n: 'AA' }, 'modulus of'],
    ['an empty modulus', { ...rsa, n: '' }, 'modulus of'],
    ['an even modulus', { ...rsa, n: encode(modulus + 1n) }, 'even modulus'],
    [
      'the ROCA fingerprint (CVE-2017-15361)',
      { ...rsa, n: encode(rocaModulus(2048n)) },
      'CVE-2017-15361',
    ],
    ['e = 0', { ...rsa, e: 'AA' }, 'exponent must be odd and at least 3'],
    ['e = 1', { ...rsa, e: 'AQ' }, 'exponent must be odd and at least 3'],
    ['e = 2', { ...rsa, e: 'Ag' }, 'exponent must be odd and at least 3'],
    ['an even e', { ...rsa, e: 'AQAA' }, 'exponent must be odd and at least 3'],
    ['an exponent of 65 bits', { ...rsa, e: encode((1n << 64n) + 1n) }, 'too large'],
    ['a huge e', { ...rsa, e: encode((1n << 96n) + 1n) }, 'too large'],
    ['no modulus', { ...rsa, n: undefined }, 'no modulus or exponent'],
    ['no exponent', { ...rsa, e: undefined }, 'no modulus or exponent'],
    ['a modulus that is a number', { ...rsa, n: 65_537 }, 'no modulus or exponent'],
  ])('RFC8725-1 CVE-2022-23539: with %s is skipped', (_name, jwk, expected) => {
    expect(fault(jwk)).toContain(expected)
  })

  it('RFC8725-1 CVE-2022-23539: with 1024 bits, generated for real, is skipped', () => {
    expect(fault(generated(1024))).toBe('modulus of 1024 bits')
  })

  it.each([
    ['2048 bits', { ...rsa }],
    ['e = 3', { ...rsa, e: 'Aw' }],
    ['8192 bits', { ...rsa, n: encode((1n << 8191n) + 3n) }],
    ['an exponent of 64 bits', { ...rsa, e: encode((1n << 63n) + 1n) }],
    ['the curve of another kind of key', { ...rsa, crv: 'P-256' }],
    ['the curve of another kind of key, without alg', { ...algless, crv: 'Ed25519' }],
  ])('RFC8725-1: with %s is used', (_name, jwk) => {
    expect(readKeyAlgorithm(jwk, SIGNATURE_ALGORITHMS)).toEqual({ algorithm: 'RS256' })
  })

  it('RFC8725-1: only flawed keys have the fingerprint', () => {
    expect(hasRocaFingerprint(rocaModulus(2048n))).toBe(true)
    expect(hasRocaFingerprint(rocaModulus(4096n))).toBe(true)
    // The residues are 65537, and its square, instead of 1.
    expect(hasRocaFingerprint(rocaModulus(2048n) - 1n + 65_537n)).toBe(true)
    expect(hasRocaFingerprint(rocaModulus(2048n) - 1n + 65_537n ** 2n)).toBe(true)
    expect(hasRocaFingerprint(modulus)).toBe(false)
    // 2 is not a power of 65537 modulo 11: with one such residue a modulus has no fingerprint.
    expect(hasRocaFingerprint(rocaModulus(2048n) + 2n)).toBe(false)
  })
})

describe('what a key is for', () => {
  it.each([
    ['use: enc', { ...rsa, use: 'enc' }, '"use" is not "sig"'],
    ['use: enc with RSA-OAEP', { ...rsa, use: 'enc', alg: 'RSA-OAEP' }, '"use" is not "sig"'],
    ['use in another case', { ...rsa, use: 'SIG' }, '"use" is not "sig"'],
    ['use that is a list', { ...rsa, use: ['sig'] }, '"use" is not "sig"'],
    ['key_ops without verify', { ...rsa, key_ops: ['encrypt'] }, '"key_ops"'],
    ['key_ops for signing', { ...rsa, key_ops: ['sign'] }, '"key_ops"'],
    ['empty key_ops', { ...rsa, key_ops: [] }, '"key_ops"'],
    ['key_ops that is a string', { ...rsa, key_ops: 'verify' }, '"key_ops"'],
    ['a kid that is a number', { ...rsa, kid: 1 }, '"kid" is not a string'],
    ['an alg that is a list', { ...rsa, alg: ['RS256'] }, '"alg" is not a string'],
    ['an alg that is empty', { ...rsa, alg: '' }, 'not accepted'],
    ['an alg for encryption', { ...rsa, alg: 'RSA-OAEP-256' }, 'not accepted'],
    ['an alg that is symmetric', { ...rsa, alg: 'HS256' }, 'not accepted'],
    ['alg: none', { ...rsa, alg: 'none' }, 'not accepted'],
    ['RSA with the alg of a curve', { ...rsa, alg: 'ES256' }, '"alg" does not match "kty"'],
    ['RSA with the alg of Edwards curves', { ...rsa, alg: 'EdDSA' }, '"alg" does not match "kty"'],
    ['P-256 with RS256', { ...ec, alg: 'RS256' }, '"alg" does not match the curve'],
    ['P-256 with ES384', { ...ec, alg: 'ES384' }, '"alg" does not match the curve'],
    ['P-384 with ES256', { ...ec, crv: 'P-384', alg: 'ES256' }, '"alg" does not match the curve'],
    ['Ed25519 with ES256', { ...ed, alg: 'ES256' }, '"alg" does not match the curve'],
    ['secp256k1', { ...ec, crv: 'secp256k1', alg: 'ES256K' }, 'unknown curve'],
    ['X25519', { ...ed, crv: 'X25519', alg: undefined }, 'unknown curve'],
    ['Ed448', { ...ed, crv: 'Ed448' }, 'unknown curve'],
    ['no curve', { ...ec, crv: undefined }, 'unknown curve'],
    ['a curve that is no text', { ...ec, crv: { toString: 1 } }, 'unknown curve'],
    ['a curve in a list', { ...ec, crv: ['P-256'] }, 'unknown curve'],
    ['a curve of every object', { ...ec, crv: 'constructor' }, 'unknown curve'],
    ['an octet sequence', { kty: 'oct', k: 'c2VjcmV0' }, 'not an asymmetric key'],
    ['an empty octet sequence (CVE-2026-44351)', { kty: 'oct', k: '' }, 'not an asymmetric key'],
    ['no kty', { ...rsa, kty: undefined }, 'not an asymmetric key'],
    ['kty in another case', { ...rsa, kty: 'rsa' }, 'not an asymmetric key'],
    ['a kind to come', { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AA' }, 'not an asymmetric key'],
  ])('RFC8725-2: %s: skipped', (_name, jwk, expected) => {
    expect(fault(jwk)).toContain(expected)
  })

  it.each(['__proto__', 'constructor', 'toString'])(
    'RFC8725-2: a curve called %s is unknown',
    (crv) => {
      expect(fault({ ...ec, crv, alg: undefined })).toBeTypeOf('string')
    },
  )

  it.each(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'])(
    'RFC8725-1: a key with the private member %s, whatever its value, is skipped',
    (name) => {
      for (const value of ['AA', '', null]) {
        expect(fault({ ...rsa, [name]: value })).toBe('contains private members')
      }
    },
  )

  it('RFC8725-1: a whole private key is skipped', async () => {
    expect(fault({ ...(await exportJWK(rsaKey.privateKey)), alg: 'RS256' })).toBe(
      'contains private members',
    )
    expect(fault({ ...(await exportJWK(ecKey.privateKey)) })).toBe('contains private members')
  })

  it('RFC8725-2: a key with "verify" in key_ops, or without key_ops, is used', () => {
    const { use: _use, ...unused } = rsa
    expect(algorithm({ ...rsa, key_ops: ['verify'] })).toBe('RS256')
    expect(algorithm(unused)).toBe('RS256')
  })
})

describe('the one algorithm of a key', () => {
  it.each([
    ['its own', { ...rsa, alg: 'PS384' }, undefined, 'PS384'],
    ['of its curve', { ...ec, alg: undefined }, undefined, 'ES256'],
    ['for RSA without alg the first that is accepted', algless, undefined, 'RS256'],
    ['first in the operator’s order', algless, ['ES256', 'PS512', 'RS256'], 'PS512'],
    ['none where no RSA is accepted', algless, ['ES256', 'EdDSA'], undefined],
    ['none where its own is not accepted', rsa, ['RS512'], undefined],
    ['none where its curve’s is not accepted', ec, ['ES384'], undefined],
    ['Ed25519 by its old name', { ...ed, alg: 'EdDSA' }, ['Ed25519'], 'Ed25519'],
    ['Ed25519 where the old name is accepted', { ...ed, alg: 'Ed25519' }, ['EdDSA'], 'Ed25519'],
    ['Ed25519 without alg', { ...ed, alg: undefined }, ['EdDSA'], 'Ed25519'],
  ])('RFC8725-1 CVE-2026-22817: %s', (_name, jwk, accepted, expected) => {
    expect(algorithm(jwk, accepted)).toBe(expected)
  })
})

describe('a coordinate of an EC key', () => {
  const bytes = { 'P-256': 32, 'P-384': 48, 'P-521': 66 } as const
  const curves = Object.entries(bytes) as [keyof typeof bytes, number][]
  /** Keys are random, and one in 256 has a coordinate that begins with a zero. Such a key shows the most. */
  const withLeadingZero = (namedCurve: string, name: 'x' | 'y'): Jwk => {
    for (;;) {
      const jwk = generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' })
      if (Buffer.from(String(jwk[name]), 'base64url')[0] === 0) return { ...jwk }
    }
  }

  it.each(
    curves.flatMap(([curve, size]) => (['x', 'y'] as const).map((name) => ({ curve, size, name }))),
  )('RFC8725-2: $name on $curve has $size bytes', async ({ curve, size, name }) => {
    const jwk = withLeadingZero(curve, name)
    const whole = Buffer.from(String(jwk[name]), 'base64url')
    const as = (coordinate: Buffer) => ({ ...jwk, [name]: coordinate.toString('base64url') })
    const verdict = algorithm(jwk)
    expect(await importKey(jwk, String(verdict))).toMatchObject({ algorithm: verdict })
    const wrong = (found: number) => `coordinate "${name}" of ${found} bytes; expected ${size}`
    expect(fault(as(whole.subarray(1)))).toBe(wrong(size - 1))
    expect(fault(as(Buffer.concat([Buffer.alloc(1), whole])))).toBe(wrong(size + 1))
    expect(fault(as(Buffer.alloc(0)))).toBe(wrong(0))
    for (const value of [undefined, null, 7]) {
      expect(fault({ ...jwk, [name]: value })).toBe(`no coordinate "${name}"`)
    }
  })
})

describe('importing', () => {
  const y = Buffer.from(String(ec.y), 'base64url')
  const offCurve = Buffer.from(y)
  offCurve[0] = (offCurve[0] ?? 0) ^ 1

  it.each([
    ['a point that is not on its curve', { ...ec, y: offCurve.toString('base64url') }, 'ES256'],
    ['a point at nothing', { ...ec, x: 'AA', y: 'AA' }, 'ES256'],
    ['no coordinates', { ...ec, x: undefined, y: undefined }, 'ES256'],
    ['EC with the curve of OKP', { ...ec, crv: 'Ed25519' }, 'Ed25519'],
    ['OKP with a key too short', { ...ed, x: 'AAAA' }, 'Ed25519'],
    ['a kind to come', { kty: 'AKP', alg: 'ML-DSA-44' }, 'ML-DSA-44'],
    ['a symmetric key', { kty: 'oct', k: 'c2VjcmV0' }, 'HS256'],
  ])('RFC8725-2 CVE-2022-23539: %s cannot be read', async (_name, jwk, name) => {
    expect(await importKey(jwk, name)).toBeUndefined()
  })

  it('RFC8725-1: gives a public key that knows its one algorithm and name', async () => {
    expect(await importKey(rsa, 'RS256')).toMatchObject({
      keyId: 'rsa-1',
      algorithm: 'RS256',
      key: { type: 'public', algorithm: { name: 'RSASSA-PKCS1-v1_5', hash: { name: 'SHA-256' } } },
    })
  })

  it('RFC8725-1: two entries with the same key material are one key', async () => {
    const identity = async (jwk: Jwk, name: string) => (await importKey(jwk, name))?.id
    expect(await identity({ ...rsa, x5c: ['AA'] }, 'RS256')).toBe(await identity(rsa, 'RS256'))
    expect(await identity(rsa, 'RS512')).not.toBe(await identity(rsa, 'RS256'))
    expect(await identity({ ...rsa, kid: 'b' }, 'RS256')).not.toBe(await identity(rsa, 'RS256'))
    expect(await identity({ ...rsa, e: 'Aw' }, 'RS256')).not.toBe(await identity(rsa, 'RS256'))
  })
})
