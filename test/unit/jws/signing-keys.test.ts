import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
} from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { SIGNATURE_ALGORITHMS, type SignatureAlgorithm } from '../../../src/jws/algorithms.ts'
import { isOwnSigner, type OwnSigner } from '../../../src/jws/own-signer.ts'
import { createSecretSigner, createSigner } from '../../../src/jws/signer.ts'
import { readSigningKey, type SigningKey } from '../../../src/jws/signing-key.ts'
import { rsaKey } from '../../support/tokens.ts'

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const ed = generateKeyPairSync('ed25519').privateKey
const rsa = createPrivateKey({ key: rsaKey.privateKey.export({ format: 'jwk' }), format: 'jwk' })
const ecJwk = ec.export({ format: 'jwk' })

/** A `CryptoKey` of the platform, as it says of itself. It cannot be exported. */
const cryptoKey = (algorithm: object, changes: object = {}) => {
  const says = { type: 'private', usages: ['sign'], extractable: false, algorithm, ...changes }
  const members = Object.entries(says).map(([name, value]) => [name, { value }])
  return Object.create(CryptoKey.prototype, Object.fromEntries(members)) as SigningKey
}
const RS256 = { name: 'RSASSA-PKCS1-v1_5', hash: { name: 'SHA-256' }, modulusLength: 2048 }
const pem = (label: string) => `-----BEGIN ${label}-----\nAAAA\n-----END ${label}-----`
const faultOf = (given: unknown): string => {
  const read = readSigningKey(given)
  return 'fault' in read ? read.fault : 'none'
}

describe('the algorithms of a private key', () => {
  it.each<[string, unknown, string[]]>([
    ['an RSA key', rsa, ['RS256', 'PS256', 'RS384', 'RS512', 'PS384', 'PS512']],
    ['an RSA JWK with alg', { ...rsa.export({ format: 'jwk' }), alg: 'PS384' }, ['PS384']],
    ['an EC key', ec, ['ES256']],
    ['an EC JWK', { ...ecJwk, kid: 'k', use: 'sig', key_ops: ['sign'] }, ['ES256']],
    ['an Ed25519 key', ed, ['EdDSA', 'Ed25519']],
    ['an Ed25519 JWK with alg', { ...ed.export({ format: 'jwk' }), alg: 'EdDSA' }, ['EdDSA']],
    ['PEM with blanks in front', ` \n${ec.export({ type: 'pkcs8', format: 'pem' })}`, ['ES256']],
    [
      'PEM with the certificate behind the key',
      `${ec.export({ type: 'pkcs8', format: 'pem' })}${pem('CERTIFICATE')}`,
      ['ES256'],
    ],
    ...(['256', '384', '512'] as const).flatMap((bits): [string, unknown, string[]][] => [
      [`RSA, ${bits}`, cryptoKey({ ...RS256, hash: { name: `SHA-${bits}` } }), [`RS${bits}`]],
      [
        `RSA-PSS, ${bits}`,
        cryptoKey({ ...RS256, name: 'RSA-PSS', hash: { name: `SHA-${bits}` } }),
        [`PS${bits}`],
      ],
    ]),
    ['P-256', cryptoKey({ name: 'ECDSA', namedCurve: 'P-256' }), ['ES256']],
    ['P-384', cryptoKey({ name: 'ECDSA', namedCurve: 'P-384' }), ['ES384']],
    ['P-521', cryptoKey({ name: 'ECDSA', namedCurve: 'P-521' }), ['ES512']],
    ['Ed25519', cryptoKey({ name: 'Ed25519' }), ['EdDSA', 'Ed25519']],
  ])('RFC7662-7: %s', (_name, given, algorithms) => {
    expect(readSigningKey(given)).toMatchObject({ algorithms })
  })

  it('keeps the kid of a JWK, and has none otherwise', () => {
    expect(readSigningKey({ ...ecJwk, kid: 'k' })).toMatchObject({ keyId: 'k' })
    for (const key of [ecJwk, ec, cryptoKey(RS256)]) {
      expect(readSigningKey(key)).toMatchObject({ keyId: undefined })
    }
  })

  it('a key that cannot be exported has no public half', () => {
    expect(readSigningKey(cryptoKey(RS256))).toMatchObject({ publicJwk: undefined })
  })
})

const PUBLIC = 'it is a public key; signing needs the private key'
const SYMMETRIC = 'it is a symmetric key'
const OTHER = 'it is neither a JWK, a PEM, a CryptoKey, a KeyObject nor an object with sign()'

describe('what is wrong with a private key', () => {
  it.each<[string, unknown, string]>([
    ['nothing', undefined, OTHER],
    ['null', null, OTHER],
    ['a number', 7, OTHER],
    ['bytes', new Uint8Array(3), 'it is bytes; give the text, such as readFileSync(file, "utf8")'],
    ['a secret', createSecretKey(Buffer.alloc(32)), SYMMETRIC],
    ['a public key', createPublicKey(ec), PUBLIC],
    ['a secret JWK', { kty: 'oct', k: 'AAAA' }, SYMMETRIC],
    ['a JWK of the type oct', { kty: 'oct', d: 'AAAA' }, SYMMETRIC],
    ['a JWK with k', { ...ecJwk, k: 'AAAA' }, SYMMETRIC],
    ['a public JWK', { ...ecJwk, d: undefined }, PUBLIC],
    ['a JWK with another d', { ...ecJwk, d: 7 }, PUBLIC],
    ['a broken JWK', { ...ecJwk, crv: 'P-384' }, 'it is not a valid private JWK'],
    ['a JWK to verify', { ...ecJwk, key_ops: ['verify'] }, '"key_ops" does not contain "sign"'],
    ['key_ops as a text', { ...ecJwk, key_ops: 'sign' }, '"key_ops" does not contain "sign"'],
    ['a kid that is no text', { ...ecJwk, kid: 7 }, '"kid" is not a string'],
    ['an alg that is no text', { ...ecJwk, alg: 7 }, '"alg" is not a string'],
    ['a certificate', ` \n${pem('CERTIFICATE')}`, 'it is a certificate; signing needs the private'],
    ['a public PEM', pem('PUBLIC KEY'), PUBLIC],
    ['a public PEM of PKCS #1', pem('RSA PUBLIC KEY'), PUBLIC],
    ['an encrypted PEM', pem('ENCRYPTED PRIVATE KEY'), 'it is encrypted; decrypt it, or give a'],
    ['a broken PEM', pem('PRIVATE KEY'), 'it is not a private key in PEM form (PKCS #8)'],
    ['a secret CryptoKey', cryptoKey(RS256, { type: 'secret' }), SYMMETRIC],
    ['a public CryptoKey', cryptoKey(RS256, { type: 'public' }), PUBLIC],
    [
      'a CryptoKey that may not sign',
      cryptoKey(RS256, { usages: ['verify'] }),
      'its usages do not contain "sign"',
    ],
    ['RSA, 2047 bits', cryptoKey({ ...RS256, modulusLength: 2047 }), 'modulus of 2047 bits'],
    [
      'SHA-1',
      cryptoKey({ ...RS256, hash: { name: 'SHA-1' } }),
      'keys of the type RSASSA-PKCS1-v1_5 are not supported',
    ],
    ['no curve', cryptoKey({ name: 'ECDSA' }), 'keys of the type ECDSA are not supported'],
    [
      'an unknown curve',
      cryptoKey({ name: 'ECDSA', namedCurve: 'K-256' }),
      'keys of the type ECDSA are not supported',
    ],
    ['another kind', cryptoKey({ name: 'X25519' }), 'keys of the type X25519 are not supported'],
    ['dsa', dsaKey(), 'keys of the type dsa are not supported'],
  ])('RFC7662-7: %s', (_name, given, fault) => {
    expect(faultOf(given).slice(0, fault.length)).toBe(fault)
  })

  it('RFC7662-7: of a weak CryptoKey only its fault is known, though it can be exported', async () => {
    const weak = await crypto.subtle.generateKey(
      {
        name: 'RSA-PSS',
        hash: 'SHA-256',
        modulusLength: 1024,
        publicExponent: Uint8Array.of(1, 0, 1),
      },
      true,
      ['sign', 'verify'],
    )
    expect(readSigningKey(weak.privateKey)).toEqual({ fault: 'modulus of 1024 bits' })
  })

  it('a broken PEM needs no hint at the name of a file', () => {
    expect(faultOf(pem('PRIVATE KEY'))).toBe('it is not a private key in PEM form (PKCS #8)')
    expect(faultOf('key.pem')).toContain('; give the content of the file, not its name')
  })
})

/** A key of a kind that no JWK can have. */
function dsaKey() {
  return generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 }).privateKey
}

describe('what is wrong with a signature of the operator’s own', () => {
  const signed = (algorithm: SignatureAlgorithm, length: number) =>
    createSigner('here', 'key', { algorithm, sign: () => new Uint8Array(length) }).sign({}, {})

  it.each<[SignatureAlgorithm, number, string]>([
    ['ES256', 64, '64, and no DER'],
    ['ES384', 96, '96, and no DER'],
    ['ES512', 132, '132, and no DER'],
    ['EdDSA', 64, '64, and no DER'],
    ['Ed25519', 64, '64, and no DER'],
    ['RS256', 256, 'at least 256'],
    ['PS512', 256, 'at least 256'],
  ])('RFC7662-7: %s needs %i bytes', async (algorithm, length, wants) => {
    expect(await signed(algorithm, length)).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
    const less = `sign() of the signing key returned ${length - 1} bytes; a signature of ${algorithm} has ${wants}`
    await expect(signed(algorithm, length - 1)).rejects.toThrow(
      expect.objectContaining({ name: 'SigningError', message: less }),
    )
    const more = signed(algorithm, length + 1)
    if (wants.startsWith('at least')) await expect(more).resolves.toBeTypeOf('string')
    else await expect(more).rejects.toThrow(`returned ${length + 1} bytes`)
  })

  it.each<[string, object, string]>([
    ['no algorithm', { algorithm: undefined }, `must be one of ${SIGNATURE_ALGORITHMS.join(', ')}`],
    ['a symmetric algorithm', { algorithm: 'HS256' }, 'its algorithm must be one of RS256, '],
    ['a kid that is no text', { keyId: 7 }, 'keyId is not a string'],
    ['a private key', { publicKey: ecJwk }, 'publicKey: contains private members'],
    ['another key', { publicKey: { kty: 'oct' } }, 'publicKey: not an asymmetric key'],
  ])('RFC7662-7: %s', (_name, changes, fault) => {
    const own = { algorithm: 'ES256', sign: () => new Uint8Array(64), ...changes } as OwnSigner
    expect(() => createSigner('here', 'key', own)).toThrow(
      new RegExp(`^here: option \`key\` cannot be used for signing: .*${fault}`),
    )
  })

  it('is recognised by its function sign', () => {
    expect(isOwnSigner({ sign() {} })).toBe(true)
    expect([undefined, null, 'sign', {}, { sign: true }, ec].some(isOwnSigner)).toBe(false)
  })
})

describe('a signer', () => {
  const header = (jws: string) =>
    JSON.parse(Buffer.from(jws.split('.')[0] ?? '', 'base64url').toString())

  it.each<[string, SigningKey, object, object]>([
    ['the kid of the option', { ...ecJwk, kid: 'jwk' }, { keyId: 'k' }, { alg: 'ES256', kid: 'k' }],
    ['the kid of the JWK', { ...ecJwk, kid: 'jwk' }, {}, { alg: 'ES256', kid: 'jwk' }],
    ['no kid', ec, {}, { alg: 'ES256' }],
    ['the algorithm of the option', ed, { algorithm: 'Ed25519' }, { alg: 'Ed25519' }],
    ['the usual algorithm', ed, {}, { alg: 'EdDSA' }],
  ])('RFC7662-7: writes %s', async (_name, key, options, expected) => {
    const signer = createSigner('here', 'key', key, options)
    expect(header(await signer.sign({ typ: 'JWT' }, {}))).toEqual({ typ: 'JWT', ...expected })
    expect(signer.publicJwk()).toMatchObject({ ...expected, use: 'sig' })
    expect('kid' in (signer.publicJwk() ?? {})).toBe('kid' in expected)
    for (const alg of ['none', 'HS256', 7]) {
      await expect(signer.sign({ alg }, {})).rejects.toThrow('the signing key allows only E')
    }
  })

  it('RFC7662-7: keeps a kid of the header only if the key has none', async () => {
    const without = createSigner('here', 'key', ec)
    expect(header(await without.sign({ kid: 'header' }, {})).kid).toBe('header')
    const withKid = createSigner('here', 'key', ec, { keyId: 'k' })
    expect(header(await withKid.sign({ kid: 'header' }, {})).kid).toBe('k')
  })

  it('RFC7662-7: says which algorithms the key allows', () => {
    expect(() => createSigner('here', 'key', ed, { algorithm: 'ES256' })).toThrow(
      'cannot be used for signing: it is a key for EdDSA, Ed25519, not for ES256',
    )
  })

  it('S1.7: of a client secret has no public half and no kid', async () => {
    const signer = createSecretSigner('x'.repeat(48))
    if ('fault' in signer) throw new Error(signer.fault)
    expect(signer.publicJwk()).toBeUndefined()
    expect(signer.keyId).toBeUndefined()
    expect(header(await signer.sign({}, {}))).toEqual({ alg: 'HS256' })
    await expect(signer.sign({ alg: 'HS512' }, {})).rejects.toThrow('only HS256, HS384')
    expect(createSecretSigner('x'.repeat(31))).toEqual({
      fault: 'it has 31 bytes, and HS256 needs at least 32',
    })
  })

  it('S1.7: that the platform refuses gives an error without the words of the platform', async () => {
    const signer = createSigner('here', 'key', cryptoKey(RS256))
    await expect(signer.sign({}, {})).rejects.toThrow('the platform could not sign with RS256')
  })
})
