import { constants, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { compactVerify, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { SIGNATURE_ALGORITHMS, sameAlgorithm } from '../../../src/jws/algorithms.ts'
import { parseCompactJws } from '../../../src/jws/compact-jws.ts'
import { checkSignature, signedBytes, waysToVerify } from '../../../src/jws/signature.ts'
import { importKey } from '../../../src/jws/verification-key.ts'

type Damage = (signature: Buffer, round: number) => Uint8Array

const DAMAGE: Readonly<Record<string, Damage>> = {
  none: (signature) => signature,
  'one bit': (signature, round) => {
    const copy = Buffer.from(signature)
    const at = (round * 37) % copy.length
    copy[at] = (copy[at] ?? 0) ^ (1 << (round % 8))
    return copy
  },
  'one byte less': (signature) => signature.subarray(0, -1),
  'one byte more': (signature) => Buffer.concat([signature, Buffer.alloc(1)]),
  'a zero in front': (signature) => Buffer.concat([Buffer.alloc(1), signature]),
  'a zero in the middle': (signature) => {
    const middle = signature.length / 2
    return Buffer.concat([
      signature.subarray(0, middle),
      Buffer.alloc(1),
      signature.subarray(middle),
    ])
  },
  'random bytes': (signature) => randomBytes(signature.length),
  'CVE-2022-21449 all zero': (signature) => Buffer.alloc(signature.length),
  'all ones': (signature) => Buffer.alloc(signature.length, 255),
  'one byte alone': () => randomBytes(1),
  'halves swapped': (signature) =>
    Buffer.concat([
      signature.subarray(signature.length / 2),
      signature.subarray(0, signature.length / 2),
    ]),
}

describe('S1.1: jose is the oracle of the signature seam', () => {
  it.each(SIGNATURE_ALGORITHMS)('RFC8725-1: %s, every damage, the same verdict', async (alg) => {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
    const key = await importKey({ ...(await exportJWK(publicKey)) }, sameAlgorithm(alg))
    if (key === undefined) throw new Error('the key cannot be read')
    const ways = waysToVerify(key)
    const verdicts: string[] = []
    for (const [name, damage] of Object.entries(DAMAGE)) {
      for (let round = 0; round < 5; round += 1) {
        const token = await new SignJWT({ round }).setProtectedHeader({ alg }).sign(privateKey)
        const [header, payload, signature = ''] = token.split('.')
        const damaged = damage(Buffer.from(signature, 'base64url'), round)
        const shown = `${header}.${payload}.${Buffer.from(damaged).toString('base64url')}`
        const theirs = await compactVerify(shown, key.key, { algorithms: [alg] }).then(
          () => true,
          () => false,
        )
        const jws = parseCompactJws(shown)
        const signed = signedBytes(shown)
        expect([name, ways.here?.(signed, jws.signature)]).toEqual([name, theirs])
        expect([name, await ways.elsewhere(signed, jws.signature)]).toEqual([name, theirs])
        verdicts.push(`${name}: ${theirs}`)
      }
    }
    // Both verdicts occur, or nothing has been compared.
    expect(new Set(verdicts)).toContain('none: true')
    expect(new Set(verdicts)).toContain('all ones: false')
  })

  it('a payload that was not signed does not hold', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256')
    const key = await importKey({ ...(await exportJWK(publicKey)) }, 'ES256')
    const token = await new SignJWT({ a: 1 }).setProtectedHeader({ alg: 'ES256' }).sign(privateKey)
    const [header, , signature] = token.split('.')
    const other = Buffer.from('{"a":2}').toString('base64url')
    const jws = parseCompactJws(`${header}.${other}.${signature}`)
    if (key === undefined) throw new Error('the key cannot be read')
    await expect(async () => checkSignature(jws, key)).rejects.toMatchObject({
      reason: 'signature_invalid',
    })
  })

  it.each([
    ['PS256', 32],
    ['PS384', 48],
    ['PS512', 64],
  ])('RFC7518-3.5: %s accepts a salt of %i bytes and no other', async (alg, length) => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const key = await importKey({ ...publicKey.export({ format: 'jwk' }) }, alg)
    if (key === undefined) throw new Error('the key cannot be read')
    const { here, elsewhere } = waysToVerify(key)
    const signed = Buffer.from('header.payload')
    for (const digest of ['sha256', 'sha384', 'sha512']) {
      for (const saltLength of [0, 1, 20, 32, 33, 48, 49, 64, 65, 100]) {
        const padding = constants.RSA_PKCS1_PSS_PADDING
        const signature = sign(digest, signed, { key: privateKey, padding, saltLength })
        const expected = digest === `sha${alg.slice(2)}` && saltLength === length
        expect([digest, saltLength, here?.(signed, signature)]).toEqual([
          digest,
          saltLength,
          expected,
        ])
        expect(await elsewhere(signed, signature)).toBe(expected)
      }
    }
  })
})
