import { describe, expect, it } from 'vitest'
import { type CompactJws, parseCompactJws } from '../../../src/jws/compact-jws.ts'
import { ProofKeys } from '../../../src/sender-constraint/proof-key.ts'
import { makeDpopKey, signProof } from '../../support/dpop.ts'
import { clock } from '../../support/tokens.ts'

const [mine, other] = await Promise.all([makeDpopKey(), makeDpopKey()])
const proof = async (key = mine): Promise<CompactJws> =>
  parseCompactJws(await signProof(key, { token: 'a-token' }))

describe('the key in the header of a proof', () => {
  it('RFC9449-1: is kept for the same header with the same bound key, and for nothing else', async () => {
    const keys = new ProofKeys(['ES256'], clock)
    const [jws, foreign] = [await proof(), await proof(other)]
    expect(keys.known(jws, mine.thumbprint)).toBeUndefined()
    const key = await keys.read(jws, mine.thumbprint)
    keys.keep(jws, key)
    expect(keys.known(jws, mine.thumbprint)).toBe(key)
    expect(keys.known(await proof(), mine.thumbprint)).toBe(key)
    expect(keys.known(jws, other.thumbprint)).toBeUndefined()
    expect(keys.known(foreign, mine.thumbprint)).toBeUndefined()
    const [header] = jws.compact.split('.')
    for (const compact of [`${header}A.e30.AA`, `A.e30.${header}.`, `A${header}.e30.AA`, '.']) {
      expect(keys.known({ ...jws, compact }, mine.thumbprint)).toBeUndefined()
    }
  })

  it.each<[unknown, string]>([
    [undefined, 'the header has no public key ("jwk")'],
    [null, 'the header has no public key ("jwk")'],
    ['a key', 'the header has no public key ("jwk")'],
    [['a key'], 'the header has no public key ("jwk")'],
    [{ kty: 'oct', k: 'AAAA' }, '"jwk": not an asymmetric key'],
    [{ kty: 'EC', d: 'AAAA' }, '"jwk": contains private members'],
    [{ kty: 'EC', crv: 'P-256' }, '"jwk": no coordinate "x"'],
  ])('RFC9449-1: "jwk" is %j: %s', async (jwk, fault) => {
    const jws = await proof()
    const keys = new ProofKeys(['ES256'], clock)
    const read = keys.read({ ...jws, header: { ...jws.header, jwk } }, mine.thumbprint)
    await expect(read).rejects.toMatchObject({
      reason: 'dpop_proof_key_refused',
      message: `the DPoP proof: ${fault}`,
    })
  })
})
