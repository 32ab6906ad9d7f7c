import { calculateJwkThumbprint, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import type { Decision } from '../../../src/gate/decision.ts'
import type { ResourceRequest } from '../../../src/http/resource-request.ts'
import { athOf, dpopRequest, makeDpopKey, signProof } from '../../support/dpop.ts'
import {
  answerOf,
  base64url,
  NOW,
  RESOURCE,
  request,
  signBytes,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'

const key = await makeDpopKey()
const other = await makeDpopKey()
const token = await boundTo(key.thumbprint)

function boundTo(jkt: string, claims = {}): Promise<string> {
  return signToken({ claims: { cnf: { jkt }, ...claims } })
}

/** What a request comes to: `allowed`, or the reason. A refusal must look like one in every way. */
async function verdict(asked: ResourceRequest): Promise<string> {
  let bodyWasRead = false
  const server = testResourceServer({ policy: { default: 'allow' } })
  const type = { 'content-type': 'application/json' }
  const fields =
    asked.headers instanceof Headers ? Object.fromEntries(asked.headers) : asked.headers
  const decision = await server.authenticate({
    ...asked,
    headers: { ...fields, ...type },
    hasBody: true,
    message: async () => {
      bodyWasRead = true
      return { parsed: { jsonrpc: '2.0', id: 1, method: 'ping' } }
    },
  })
  if (decision.outcome === 'allowed') {
    expect(bodyWasRead).toBe(true)
    return 'allowed'
  }
  expect(bodyWasRead).toBe(false)
  if (decision.outcome !== 'challenged') return `${decision.outcome}: ${decision.reason}`
  const challenges = decision.headers['WWW-Authenticate'] ?? ''
  expect(decision.status).toBe(401)
  expect(challenges).toContain('DPoP')
  if (decision.reason.startsWith('dpop_proof_')) {
    expect(decision.body.error).toBe('invalid_dpop_proof')
    expect(challenges).toContain('DPoP error="invalid_dpop_proof"')
    expect(challenges).not.toContain('Bearer error')
  }
  const proof = [asked.headers].map((headers) => (headers as { dpop?: string }).dpop).join()
  for (let at = 0; at + 12 <= proof.length && at < 2000; at += 1) {
    expect(decision.detail).not.toContain(proof.slice(at, at + 12))
  }
  return decision.reason
}

const reasonOf = (decision: Decision) => answerOf(decision).reason

const show = (proof: string | readonly string[] | undefined): Promise<string> =>
  verdict(dpopRequest(token, proof))

/** A proof of any bytes, truly signed over them: whatever refuses it does so for its content. */
async function signedOver(header: string | object, payload: string | object, by = key) {
  const text = (part: string | object) => (typeof part === 'string' ? part : JSON.stringify(part))
  const signed = `${base64url(text(header))}.${base64url(text(payload))}`
  return `${signed}.${base64url(signBytes(signed, by))}`
}

const HEADER = { typ: 'dpop+jwt', alg: 'ES256', jwk: key.publicKey }
const CLAIMS = { jti: 'j', htm: 'POST', htu: RESOURCE, iat: NOW, ath: athOf(token) }

describe('RFC9449-1: the header field DPoP', () => {
  it('RFC9449-1: a good proof is allowed', async () => {
    expect(await show(await signProof(key, { token }))).toBe('allowed')
    expect(await show(await signedOver(HEADER, CLAIMS))).toBe('allowed')
  })

  it.each<[string, readonly string[] | string | undefined, string]>([
    ['no proof', undefined, 'dpop_proof_missing'],
    ['no value', [], 'dpop_proof_missing'],
    ['an empty proof', '', 'dpop_proof_malformed'],
    ['a blank', ' ', 'dpop_proof_malformed'],
    ['two empty proofs', ['', ''], 'dpop_proof_repeated'],
  ])('RFC9449-1: %s is refused', async (_what, proof, reason) => {
    expect(await show(proof)).toBe(reason)
  })

  it('RFC9449-1: two proofs are refused: as two fields, in one field, in any case', async () => {
    const [one, two] = [await signProof(key, { token }), await signProof(key, { token })]
    expect(await show([one, two])).toBe('dpop_proof_repeated')
    expect(await show([one, one])).toBe('dpop_proof_repeated')
    expect(await show(`${one}, ${two}`)).toBe('dpop_proof_repeated')
    expect(await show(`${one},`)).toBe('dpop_proof_repeated')
    const headers = new Headers({ authorization: `DPoP ${token}`, DPoP: one })
    expect(await verdict({ method: 'POST', url: '/mcp', headers })).toBe('allowed')
    headers.append('dpop', two)
    expect(await verdict({ method: 'POST', url: '/mcp', headers })).toBe('dpop_proof_repeated')
  })

  it('RFC9449-2: a proof with the scheme Bearer is refused', async () => {
    const headers = { authorization: `Bearer ${token}`, dpop: await signProof(key, { token }) }
    expect(await verdict(request(undefined, { headers }))).toBe('dpop_scheme_missing')
    const unbound = { authorization: `Bearer ${await signToken()}`, dpop: '' }
    expect(await verdict(request(undefined, { headers: unbound }))).toBe('dpop_scheme_missing')
  })

  it('RFC9449-2: a proof with a token that is not bound is refused', async () => {
    const unbound = await signToken()
    const proof = await signProof(key, { token: unbound })
    expect(await verdict(dpopRequest(unbound, proof))).toBe('dpop_token_not_bound')
  })
})

describe('RFC9449-1: the form of a proof', () => {
  it.each<[string, (proof: string) => string]>([
    ['a blank at the end', (proof) => `${proof} `],
    ['a tab in front', (proof) => `\t${proof}`],
    ['a line break at the end', (proof) => `${proof}\r\n`],
    ['padding', (proof) => `${proof}==`],
    ['a dot at the end', (proof) => `${proof}.`],
    ['one part less', (proof) => proof.slice(0, proof.lastIndexOf('.'))],
    ['no signature', (proof) => proof.slice(0, proof.lastIndexOf('.') + 1)],
    ['no header', (proof) => proof.slice(proof.indexOf('.'))],
    ['the parts of a JWE', (proof) => `${proof}.e30.e30`],
    ['three dots alone', () => '...'],
    ['two dots alone', () => '..'],
    ['garbage', () => '\u0000\u00ff!"§$%&/()'],
    ['a JSON web signature in JSON', () => '{"signatures":[]}'],
    ['8 KB of letters', () => 'a'.repeat(8192)],
  ])('RFC9449-1: %s: refused as malformed', async (_what, damage) => {
    expect(await show(damage(await signProof(key, { token })))).toBe('dpop_proof_malformed')
  })

  it.each([8193, 65_536, 1_000_000])('RFC9449-1: a proof of %i characters', async (length) => {
    expect(await show(`${await signProof(key, { token })}${'A'.repeat(length)}`)).toBe(
      'dpop_proof_too_long',
    )
    expect(await show('.'.repeat(length))).toBe('dpop_proof_too_long')
  })

  it('RFC9449-1: the limit is 8192 characters', async () => {
    const padded = async (length: number) =>
      signProof(key, { token, claims: { more: 'x'.repeat(length) } })
    const least = (await padded(0)).length
    const fitting = await padded(Math.floor(((8192 - least) * 3) / 4))
    expect([8190, 8191, 8192]).toContain(fitting.length)
    expect(await show(fitting)).toBe('allowed')
    expect(await show(await padded(Math.ceil(((8196 - least) * 3) / 4)))).toBe(
      'dpop_proof_too_long',
    )
  })

  const members = (object: object, more: string) =>
    `${JSON.stringify(object).slice(0, -1)},${more}}`
  it.each<[string, string | object, string | object]>([
    ['a header member twice', members(HEADER, '"alg":"ES256"'), CLAIMS],
    ['a key member twice', members(HEADER, '"jwk":{}'), CLAIMS],
    ['a claim twice', HEADER, members(CLAIMS, `"htu":"${RESOURCE}"`)],
    ['a claim twice, once escaped', HEADER, members(CLAIMS, '"\\u0069at":1')],
    ['"crit"', { ...HEADER, crit: ['exp'] }, CLAIMS],
    ['"crit" that is empty', { ...HEADER, crit: [] }, CLAIMS],
    ['"b64"', { ...HEADER, b64: false, crit: ['b64'] }, CLAIMS],
    ['"b64" alone', { ...HEADER, b64: true }, CLAIMS],
    ['"enc"', { ...HEADER, enc: 'A256GCM' }, CLAIMS],
    ['"kid" that is a number', { ...HEADER, kid: 1 }, CLAIMS],
    ['"typ" that is a list', { ...HEADER, typ: ['dpop+jwt'] }, CLAIMS],
    ['"alg" that is null', { ...HEADER, alg: null }, CLAIMS],
    ['no "alg"', { ...HEADER, alg: undefined }, CLAIMS],
    ['a header that is a list', [HEADER], CLAIMS],
    ['a payload that is a list', HEADER, [CLAIMS]],
    ['a payload that is a string', HEADER, '"htm"'],
    ['a payload that is null', HEADER, 'null'],
    ['a payload that is not JSON', HEADER, 'htm=POST'],
    ['a payload with a byte order mark', HEADER, `\ufeff${JSON.stringify(CLAIMS)}`],
    ['JSON nested 100 deep', HEADER, members(CLAIMS, `"a":${'['.repeat(100)}${']'.repeat(100)}`)],
  ])('RFC9449-1: %s: refused as malformed', async (_what, header, payload) => {
    expect(await show(await signedOver(header, payload))).toBe('dpop_proof_malformed')
  })

  it('RFC9449-1: a nested JWT is refused', async () => {
    const inner = await signProof(key, { token })
    expect(await show(await signedOver({ ...HEADER, cty: 'JWT' }, inner))).toBe(
      'dpop_proof_malformed',
    )
  })

  it.each([undefined, 'JWT', 'jwt', 'at+jwt', 'dpop', 'dpop+jwt ', 'dpop-jwt', ''])(
    'RFC9449-1: "typ" %j is refused',
    async (typ) => {
      const proof = await signProof(key, { token, header: { typ } })
      expect(await show(proof)).toBe('dpop_proof_type_refused')
    },
  )

  it('RFC9449-1: the access token itself is no proof', async () => {
    expect(await show(token)).toBe('dpop_proof_type_refused')
  })

  it('RFC9449-1: "kid", "x5c", "jku" and unknown members are ignored', async () => {
    const more = { kid: 'a', x5c: ['MIIB'], jku: 'https://evil.example/keys', x5u: 1, more: {} }
    expect(await show(await signedOver({ ...HEADER, ...more }, { ...CLAIMS, exp: 1 }))).toBe(
      'allowed',
    )
  })
})

describe('RFC9449-1 RFC8725-1: the algorithm of a proof', () => {
  it.each([
    'none',
    'None',
    'NONE',
    'nOnE',
    '',
    'HS256',
    'HS512',
    'es256',
    'ES256K',
    'RS1',
    'RSA-OAEP',
    'dir',
    'Ed448',
    'PS384',
    '__proto__',
    'constructor',
  ])('RFC9449-1 RFC8725-1: "alg" %j is refused', async (alg) => {
    expect(await show(await signedOver({ ...HEADER, alg }, CLAIMS))).toBe(
      'dpop_proof_algorithm_refused',
    )
    const unsigned = `${base64url(JSON.stringify({ ...HEADER, alg }))}.${base64url(JSON.stringify(CLAIMS))}.`
    expect(await show(unsigned)).toBe('dpop_proof_malformed')
  })

  it('RFC9449-1 RFC8725-1: HS256 with the public key as secret is refused', async () => {
    const secret = Buffer.from(JSON.stringify(key.publicKey))
    const proof = await new SignJWT(CLAIMS)
      .setProtectedHeader({ ...HEADER, alg: 'HS256' })
      .sign(secret)
    expect(await show(proof)).toBe('dpop_proof_algorithm_refused')
  })

  it.each(['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519', 'PS256', 'RS256'] as const)(
    'RFC9449-1: %s is accepted by default, and refused if the option lacks it',
    async (alg) => {
      const own = await makeDpopKey(alg)
      const bound = await boundTo(own.thumbprint)
      const proof = await signProof(own, { token: bound })
      expect(await verdict(dpopRequest(bound, proof))).toBe('allowed')
      const server = testResourceServer({ dpop: { algorithms: ['PS512'] } })
      expect(await server.authenticate(dpopRequest(bound, proof))).toMatchObject({
        status: 401,
        reason: 'dpop_proof_algorithm_refused',
      })
    },
  )

  it('RFC9449-1: EdDSA and Ed25519 are two names of one algorithm', async () => {
    const own = await makeDpopKey('Ed25519')
    const bound = await boundTo(own.thumbprint)
    for (const accepted of ['EdDSA', 'Ed25519'] as const) {
      const server = testResourceServer({ dpop: { algorithms: [accepted] } })
      for (const alg of ['EdDSA', 'Ed25519']) {
        const proof = await signProof(own, { token: bound, header: { alg } })
        expect((await server.authenticate(dpopRequest(bound, proof))).outcome).toBe('allowed')
      }
    }
  })
})

describe('RFC9449-1: what the operator reads about the header of a refused proof', () => {
  it.each<[object, string]>([
    [{ typ: 'JWT' }, '"typ" is "JWT"; expected "dpop+jwt"'],
    [{ typ: undefined }, '"typ" is nothing; expected "dpop+jwt"'],
    [{ alg: 'HS256' }, '"alg" is "HS256"; expected one of ES256, PS256'],
  ])('RFC9449-1: of %j: what was found, and what was expected', async (members, found) => {
    const server = testResourceServer({ dpop: { algorithms: ['ES256', 'PS256'] } })
    const proof = await signedOver({ ...HEADER, ...members }, CLAIMS)
    expect(await server.authenticate(dpopRequest(token, proof))).toMatchObject({
      detail: `the DPoP proof: ${found}`,
    })
  })
})

describe('RFC9449-1: the key of a proof', () => {
  const [p384, rsa, ed] = [makeDpopKey('ES384'), makeDpopKey('PS256'), makeDpopKey('Ed25519')]

  it.each<[string, unknown]>([
    ['absent', undefined],
    ['null', null],
    ['a string', 'key'],
    ['a list', [key.publicKey]],
    ['empty', {}],
    ['a string of JSON', JSON.stringify(key.publicKey)],
    ['symmetric', { kty: 'oct', k: 'AAAA' }],
    ['with a private member', { ...key.publicKey, d: key.publicKey.x }],
    ['with a private member that is empty', { ...key.publicKey, d: '' }],
    ['with the prime of an RSA key', { ...key.publicKey, p: null }],
    ['for encryption', { ...key.publicKey, use: 'enc' }],
    ['for signing only', { ...key.publicKey, key_ops: ['sign'] }],
    ['with "key_ops" that is a string', { ...key.publicKey, key_ops: 'verify' }],
    ['for another algorithm', { ...key.publicKey, alg: 'ES384' }],
    ['with "alg" that is a number', { ...key.publicKey, alg: 256 }],
    ['with "kid" that is a number', { ...key.publicKey, kid: 1 }],
    ['of an unknown curve', { ...key.publicKey, crv: 'P-192' }],
    ['of a curve that is no text', { ...key.publicKey, crv: { toString: 1 } }],
    ['of the curve secp256k1', { ...key.publicKey, crv: 'secp256k1' }],
    ['of the wrong curve', { ...key.publicKey, crv: 'P-384' }],
    ['of the wrong type', { ...key.publicKey, kty: 'RSA' }],
    ['without a coordinate', { ...key.publicKey, y: undefined }],
    ['with a coordinate that is a number', { ...key.publicKey, y: 7 }],
    ['without a type', { ...key.publicKey, kty: undefined }],
  ])('RFC9449-1: that is %s is refused', async (_what, jwk) => {
    expect(await show(await signProof(key, { token, header: { jwk } }))).toBe(
      'dpop_proof_key_refused',
    )
  })

  it('RFC9449-1 RFC8725-1: a P-256 key with ES384 is refused', async () => {
    const proof = await signedOver({ ...HEADER, alg: 'ES384' }, CLAIMS)
    expect(await show(proof)).toBe('dpop_proof_key_refused')
  })

  it.each([undefined, null, 7, '', ['AAAA']])(
    'RFC9449-1: an Ed25519 key with the coordinate %j is refused as no key, not as another key',
    async (x) => {
      const jwk = { ...(await ed).publicKey, x }
      const header = { typ: 'dpop+jwt', alg: 'Ed25519', jwk }
      expect(await show(await signedOver(header, CLAIMS))).toBe('dpop_proof_key_refused')
    },
  )

  it('RFC9449-1 RFC8725-1: keys of other types with ES256 are refused', async () => {
    for (const { publicKey: jwk } of await Promise.all([p384, rsa, ed])) {
      expect(await show(await signedOver({ ...HEADER, jwk }, CLAIMS))).toBe(
        'dpop_proof_key_refused',
      )
    }
  })

  it('RFC9449-1 RFC8725-1: weak RSA keys are refused, also if the token is bound to them', async () => {
    const strong = (await rsa).publicKey
    const modulus = Buffer.from(strong.n ?? '', 'base64url')
    const weak: Record<string, object> = {
      '1024 bits': { ...strong, n: base64url(modulus.subarray(0, 128)) },
      'an even modulus': {
        ...strong,
        n: base64url(Buffer.concat([modulus.subarray(0, -1), Buffer.alloc(1)])),
      },
      'the exponent 1': { ...strong, e: 'AQ' },
      'an even exponent': { ...strong, e: 'AAAE' },
      'a huge exponent': { ...strong, e: base64url(Buffer.alloc(64, 255)) },
      'a huge modulus': { ...strong, n: base64url(Buffer.alloc(2048, 255)) },
      'the ROCA fingerprint': { ...strong, n: base64url(rocaModulus()) },
      'no modulus': { ...strong, n: undefined },
    }
    for (const [what, jwk] of Object.entries(weak)) {
      const header = { typ: 'dpop+jwt', alg: 'PS256', jwk }
      expect([what, await show(await signedOver(header, CLAIMS))]).toEqual([
        what,
        'dpop_proof_key_refused',
      ])
    }
  })

  it('RFC9449-1: a point that is not on the curve is refused, also if the token is bound to it', async () => {
    const jwk = { ...key.publicKey, y: base64url(Buffer.alloc(32, 7)) }
    const bound = await boundTo(await calculateJwkThumbprint(jwk))
    const proof = await signProof(key, { token: bound, header: { jwk } })
    expect(await verdict(dpopRequest(bound, proof))).toBe('dpop_proof_key_refused')
  })

  it('RFC9449-1 RFC8725-1: an RSA key for another algorithm than that of the header is refused', async () => {
    const own = await rsa
    const bound = await boundTo(own.thumbprint)
    const header = { jwk: { ...own.publicKey, alg: 'RS256' } }
    const proof = await signProof(own, { token: bound, header })
    expect(await verdict(dpopRequest(bound, proof))).toBe('dpop_proof_key_refused')
  })

  it('RFC9449-1: a key that the token is not bound to is refused', async () => {
    expect(await show(await signProof(other, { token }))).toBe('dpop_key_mismatch')
  })

  it('RFC9449-1: a proof that another key signed is refused, before and after a good one', async () => {
    const server = testResourceServer()
    const header = { jwk: key.publicKey }
    const reasons: (string | undefined)[] = []
    for (const by of [other, key, other, key]) {
      const proof = await signProof(by, { token, header })
      const decision = await server.authenticate(dpopRequest(token, proof))
      reasons.push(reasonOf(decision))
    }
    const invalid = 'dpop_proof_signature_invalid'
    expect(reasons).toEqual([invalid, undefined, invalid, undefined])
  })

  it('RFC9449-1: a known key is checked again when its header changes', async () => {
    const server = testResourceServer()
    const shownWith = async (header: object) => {
      const proof = await signProof(key, { token, header: { ...header } })
      return reasonOf(await server.authenticate(dpopRequest(token, proof)))
    }
    expect(await shownWith({})).toBeUndefined()
    expect(await shownWith({ jwk: { ...key.publicKey, d: key.publicKey.x } })).toBe(
      'dpop_proof_key_refused',
    )
    expect(await shownWith({ jwk: other.publicKey })).toBe('dpop_key_mismatch')
    expect(await shownWith({ kid: 'another header of the same key' })).toBeUndefined()
    expect(await shownWith({})).toBeUndefined()
  })

  it('RFC9449-1: the keys of a browser are accepted', async () => {
    const jwk = { ...key.publicKey, key_ops: ['verify'], ext: true }
    expect(await show(await signProof(key, { token, header: { jwk } }))).toBe('allowed')
  })
})

describe('RFC9449-1: the claims of a proof', () => {
  it.each<[string, object, string]>([
    ['"htm" of another method', { htm: 'GET' }, 'dpop_proof_method_mismatch'],
    ['"htm" in lower case', { htm: 'post' }, 'dpop_proof_method_mismatch'],
    ['no "htm"', { htm: undefined }, 'dpop_proof_method_mismatch'],
    ['"htm" that is a list', { htm: ['POST'] }, 'dpop_proof_method_mismatch'],
    ['no "htu"', { htu: undefined }, 'dpop_proof_url_mismatch'],
    ['"htu" that is a list', { htu: [RESOURCE] }, 'dpop_proof_url_mismatch'],
    ['"htu" that is null', { htu: null }, 'dpop_proof_url_mismatch'],
    ['no "ath"', { ath: undefined }, 'dpop_proof_token_mismatch'],
    ['"ath" of another token', { ath: athOf('another') }, 'dpop_proof_token_mismatch'],
    ['"ath" with padding', { ath: `${athOf(token)}=` }, 'dpop_proof_token_mismatch'],
    ['"ath" that is a list', { ath: [athOf(token)] }, 'dpop_proof_token_mismatch'],
    ['"ath" that is null', { ath: null }, 'dpop_proof_token_mismatch'],
    ['"ath" that is the token', { ath: token }, 'dpop_proof_token_mismatch'],
    ['no "iat"', { iat: undefined }, 'dpop_proof_malformed'],
    ['"iat" that is a string', { iat: String(NOW) }, 'dpop_proof_malformed'],
    ['"iat" that is null', { iat: null }, 'dpop_proof_malformed'],
    ['"iat" that is a list', { iat: [NOW] }, 'dpop_proof_malformed'],
    ['"iat" that is negative', { iat: -NOW }, 'dpop_proof_expired'],
    ['"iat" that is zero', { iat: 0 }, 'dpop_proof_expired'],
    ['"iat" in milliseconds', { iat: NOW * 1000 }, 'dpop_proof_issued_in_future'],
    ['"iat" that is huge', { iat: Number.MAX_VALUE }, 'dpop_proof_issued_in_future'],
    ['"iat" with a fraction', { iat: NOW + 0.5 }, 'allowed'],
    ['no "jti"', { jti: undefined }, 'dpop_proof_malformed'],
    ['"jti" that is empty', { jti: '' }, 'dpop_proof_malformed'],
    ['"jti" that is an object', { jti: {} }, 'dpop_proof_malformed'],
    ['"jti" that is a number', { jti: 7 }, 'dpop_proof_malformed'],
    ['"jti" of 513 characters', { jti: 'x'.repeat(513) }, 'dpop_proof_malformed'],
    ['"jti" of 512 characters', { jti: 'x'.repeat(512) }, 'allowed'],
    ['"jti" with a line break', { jti: 'a\r\nSet-Cookie: b' }, 'allowed'],
    ['"jti" with half a character', { jti: '\ud800' }, 'allowed'],
    ['"nonce" that is a number', { nonce: 7 }, 'dpop_proof_malformed'],
    ['"nonce" that is null', { nonce: null }, 'dpop_proof_malformed'],
  ])('RFC9449-1: %s: %o', async (_what, claims, expected) => {
    expect(await show(await signProof(key, { token, claims: { ...claims } }))).toBe(expected)
  })

  it('RFC9449-1: "iat" that is infinite is refused', async () => {
    const payload = JSON.stringify(CLAIMS).replace(String(NOW), '1e400')
    expect(await show(await signedOver(HEADER, payload))).toBe('dpop_proof_malformed')
  })

  it('RFC9449-1: a proof for another token with the same key is refused', async () => {
    const second = await boundTo(key.thumbprint, { jti: 'token-2' })
    const proof = await signProof(key, { token: second })
    expect(await show(proof)).toBe('dpop_proof_token_mismatch')
    expect(await verdict(dpopRequest(second, proof))).toBe('allowed')
  })

  it('RFC9449-3: methods are compared with upper and lower case', async () => {
    const proof = await signProof(key, { token, method: 'get' })
    expect(await verdict(dpopRequest(token, proof, { method: 'GET' }))).toBe(
      'dpop_proof_method_mismatch',
    )
    const patch = await signProof(key, { token, method: 'M-SEARCH' })
    expect(await verdict(dpopRequest(token, patch, { method: 'M-SEARCH' }))).not.toMatch(/^dpop/)
  })
})

/** A modulus with the fingerprint of CVE-2017-15361: a power of 65537 modulo the product of small primes. */
function rocaModulus(): Buffer {
  const primes = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157]
  const product = primes.reduce((all, prime) => all * BigInt(prime), 2n)
  let modulus = 2n ** 2047n + 2n ** 2046n
  modulus += product - (modulus % product) + 65537n
  return Buffer.from(modulus.toString(16), 'hex')
}
