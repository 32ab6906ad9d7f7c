import { createPrivateKey, generateKeyPairSync, sign as nodeSign } from 'node:crypto'
import { inspect } from 'node:util'
import {
  compactVerify,
  decodeProtectedHeader,
  exportJWK,
  exportPKCS8,
  exportSPKI,
  generateKeyPair,
  importJWK,
  type JWK,
} from 'jose'
import { describe, expect, it, vi } from 'vitest'
import { createSecretSigner, createSigner } from '../../../src/jws/signer.ts'
import type { SigningKey } from '../../../src/jws/signing-key.ts'

const WHERE = 'createResourceServer'
const OPTION = 'introspection.clientKey'
const signerFor = (key: SigningKey, more = {}) => createSigner(WHERE, OPTION, key, more)

async function pair(algorithm: string) {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true })
  const jwk = await exportJWK(privateKey)
  const pem = await exportPKCS8(privateKey)
  return { privateKey, publicKey, jwk, pem, spki: await exportSPKI(publicKey) }
}

async function verified(jws: string, publicJwk: object | undefined) {
  const { alg } = decodeProtectedHeader(jws)
  const { payload } = await compactVerify(jws, await importJWK(publicJwk as JWK, alg))
  return JSON.parse(new TextDecoder().decode(payload))
}

describe('a signing key', () => {
  it.each(['RS256', 'PS384', 'ES256', 'ES384', 'ES512', 'EdDSA'])(
    'RFC7662-7: signs with %s as JWK, PEM, KeyObject and CryptoKey, and jose verifies it',
    async (algorithm) => {
      const { jwk, pem, privateKey } = await pair(algorithm)
      const keys = [{ ...jwk, alg: algorithm }, pem, createPrivateKey(pem), privateKey]
      for (const key of keys) {
        const signer = signerFor(key as SigningKey, { algorithm, keyId: 'k1' })
        const jws = await signer.sign({ typ: 'JWT' }, { iss: 'me' })
        expect(decodeProtectedHeader(jws)).toEqual({ typ: 'JWT', kid: 'k1', alg: algorithm })
        expect(await verified(jws, signer.publicJwk())).toEqual({ iss: 'me' })
        expect(signer.publicJwk()).toMatchObject({ kid: 'k1', use: 'sig', alg: algorithm })
        expect(signer.publicJwk()).not.toHaveProperty('d')
      }
    },
  )

  it('lets the caller choose among the algorithms of an RSA key, and no other', async () => {
    const { pem } = await pair('RS256')
    const signer = signerFor(pem)
    expect(signer.algorithms).toEqual(['RS256', 'PS256', 'RS384', 'RS512', 'PS384', 'PS512'])
    expect(decodeProtectedHeader(await signer.sign({ alg: 'PS256' }, {}))).toEqual({ alg: 'PS256' })
    await expect(signer.sign({ alg: 'ES256' }, {})).rejects.toThrow('the signing key allows only')
    await expect(signer.sign({ alg: 'none' }, {})).rejects.toThrow('the signing key allows only')
  })

  it('keeps `kid` and `alg` of a JWK', async () => {
    const { jwk } = await pair('PS256')
    const signer = signerFor({ ...jwk, alg: 'PS256', kid: 'from-jwk' })
    expect([signer.algorithm, signer.algorithms, signer.keyId]).toEqual([
      'PS256',
      ['PS256'],
      'from-jwk',
    ])
  })

  it('signs with a CryptoKey that cannot be exported', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: false })
    const signer = signerFor(privateKey)
    expect(signer.publicJwk()).toBeUndefined()
    await compactVerify(await signer.sign({}, {}), publicKey)
  })

  it('is never printed', async () => {
    const { jwk, pem } = await pair('ES256')
    for (const key of [jwk, pem]) {
      const printed = inspect(signerFor(key as SigningKey), { depth: 9, showHidden: true })
      expect(printed).not.toContain(String(jwk.d))
      expect(printed).not.toContain('PRIVATE KEY-----')
    }
  })
})

describe('a key that cannot sign', () => {
  const rsa1024 = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey

  it.each<[what: string, key: () => unknown, fault: string, more?: object]>([
    ['a public JWK', async () => ({ ...(await pair('ES256')).jwk, d: undefined }), 'public key'],
    ['a public PEM', async () => (await pair('ES256')).spki, 'public key'],
    ['a public CryptoKey', async () => (await pair('ES256')).publicKey, 'public key'],
    ['a symmetric JWK', () => ({ kty: 'oct', k: 'c2VjcmV0LXNlY3JldA' }), 'symmetric key'],
    ['RSA with 1024 bits', () => rsa1024, 'modulus of 1024 bits'],
    [
      'RSA with 1024 bits as PEM',
      () => rsa1024.export({ type: 'pkcs8', format: 'pem' }),
      'modulus of 1024 bits',
    ],
    [
      'an unknown curve',
      () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey,
      'unknown curve',
    ],
    ['X25519', () => generateKeyPairSync('x25519').privateKey, 'unknown curve'],
    [
      'an encryption key',
      async () => ({ ...(await pair('ES256')).jwk, use: 'enc' }),
      '"use" is not "sig"',
    ],
    [
      'a JWK whose operations exclude signing',
      async () => ({ ...(await pair('ES256')).jwk, key_ops: ['deriveKey'] }),
      '"key_ops" does not contain "sign"',
    ],
    [
      'P-256 with ES384',
      async () => ({ ...(await pair('ES256')).jwk, alg: 'ES384' }),
      '"alg" does not match the curve',
    ],
    [
      'a key of another algorithm',
      async () => (await pair('ES256')).pem,
      'a key for ES256, not for PS256',
      { algorithm: 'PS256' },
    ],
    ['words', () => 'hunter2-hunter2', 'not a private key in PEM form'],
    ['the name of a file', () => '/run/hunter2.pem', 'give the content of the file, not its name'],
    ['the bytes of a file', async () => Buffer.from((await pair('ES256')).pem), 'it is bytes'],
    [
      'a certificate',
      () => '-----BEGIN CERTIFICATE-----\nc2VjcmV0\n-----END CERTIFICATE-----\n',
      'it is a certificate; signing needs the private key',
    ],
    ['a damaged JWK', () => ({ kty: 'EC', crv: 'P-256', d: 'AA' }), 'not a valid private JWK'],
    ['nothing', () => null, 'neither a JWK'],
    ['a list', () => [], 'neither a JWK'],
    ['an own signer for HS256', () => ({ algorithm: 'HS256', sign() {} }), 'must be one of RS256'],
    [
      'an own signer with a private `publicKey`',
      async () => ({ algorithm: 'ES256', sign() {}, publicKey: (await pair('ES256')).jwk }),
      'publicKey: contains private members',
    ],
  ])('%s is refused at start-up', async (_what, key, fault, more) => {
    const given = (await key()) as SigningKey
    expect(() => signerFor(given, more)).toThrow(
      expect.objectContaining({
        name: 'TypeError',
        message: expect.stringMatching(
          new RegExp(`^${WHERE}: option \`${OPTION}\` cannot be used for signing: .*`),
        ),
      }),
    )
    expect(() => signerFor(given, more)).toThrow(fault)
    expect(() => signerFor(given, more)).not.toThrow(/hunter2|c2VjcmV0/)
  })
})

describe('a signer of the operator’s own', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const own = (changes: object = {}) => ({
    algorithm: 'ES256' as const,
    keyId: 'module',
    sign: (data: Uint8Array) =>
      nodeSign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
    ...changes,
  })

  it('RFC7662-7: signs what jose verifies', async () => {
    const publicJwk = publicKey.export({ format: 'jwk' })
    const signer = signerFor(own({ publicKey: publicJwk }))
    const jws = await signer.sign({ typ: 'JWT' }, { sub: 'ä' })
    expect(decodeProtectedHeader(jws)).toEqual({ typ: 'JWT', alg: 'ES256', kid: 'module' })
    expect(await verified(jws, signer.publicJwk())).toEqual({ sub: 'ä' })
    expect(signerFor(own()).publicJwk()).toBeUndefined()
  })

  it.each<[what: string, sign: () => unknown, words: string]>([
    ['throws', () => Promise.reject(new Error('key s3cret')), 'threw an error'],
    ['returns text', () => 's3cret', 'did not return a Uint8Array'],
    ['returns DER', () => new Uint8Array(71), '71 bytes; a signature of ES256 has 64, and no DER'],
    ['returns nothing', () => undefined, 'did not return a Uint8Array'],
  ])('fails without its words being repeated when it %s', async (_what, sign, words) => {
    const work = signerFor(own({ sign }) as SigningKey).sign({}, {})
    await expect(work).rejects.toThrow(words)
    await expect(work).rejects.not.toThrow('s3cret')
  })

  it('is given up after ten seconds', async () => {
    const deadline = new AbortController()
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(deadline.signal)
    const work = signerFor(own({ sign: () => new Promise(() => {}) })).sign({}, {})
    deadline.abort(new Error('late'))
    await expect(work).rejects.toThrow('did not finish within 10 s')
    expect(timeout).toHaveBeenCalledExactlyOnceWith(10_000)
    timeout.mockRestore()
  })

  it('S1.7: publishes only the public members of `publicKey`, as they were at start-up', () => {
    const given: Record<string, unknown> = {
      ...publicKey.export({ format: 'jwk' }),
      privateKey: 'secret',
      toJSON: () => 'secret',
    }
    const signer = signerFor(own({ publicKey: given }))
    given.d = 'secret'
    const published = JSON.stringify({ keys: [signer.publicJwk()] })
    expect(Object.keys(JSON.parse(published).keys[0]).sort()).toEqual([
      'alg',
      'crv',
      'kid',
      'kty',
      'use',
      'x',
      'y',
    ])
  })
})

describe('the published key of an own signer', () => {
  it('RFC7662-7: is the whole RSA key, with the `kid` of `publicKey` unless the signer has one', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const { kty, n, e } = publicKey.export({ format: 'jwk' })
    const own = {
      algorithm: 'PS256' as const,
      publicKey: { kty, n, e, kid: 'of-key', x5c: ['AA'] },
      sign: () => new Uint8Array(256),
    }
    const published = { kty, n, e, alg: 'PS256', use: 'sig' }
    expect(signerFor(own).publicJwk()).toEqual({ ...published, kid: 'of-key' })
    expect(signerFor({ ...own, keyId: 'mine' }).publicJwk()).toEqual({ ...published, kid: 'mine' })
  })
})

describe('a client secret as a key', () => {
  it.each([
    [32, ['HS256']],
    [48, ['HS256', 'HS384']],
    [64, ['HS256', 'HS384', 'HS512']],
  ])('RFC7662-7: of %i bytes allows %j (RFC 7518 §3.2)', async (bytes, algorithms) => {
    const secret = 'x'.repeat(bytes)
    const signer = createSecretSigner(secret)
    if ('fault' in signer) throw new Error(signer.fault)
    expect(signer.algorithms).toEqual(algorithms)
    await compactVerify(await signer.sign({}, {}), new TextEncoder().encode(secret))
  })

  it('of 31 bytes is too short', () => {
    expect(createSecretSigner('x'.repeat(31))).toEqual({ fault: expect.stringContaining('31') })
  })
})
