import { createPublicKey } from 'node:crypto'
import { exportJWK } from 'jose'
import { afterEach, describe, expect, it } from 'vitest'
import { SIGNATURE_ALGORITHMS } from '../../../src/jws/algorithms.ts'
import { checkSignature, signedBytes, waysToVerify } from '../../../src/jws/signature.ts'
import { importKey, type VerificationKey } from '../../../src/jws/verification-key.ts'
import { createTestKey } from '../../../src/testing/create-test-key.ts'
import {
  ALLOWED,
  attackerKey,
  base64url,
  ecKey,
  forge,
  ISSUER,
  invalidToken,
  judge,
  RESOURCE,
  rsaKey,
  serverWithKeys,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'

const INVALID = invalidToken('signature_invalid')
const [p384Key, p521Key, edKey, pssKey] = await Promise.all([
  createTestKey({ algorithm: 'ES384', keyId: 'ec-1' }),
  createTestKey({ algorithm: 'ES512', keyId: 'ec-1' }),
  createTestKey({ algorithm: 'Ed25519', keyId: 'ed-1' }),
  createTestKey({ algorithm: 'PS256', keyId: 'pss-1' }),
])
const good = await signToken()
const imported = await importKey({ ...rsaKey.publicKey }, 'RS256')

describe('a signature', () => {
  it.each([
    'RS256',
    'RS384',
    'RS512',
    'PS256',
    'PS384',
    'PS512',
    'ES256',
    'ES384',
    'ES512',
    'EdDSA',
  ] as const)('RFC9068-2 S1.1: that is good is good: %s', async (alg) => {
    const key = createTestKey({ algorithm: alg, keyId: 'key-1' })
    expect(await judge(await signToken({ key }), serverWithKeys(key.publicKey))).toEqual(ALLOWED)
  })

  it('RFC9068-2 RFC8725-1: of another key with the issuer’s kid', async () => {
    expect(await judge(await signToken({ key: attackerKey }))).toEqual(INVALID)
  })

  const keys = { EC: ecKey, RSA: rsaKey, Ed25519: edKey }
  it.each<[keyof typeof keys, string, Uint8Array]>([
    ['EC', 'r = s = 0', new Uint8Array(64)],
    ['EC', 'r = 0', new Uint8Array(64).fill(1, 32)],
    ['EC', 's = 0', new Uint8Array(64).fill(1, 0, 32)],
    ['EC', 'r = s = the order of the curve', orderOfP256()],
    ['EC', 'all ones', new Uint8Array(64).fill(255)],
    ['EC', 'zeros in DER', Buffer.from('3006020100020100', 'hex')],
    ['EC', 'one byte', new Uint8Array(1)],
    ['EC', '63 bytes', new Uint8Array(63).fill(1)],
    ['EC', '65 bytes', new Uint8Array(65).fill(1)],
    ['EC', '96 bytes', new Uint8Array(96)],
    ['EC', '4 KB', new Uint8Array(4096)],
    ['RSA', 'all zero', new Uint8Array(256)],
    ['RSA', 'one', new Uint8Array(256).fill(1, 255)],
    ['RSA', 'all ones', new Uint8Array(256).fill(255)],
    ['RSA', 'one byte', new Uint8Array(1)],
    ['RSA', '255 bytes', new Uint8Array(255).fill(1)],
    ['RSA', '257 bytes', new Uint8Array(257).fill(1)],
    ['RSA', 'the modulus', Buffer.from(rsaKey.publicKey.n ?? '', 'base64url')],
    ['Ed25519', 'all zero', new Uint8Array(64)],
    ['Ed25519', 'a neutral point', new Uint8Array(64).fill(1, 0, 1)],
    ['Ed25519', '63 bytes', new Uint8Array(63)],
  ])(
    'RFC8725-1 CVE-2022-21449: with a key of the type %s, this is refused: %s',
    async (type, _name, signature) => {
      const key = keys[type]
      expect(await judge(await forge({ key, signature }), serverWithKeys(key.publicKey))).toEqual(
        INVALID,
      )
    },
  )

  it('RFC9068-2: in DER is refused', async () => {
    const [header, payload, signature = ''] = (await signToken({ key: ecKey })).split('.')
    const bytes = Buffer.from(signature, 'base64url')
    const integer = (value: Buffer) => Buffer.concat([Buffer.from([2, 33, 0]), value])
    const body = Buffer.concat([integer(bytes.subarray(0, 32)), integer(bytes.subarray(32))])
    const der = base64url(Buffer.concat([Buffer.from([0x30, body.length]), body]))
    expect(await judge(`${header}.${payload}.${der}`)).toEqual(INVALID)
  })
})

describe('a key that does not fit the algorithm', () => {
  it.each([
    ['an EC key with RS256', ecKey, 'RS256'],
    ['a P-384 key with ES256', p384Key, 'ES256'],
    ['a P-521 key with ES256', p521Key, 'ES256'],
    ['a P-256 key with ES384', ecKey, 'ES384'],
    ['an RS256 key with PS256', rsaKey, 'PS256'],
    ['an RS256 key with RS512', rsaKey, 'RS512'],
    ['a PS256 key with RS256', pssKey, 'RS256'],
    ['an Ed25519 key with ES256', edKey, 'ES256'],
    ['an RSA key with EdDSA', rsaKey, 'EdDSA'],
  ])('RFC8725-1 CVE-2022-23539: %s', async (_name, key, alg) => {
    const token = await forge({ key, header: { alg } })
    expect(await judge(token, serverWithKeys(key.publicKey))).toEqual(invalidToken('key_unknown'))
  })

  it.each([
    ['PS256', 'RS256'],
    ['RS512', 'RS256'],
  ])(
    'RFC8725-1: one key serves one algorithm: published for %s, used with %s',
    async (alg, used) => {
      const token = await forge({ header: { alg: used } })
      expect(await judge(token, serverWithKeys({ ...rsaKey.publicKey, alg }))).toEqual(
        invalidToken('key_unknown'),
      )
    },
  )

  it('RFC8725-1: EdDSA and Ed25519 are two names of one algorithm', async () => {
    for (const published of ['EdDSA', 'Ed25519', undefined]) {
      const server = serverWithKeys({
        ...(await exportJWK(createPublicKey(edKey.privateKey))),
        kid: 'ed-1',
        alg: published,
      })
      for (const alg of ['EdDSA', 'Ed25519']) {
        expect(await judge(await forge({ key: edKey, header: { alg } }), server)).toEqual(ALLOWED)
      }
    }
  })

  it.each(['EdDSA', 'Ed25519'] as const)(
    'RFC8725-1: allowing %s allows both names',
    async (name) => {
      const server = testResourceServer({
        server: { algorithms: [name], keys: { keys: [edKey.publicKey] } },
      })
      for (const alg of ['EdDSA', 'Ed25519']) {
        expect(await judge(await forge({ key: edKey, header: { alg } }), server)).toEqual(ALLOWED)
      }
    },
  )
})

describe('keys of two issuers', () => {
  const OTHER = 'https://sso.example.com/realms/other'
  const otherKey = attackerKey
  const server = testResourceServer({
    authorizationServer: [
      { issuer: ISSUER, keys: { keys: [rsaKey.publicKey] } },
      { issuer: OTHER, keys: { keys: [otherKey.publicKey] } },
    ],
  })

  it('RFC8725-1 S1.11: each verifies its own issuer’s tokens', async () => {
    expect(await judge(await signToken(), server)).toEqual(ALLOWED)
    expect(await judge(await signToken({ key: otherKey, claims: { iss: OTHER } }), server)).toEqual(
      ALLOWED,
    )
  })

  it('RFC8725-1 S1.11 RFC9700-3: neither verifies the other’s', async () => {
    expect(await judge(await signToken({ claims: { iss: OTHER } }), server)).toEqual(INVALID)
    expect(await judge(await signToken({ key: otherKey }), server)).toEqual(INVALID)
  })

  it.each([
    ['none', undefined, 'issuer_missing'],
    ['a third', 'https://sso.example.com/realms/third', 'issuer_unknown'],
    ['both', [ISSUER, OTHER], 'issuer_unknown'],
    ['a number', 5, 'issuer_unknown'],
    ['null', null, 'issuer_unknown'],
    ['a slash more', `${ISSUER}/`, 'issuer_unknown'],
  ])('S1.11: a token that names %s', async (_name, iss, reason) => {
    expect(await judge(await signToken({ claims: { iss } }), server)).toEqual(invalidToken(reason))
  })

  it('RFC9700-3: subjects of one name stay two identities', async () => {
    const shown = async (token: string) => {
      const decision = await server.authenticate({
        method: 'GET',
        url: RESOURCE,
        headers: { authorization: `Bearer ${token}` },
      })
      return decision.outcome === 'allowed' ? [decision.token.issuer, decision.token.subject] : []
    }
    expect(await shown(await signToken())).toEqual([ISSUER, 'alice'])
    const foreign = await signToken({ key: otherKey, claims: { iss: OTHER } })
    expect(await shown(foreign)).toEqual([OTHER, 'alice'])
  })
})

describe('the seam', () => {
  it('S1.1: a key that cannot be used is not the caller’s fault', async () => {
    const compact = await signToken()
    const broken = { keyId: 'k', algorithm: 'RS256', id: '', key: null }
    const jws = { compact, algorithm: 'RS256', keyId: 'k', type: 'at+jwt', claims: {} }
    const signed = { ...jws, signature: Buffer.alloc(256) }
    await expect(async () => checkSignature(signed, broken as never)).rejects.toThrow(TypeError)
  })
})

describe('the ways to verify', () => {
  const versions = process.versions
  const setVersions = (more: object) =>
    Object.defineProperty(process, 'versions', { value: { ...versions, ...more } })
  afterEach(() => {
    Object.defineProperty(process, 'versions', { value: versions })
  })

  it.each(['none', 'HS256', 'RS1', 'ES256K', 'EdDSA', 'RSA-OAEP', ''])(
    'RFC8725-1: there are none for the algorithm %j, whatever key it comes with',
    (algorithm) => {
      expect(() => waysToVerify({ ...(imported as VerificationKey), algorithm })).toThrow(
        new TypeError(`no parameters for ${algorithm}`),
      )
    },
  )

  const ALGORITHMS = SIGNATURE_ALGORITHMS.filter((name) => name !== 'EdDSA')
  it.each([
    ['Node', {}, 'function'],
    ['Bun', { bun: '1.3.0' }, 'undefined'],
    ['Deno', { deno: '2.5.0' }, 'undefined'],
  ])(
    'S1.1: WebCrypto verifies with each algorithm, and `node:crypto` only on Node: %s',
    async (_name, more, here) => {
      setVersions(more)
      for (const algorithm of ALGORITHMS) {
        const key = createTestKey({ algorithm, keyId: 'key-1' })
        const read = await importKey({ ...key.publicKey }, algorithm)
        const ways = waysToVerify(read as VerificationKey)
        expect([algorithm, typeof ways.here]).toEqual([algorithm, here])
        const token = await signToken({ key })
        const signature = Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url')
        expect(await ways.elsewhere(signedBytes(token), signature)).toBe(true)
        expect(await ways.elsewhere(signedBytes(good), signature)).toBe(false)
      }
    },
  )
})

function orderOfP256(): Uint8Array {
  const order = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'
  return Buffer.from(order + order, 'hex')
}
