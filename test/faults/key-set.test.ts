import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { createTestKey } from '../../src/testing/create-test-key.ts'
import { allowed, ask, refused, unavailable } from '../support/decisions.ts'
import {
  drip,
  html,
  huge,
  json,
  raw,
  redirect,
  resetAfterHeaders,
  resetBeforeHeaders,
  silent,
  status,
} from '../support/issuers/answers.ts'
import { describe, expect, it } from '../support/issuers/it.ts'
import { AT_JWT, type LocalIssuer, startIssuer } from '../support/issuers/local-issuer.ts'
import { type Answer, deadOrigin } from '../support/issuers/loopback-server.ts'

const { publicKey: encryption } = await generateKeyPair('RSA-OAEP')
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const secp256k1 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
const weak = generateKeyPairSync('rsa', { modulusLength: 1024 })
const jwk = (key: { export(options: { format: 'jwk' }): object }) => key.export({ format: 'jwk' })

/** Entries of a key set that cannot verify anything. */
const USELESS: [what: string, entry: unknown][] = [
  ['an encryption key', { ...(await exportJWK(encryption)), use: 'enc', alg: 'RSA-OAEP' }],
  ['an encryption key without "use"', { ...(await exportJWK(encryption)), alg: 'RSA-OAEP' }],
  ['a key for other operations', { ...jwk(ec.publicKey), key_ops: ['encrypt'] }],
  ['a symmetric key', { kty: 'oct', k: randomBytes(32).toString('base64url'), alg: 'HS256' }],
  ['an empty symmetric key', { kty: 'oct', k: '', alg: 'HS256' }],
  ['a private key', { ...jwk(ec.privateKey), alg: 'ES256' }],
  ['a point off its curve', { ...jwk(ec.publicKey), y: (jwk(ec.publicKey) as JWK).x }],
  ['a curve that is not accepted', { ...jwk(secp256k1.publicKey), alg: 'ES256K' }],
  ['a curve and an algorithm that do not fit', { ...jwk(ec.publicKey), alg: 'ES384' }],
  ['an RSA key of 1024 bits', { ...jwk(weak.publicKey), alg: 'RS256' }],
  ['an RSA key without modulus', { kty: 'RSA', e: 'AQAB', alg: 'RS256' }],
  ['a key of an unknown kind', { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AAAA' }],
  ['a "kid" that is no string', { ...jwk(ec.publicKey), kid: 7 }],
  ['null', null],
  ['a string', 'key'],
  ['a list', [jwk(ec.publicKey)]],
]

async function firstRequest(issuer: LocalIssuer, keySet: { maxKeys?: number } = {}) {
  return ask(issuer.gate({ keySet }), await issuer.token())
}

describe('entries of a key set', () => {
  it.each(USELESS)(
    'RFC8725-2: %s verifies nothing, and the good key beside it does',
    async (_what, entry) => {
      await using issuer = await startIssuer()
      issuer.keys.answers(json({ keys: [entry, issuer.signer.publicKey] }))
      expect(await firstRequest(issuer)).toMatchObject(allowed)
      issuer.keys.answers(json({ keys: [entry] }))
      expect(await firstRequest(issuer)).toEqual(unavailable('key_set_unavailable'))
    },
  )

  it('RFC8725-1: an entry with a private key verifies nothing', async ({ issuer }) => {
    const leaked = createTestKey()
    const exposed = { ...leaked.publicKey, d: (jwk(ec.privateKey) as JWK).d }
    issuer.publish(exposed, issuer.signer.publicKey)
    const token = await leaked.sign(issuer.claims(), AT_JWT)
    expect(await ask(issuer.gate(), token)).toMatchObject(refused('key_unknown'))
  })

  it('the same key twice verifies tokens', async ({ issuer }) => {
    issuer.publish(issuer.signer.publicKey, issuer.signer.publicKey)
    expect(await firstRequest(issuer)).toMatchObject(allowed)
  })

  it('RFC8725-1: two keys with the same "kid" and "alg" verify nothing', async ({ issuer }) => {
    const other = createTestKey({ keyId: issuer.signer.keyId })
    issuer.publish(issuer.signer.publicKey, other.publicKey)
    expect(await firstRequest(issuer)).toMatchObject(refused('key_ambiguous'))
  })

  it('two keys with the same "kid" are told apart by "alg"', async ({ issuer }) => {
    const other = createTestKey({ keyId: issuer.signer.keyId, algorithm: 'RS256' })
    issuer.publish(issuer.signer.publicKey, other.publicKey)
    const gate = issuer.gate()
    expect(await ask(gate, await issuer.token())).toMatchObject(allowed)
    expect(await ask(gate, await other.sign(issuer.claims(), AT_JWT))).toMatchObject(allowed)
  })

  it('RFC8725-1: a key outside the configured algorithms verifies nothing', async () => {
    await using issuer = await startIssuer({ algorithm: 'RS256' })
    const other = createTestKey()
    issuer.publish(issuer.signer.publicKey, other.publicKey)
    const gate = issuer.gate({ algorithms: ['RS256'] })
    expect(await ask(gate, await issuer.token())).toMatchObject(allowed)
    const token = await other.sign(issuer.claims(), AT_JWT)
    expect(await ask(gate, token)).toMatchObject(refused('algorithm_refused'))
  })
})

describe('the number of keys', () => {
  it('a set with maxKeys keys is used, and a larger one is 503', async ({ issuer }) => {
    const others = await Promise.all(Array.from({ length: 3 }, () => createTestKey()))
    issuer.publish(...others.map((signer) => signer.publicKey), issuer.signer.publicKey)
    expect(await firstRequest(issuer, { maxKeys: 4 })).toMatchObject(allowed)
    const decision = await firstRequest(issuer, { maxKeys: 3 })
    expect(decision).toEqual(unavailable('key_set_unavailable'))
    expect(decision).toMatchObject({ detail: expect.stringContaining('keySet.maxKeys is 3') })
  })

  it('is 100 by default', async ({ issuer }) => {
    issuer.publish(...new Array(101).fill(issuer.signer.publicKey))
    expect(await firstRequest(issuer)).toEqual(unavailable('key_set_unavailable'))
  })
})

/** Answers that are not a usable key set. */
const NO_SET: [what: string, answer: (issuer: LocalIssuer) => Answer][] = [
  ['an empty set', () => json({ keys: [] })],
  ['an object without "keys"', () => json({})],
  ['"keys" that is an object', () => json({ keys: {} })],
  ['a list', ({ signer }) => json([signer.publicKey])],
  ['garbage', () => raw('\u0000\u0001')],
  ['nothing', () => raw('')],
  ['an HTML page', () => html()],
  [
    'the set named twice',
    ({ signer }) => raw(`{"keys":[],"keys":[${JSON.stringify(signer.publicKey)}]}`),
  ],
  ['a body over the limit', ({ signer }) => huge({ keys: [signer.publicKey] })],
  ['HTTP 204', () => status(204)],
  ['a redirect', () => redirect('https://elsewhere.example/keys')],
  ['HTTP 404', () => status(404)],
  ['HTTP 429', () => status(429, { 'retry-after': '1' })],
  ['HTTP 500', () => status(500)],
  ['a reset before the headers', () => resetBeforeHeaders()],
  ['a reset after the headers', () => resetAfterHeaders()],
]

describe('in place of a key set', () => {
  it.each(NO_SET)('RFC7662-3 RFC8725-2: %s is 503, not 401', async (_what, answer) => {
    await using issuer = await startIssuer()
    issuer.keys.answers(answer(issuer))
    expect(await firstRequest(issuer)).toEqual(unavailable('key_set_unavailable'))
  })

  it.each(NO_SET)('RFC8725-2: %s never replaces a good set', async (_what, answer) => {
    await using issuer = await startIssuer()
    const gate = await issuer.readyGate()
    issuer.keys.answers(answer(issuer))
    for (let minute = 0; minute < 30; minute += 1) {
      issuer.clock.advance(60)
      expect(await ask(gate, await issuer.token())).toMatchObject(allowed)
    }
    expect(issuer.keys.count()).toBeGreaterThan(1)
  })

  it.each([
    ['a slow body that never ends', drip()],
    ['no answer', silent()],
  ])('RFC7662-3: %s is 503 after http.timeout', async (_what, answer) => {
    await using issuer = await startIssuer()
    issuer.keys.answers(answer)
    const gate = issuer.gate({ jwksUri: issuer.keys.url }, { http: { timeout: 0.2 } })
    const decision = await ask(gate, await issuer.token())
    expect(decision).toEqual(unavailable('key_set_unavailable'))
    expect(decision).toMatchObject({ detail: expect.stringContaining('timed out') })
  })

  it('a port without a server is 503', async ({ issuer }) => {
    const metadata = issuer.metadata({ jwks_uri: `${await deadOrigin()}/keys` })
    issuer.discovery.answers(json(metadata))
    const decision = await firstRequest(issuer)
    expect(decision).toEqual(unavailable('key_set_unavailable'))
    expect(decision).toMatchObject({ detail: expect.stringContaining('ECONNREFUSED') })
  })
})
