import { describe, expect, it } from 'vitest'
import {
  ALLOWED,
  attackerKey,
  ecKey,
  forge,
  invalidToken,
  judge,
  rsaKey,
  serverWithKeys,
  signToken,
} from '../../support/tokens.ts'

const broken = { ...ecKey.publicKey, kid: 'broken', y: ecKey.publicKey.x }
const useless = [
  { kty: 'oct', k: 'c2VjcmV0', kid: 'rsa-1' },
  { kty: 'oct', k: '', kid: 'rsa-1' },
  { ...rsaKey.publicKey, use: 'enc', alg: 'RSA-OAEP' },
  { kty: 'EC', crv: 'secp256k1', x: 'AA', y: 'AA', kid: 'rsa-1' },
  { ...rsaKey.publicKey, n: 'AQAB' },
  broken,
  {},
]

describe('a key set', () => {
  it('RFC8725-2: is used although most of its keys are unusable', async () => {
    const server = serverWithKeys(...useless, rsaKey.publicKey)
    expect(await judge(await signToken(), server)).toEqual(ALLOWED)
    expect(await judge(await forge({ header: { kid: undefined } }), server)).toEqual(ALLOWED)
  })

  it('RFC8725-1: two keys of one kid and algorithm are ambiguous', async () => {
    const server = serverWithKeys(rsaKey.publicKey, attackerKey.publicKey)
    const expected = invalidToken('key_ambiguous')
    expect(await judge(await signToken(), server)).toEqual(expected)
    expect(await judge(await signToken({ key: attackerKey }), server)).toEqual(expected)
  })

  it('RFC8725-1: two keys of one kid and different algorithms are not ambiguous', async () => {
    const server = serverWithKeys(rsaKey.publicKey, { ...ecKey.publicKey, kid: 'rsa-1' })
    expect(await judge(await signToken(), server)).toEqual(ALLOWED)
    const token = await signToken({ key: ecKey, header: { kid: 'rsa-1' } })
    expect(await judge(token, server)).toEqual(ALLOWED)
  })

  it('RFC8725-1: the same key twice counts once', async () => {
    const server = serverWithKeys(
      rsaKey.publicKey,
      { ...rsaKey.publicKey },
      { ...rsaKey.publicKey, x5t: 'x' },
    )
    expect(await judge(await signToken(), server)).toEqual(ALLOWED)
  })

  it('RFC8725-1: a kid that no key has is refused', async () => {
    const { kid: _, ...nameless } = rsaKey.publicKey
    const expected = invalidToken('key_unknown')
    expect(await judge(await signToken({ header: { kid: 'rsa-2' } }))).toEqual(expected)
    expect(await judge(await signToken(), serverWithKeys(nameless))).toEqual(expected)
    const token = await signToken({ header: { kid: undefined } })
    expect(await judge(token, serverWithKeys(nameless))).toEqual(ALLOWED)
  })

  it('RFC8725-2: without a single key that can be read is our fault, not the caller’s', async () => {
    expect(await judge(await signToken({ key: ecKey }), serverWithKeys(broken))).toEqual({
      status: 503,
      challenge: undefined,
      reason: 'key_set_unavailable',
    })
    await expect(serverWithKeys(broken).ready()).rejects.toMatchObject({
      reason: 'key_set_unavailable',
    })
  })

  it.each([
    ['empty', []],
    ['of keys that are for something else', useless.filter((key) => key !== broken)],
  ])('RFC8725-2: %s is refused at start', (_name, keys) => {
    expect(() => serverWithKeys(...keys)).toThrow(
      /^createResourceServer: option `authorizationServer.keys` must hold a key that can verify/,
    )
  })

  it('S1.7: the refusal of a private key does not show it', () => {
    const keys = [{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', d: 's3cr3t' }]
    expect(() => serverWithKeys(...keys)).toThrow(/contains private members/)
    expect(() => serverWithKeys(...keys)).toThrow(/^(?!.*s3cr3t)/)
  })
})
