import { randomBytes } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { compactVerify, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { SIGNATURE_ALGORITHMS, sameAlgorithm } from '../../../src/jws/algorithms.ts'
import { parseCompactJws } from '../../../src/jws/compact-jws.ts'
import { checkSignature, verifySignature } from '../../../src/jws/signature.ts'
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

/** The others are slow, or faster on another thread. */
const ON_THE_SPOT = ['RS256', 'RS384', 'RS512', 'ES256', 'EdDSA', 'Ed25519']

describe('S1.1: jose is the oracle of the signature seam', () => {
  it.each(SIGNATURE_ALGORITHMS)('RFC8725-1: %s, every damage, the same verdict', async (alg) => {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
    const key = await importKey({ ...(await exportJWK(publicKey)) }, sameAlgorithm(alg))
    if (key === undefined) throw new Error('the key cannot be read')
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
        // The first signature in a turn of the event loop is verified synchronously, the next by WebCrypto.
        await nextTurn()
        const jws = parseCompactJws(shown)
        const ours = [verifySignature(jws, key), verifySignature(jws, key)]
        expect(ours.map((one) => one instanceof Promise)).toEqual([
          !ON_THE_SPOT.includes(alg),
          true,
        ])
        expect([name, await ours[0], await ours[1]]).toEqual([name, theirs, theirs])
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
    for (const turn of ['synchronously', 'by WebCrypto']) {
      await expect(async () => checkSignature(jws, key), turn).rejects.toMatchObject({
        reason: 'signature_invalid',
      })
    }
  })

  it.each([
    [2048, false],
    [4096, false],
    [4104, true],
  ])('an RSA key of %i bits leaves the event loop free: %s', async (bits, free) => {
    const modulus = randomBytes(bits / 8)
    modulus[0] = 0x80 | (modulus[0] ?? 0)
    const key = await importKey(
      { kty: 'RSA', n: modulus.toString('base64url'), e: 'AQAB' },
      'RS256',
    )
    if (key === undefined) throw new Error('the key cannot be read')
    await nextTurn()
    const holds = verifySignature({ compact: 'a.b.c', signature: Buffer.alloc(bits / 8) }, key)
    expect(holds instanceof Promise).toBe(free)
    expect(await holds).toBe(false)
  })

  it('many signatures in one turn of the event loop do not stop it', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256')
    const key = await importKey({ ...(await exportJWK(publicKey)) }, 'ES256')
    const token = await new SignJWT({}).setProtectedHeader({ alg: 'ES256' }).sign(privateKey)
    if (key === undefined) throw new Error('the key cannot be read')
    await nextTurn()
    const all = Array.from({ length: 64 }, () => verifySignature(parseCompactJws(token), key))
    expect(all.filter((one) => !(one instanceof Promise))).toEqual([true])
    expect(new Set(await Promise.all(all))).toEqual(new Set([true]))
  })
})
