import { createHmac, createPublicKey } from 'node:crypto'
import { CompactEncrypt, exportJWK, exportSPKI } from 'jose'
import { describe, expect, it } from 'vitest'
import {
  base64url,
  CLAIMS,
  ecKey,
  forge,
  invalidToken,
  judge,
  rsaKey,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'

const encode = (header: object, claims: object = CLAIMS): string =>
  `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(claims))}`

describe('no signature', () => {
  it.each(['none', 'None', 'NONE', 'nOnE', ' none', 'none ', 'none\0', 'null', '', 'undefined'])(
    'RFC8725-1 RFC9068-2 CVE-2015-9235 CVE-2022-23540: "alg": %j is refused',
    async (alg) => {
      const input = encode({ alg, typ: 'at+jwt', kid: rsaKey.keyId })
      // Without a signature the form is wrong already; with any other the algorithm is.
      expect(await judge(`${input}.`)).toEqual(invalidToken('token_malformed'))
      expect(await judge(`${input}.AAAA`)).toEqual(invalidToken('algorithm_refused'))
      const signed = await forge({ header: { alg } })
      expect(await judge(signed)).toEqual(invalidToken('algorithm_refused'))
    },
  )

  it.each([
    ['absent', undefined],
    ['null', null],
    ['a number', 256],
    ['zero', 0],
    ['false', false],
    ['a list', ['RS256']],
    ['an object', { name: 'RS256' }],
  ])('RFC8725-1 CVE-2026-29000: "alg" that is %s is refused', async (_name, alg) => {
    expect(await judge(await forge({ header: { alg } }))).toEqual(invalidToken('token_malformed'))
  })
})

describe('an unsigned JWT inside a JWE', () => {
  it.each(['none', 'None', '', undefined])(
    'RFC8725-1 RFC9068-4 CVE-2026-29000: encrypted to the key of the issuer, "alg": %j is refused',
    async (alg) => {
      const inner = `${encode({ alg, typ: 'at+jwt' })}.`
      const token = await new CompactEncrypt(Buffer.from(inner))
        .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM', cty: 'JWT', kid: rsaKey.keyId })
        .encrypt(createPublicKey(rsaKey.privateKey))
      expect(await judge(token)).toEqual(invalidToken('token_encrypted'))
    },
  )
})

const spki = await exportSPKI(createPublicKey(rsaKey.privateKey))
const plain = await exportJWK(createPublicKey(rsaKey.privateKey))

describe('the public key as a secret', () => {
  const publicKey = createPublicKey(rsaKey.privateKey)
  const der = Buffer.from(spki.replace(/-----[^-]+-----|\s/g, ''), 'base64')
  const keySet = JSON.stringify({ keys: [rsaKey.publicKey] })
  const secrets: readonly [string, string | Buffer][] = [
    ['as PEM', spki],
    ['as PEM without its last newline', spki.trimEnd()],
    ['as PEM with another newline', `${spki.trimEnd()}\n\n`],
    ['as PEM with CR LF', spki.replaceAll('\n', '\r\n')],
    ['as PEM with blanks around', `  ${spki}  `],
    ['as PEM in one line', spki.replaceAll('\n', '')],
    ['as PEM with the label of RSA', spki.replaceAll('PUBLIC KEY', 'RSA PUBLIC KEY')],
    ['as DER', der],
    ['as DER in base64', der.toString('base64')],
    ['as PEM of PKCS #1', publicKey.export({ type: 'pkcs1', format: 'pem' })],
    ['as DER of PKCS #1', publicKey.export({ type: 'pkcs1', format: 'der' })],
    ['as JWK', JSON.stringify(rsaKey.publicKey)],
    ['as a bare JWK', JSON.stringify(plain)],
    ['as JWK with a newline', `${JSON.stringify(rsaKey.publicKey)}\n`],
    ['as JWK Set', keySet],
    ['as its modulus', rsaKey.publicKey.n ?? ''],
    ['as the bytes of its modulus', Buffer.from(rsaKey.publicKey.n ?? '', 'base64url')],
    ['as its kid', rsaKey.keyId],
    ['as nothing (CVE-2026-44351, CVE-2026-45363)', ''],
    ['as PEM behind a zero byte (GHSA-ww5h-9m49-7xx4)', `\0${spki}`],
    ['as PEM behind a comment (GHSA-ww5h-9m49-7xx4)', `# key\n${spki}`],
    ['as PEM behind a byte order mark (GHSA-ww5h-9m49-7xx4)', `\ufeff${spki}`],
    ['as PEM behind a zero-width blank (GHSA-ww5h-9m49-7xx4)', `\u200b${spki}`],
    ['as JWK with blanks (GHSA-g3jj-5cmm-3hxx)', JSON.stringify(rsaKey.publicKey, null, 2)],
    ['as JWK Set with a newline (GHSA-g3jj-5cmm-3hxx)', `${keySet}\n`],
  ]
  const hashes = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' } as const

  it.each(secrets)(
    'RFC8725-1 CVE-2016-10555 CVE-2022-23541 CVE-2023-48223 CVE-2026-34950 GHSA-ww5h-9m49-7xx4 GHSA-g3jj-5cmm-3hxx: %s',
    async (_name, secret) => {
      for (const [alg, hash] of Object.entries(hashes)) {
        const input = encode({ alg, typ: 'at+jwt', kid: rsaKey.keyId })
        const token = `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`
        expect(await judge(token)).toEqual(invalidToken('algorithm_refused'))
      }
    },
  )

  it.each(Object.entries(hashes))(
    'RFC8725-1 CVE-2026-44699: a key without "alg" is no empty secret of %s',
    async (alg, hash) => {
      const { alg: _, use: __, ...jwk } = rsaKey.publicKey
      const server = testResourceServer({ server: { keys: { keys: [jwk] } } })
      for (const kid of [rsaKey.keyId, undefined]) {
        const input = encode({ alg, typ: 'at+jwt', kid })
        const mac = createHmac(hash, '').update(input).digest('base64url')
        expect(await judge(`${input}.${mac}`, server)).toEqual(invalidToken('algorithm_refused'))
      }
      expect((await judge(await signToken(), server)).status).toBe(200)
    },
  )

  it('RFC8725-1 CVE-2026-22817 CVE-2026-22818: a key without "alg" does not follow the header', async () => {
    const { alg: _, ...jwk } = rsaKey.publicKey
    const server = testResourceServer({ server: { keys: { keys: [jwk] } } })
    const input = encode({ alg: 'HS256', typ: 'at+jwt', kid: rsaKey.keyId })
    const mac = createHmac('sha256', spki).update(input).digest('base64url')
    expect(await judge(`${input}.${mac}`, server)).toEqual(invalidToken('algorithm_refused'))
    // Bound to RS256, the first that is accepted; to PS256 it does not stretch.
    expect(await judge(await forge({ header: { alg: 'PS256' } }), server)).toEqual(
      invalidToken('key_unknown'),
    )
    expect((await judge(await signToken(), server)).status).toBe(200)
  })
})

describe('an empty key', () => {
  it.each([
    ['an "oct" key with an empty "k"', [{ kty: 'oct', k: '', kid: 'empty', alg: 'HS256' }]],
    ['an "oct" key without "k"', [{ kty: 'oct', kid: 'empty' }]],
    ['no key', []],
  ])('RFC8725-1 CVE-2026-44351 CVE-2026-45363: %s in a key set', async (_name, keys) => {
    const fetch = async () => Response.json({ keys })
    const server = testResourceServer({
      server: { keys: undefined, jwksUri: `${CLAIMS.iss}/jwks` } as object,
      http: { fetch },
    })
    for (const [alg, hash] of Object.entries({ HS256: 'sha256', HS512: 'sha512' })) {
      const input = encode({ alg, typ: 'at+jwt', kid: 'empty' })
      const token = `${input}.${createHmac(hash, '').update(input).digest('base64url')}`
      expect((await judge(token, server)).status).toBe(401)
    }
    expect((await judge(await signToken(), server)).status).not.toBe(200)
  })
})

describe('the allow-list', () => {
  it.each([
    ['Keycloak’s refresh tokens', 'HS512'],
    ['an encryption algorithm', 'RSA-OAEP'],
    ['direct encryption', 'dir'],
    ['a curve that is not for tokens', 'ES256K'],
    ['SHA-1', 'RS1'],
    ['another case', 'rs256'],
    ['a blank behind it', 'RS256 '],
    ['a member of Object.prototype', 'toString'],
    ['Ed448', 'Ed448'],
    ['a post-quantum signature', 'ML-DSA-44'],
  ])('RFC8725-1: %s: %s', async (_name, alg) => {
    expect(await judge(await forge({ header: { alg } }))).toEqual(invalidToken('algorithm_refused'))
  })

  it('RFC8725-1: a good token of an algorithm that is not configured', async () => {
    const server = testResourceServer({ server: { algorithms: ['ES256'] } })
    expect(await judge(await signToken(), server)).toEqual(invalidToken('algorithm_refused'))
    expect((await judge(await signToken({ key: ecKey }), server)).status).toBe(200)
  })
})
