import { randomBytes } from 'node:crypto'
import { compactVerify, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { ChallengeError } from '../../../src/errors/challenge-error.ts'
import { SIGNATURE_ALGORITHMS, sameAlgorithm } from '../../../src/jws/algorithms.ts'
import { parseCompactJws } from '../../../src/jws/compact-jws.ts'
import { checkSignature } from '../../../src/jws/signature.ts'
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
        const ours = await checkSignature(parseCompactJws(shown), key).then(
          () => true,
          (error: unknown) => !(error instanceof ChallengeError),
        )
        expect([name, ours]).toEqual([name, theirs])
        verdicts.push(`${name}: ${ours}`)
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
    await expect(checkSignature(jws, key)).rejects.toMatchObject({ reason: 'signature_invalid' })
  })
})
