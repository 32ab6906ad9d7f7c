import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { inspect } from 'node:util'
import {
  calculateJwkThumbprint,
  compactVerify,
  createLocalJWKSet,
  decodeProtectedHeader,
  type JWK,
} from 'jose'
import { describe, expect, it } from 'vitest'
import type { OwnSigner, ResourceServer } from '../../../src/index.ts'
import type { SignedMetadataOptions } from '../../../src/metadata/options.ts'
import { createTestClock } from '../../../src/testing/test-clock.ts'
import { answerAtEndpoint } from '../../support/adapter.ts'
import { ISSUER, NOW, RESOURCE, testResourceServer } from '../../support/tokens.ts'

const DOCUMENT = '/.well-known/oauth-protected-resource/mcp'
const KEYS = '/.well-known/oauth-protected-resource-jwks/mcp'

type Options = Parameters<typeof testResourceServer>[0]

const ec = (namedCurve = 'P-256'): KeyObject => generateKeyPairSync('ec', { namedCurve }).privateKey
const jwkOf = (key: KeyObject, more: object = {}): Record<string, unknown> => ({
  ...key.export({ format: 'jwk' }),
  ...more,
})
const pemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }) as string

const serverWith = (signedMetadata: SignedMetadataOptions, more: Options = {}): ResourceServer =>
  testResourceServer({ signedMetadata, metadata: { resource_name: 'Calculator' }, ...more })

async function get(server: ResourceServer, url: string, headers = {}) {
  const answer = await answerAtEndpoint(server, { method: 'GET', url, headers })
  return { ...answer, json: answer?.body === undefined ? undefined : JSON.parse(answer.body) }
}

/** Verifies the signed document as a client does: by the published key alone. */
async function verified(server: ResourceServer) {
  const { json } = await get(server, DOCUMENT)
  const { signed_metadata: jwt, ...members } = json
  expect(members.jwks_uri).toBe(`https://mcp.example.com${KEYS}`)
  const { json: keySet } = await get(server, KEYS)
  const { payload, protectedHeader } = await compactVerify(jwt, createLocalJWKSet(keySet))
  return { members, header: protectedHeader, claims: JSON.parse(new TextDecoder().decode(payload)) }
}

describe('the signed metadata', () => {
  it('RFC9728-5: has every member of the document, an issuer, and nothing signed inside', async () => {
    const server = serverWith({ key: jwkOf(ec()), publishKey: true })
    const { members, claims } = await verified(server)
    expect(claims).toEqual({ ...members, iss: RESOURCE, iat: NOW })
    expect(members).toMatchObject({
      resource: RESOURCE,
      authorization_servers: [ISSUER],
      resource_name: 'Calculator',
    })
    expect(server.metadata).toEqual(members)
  })

  it.each<[string, () => SignedMetadataOptions['key'], string]>([
    ['a JWK', () => jwkOf(ec()), 'ES256'],
    ['a JWK for P-384', () => jwkOf(ec('P-384')), 'ES384'],
    ['a PEM', () => pemOf(ec()), 'ES256'],
    ['a KeyObject', () => ec('P-521'), 'ES512'],
    ['an Ed25519 key', () => generateKeyPairSync('ed25519').privateKey, 'EdDSA'],
    ['an RSA key', () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, 'RS256'],
  ])('RFC9728-5: is signed with %s', async (_what, makeKey, algorithm) => {
    const { header } = await verified(serverWith({ key: makeKey(), publishKey: true }))
    expect(header).toEqual({ alg: algorithm, kid: expect.any(String) })
  })

  it('RFC9728-5: is signed with the algorithm of the option', async () => {
    const { privateKey: key } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const { header } = await verified(serverWith({ key, algorithm: 'PS512', publishKey: true }))
    expect(header.alg).toBe('PS512')
  })

  it('RFC9728-5: names the key by keyId, else by its kid, else by its thumbprint', async () => {
    const key = jwkOf(ec(), { kid: 'metadata-1' })
    const { kid: _, ...anonymous } = key
    const thumbprint = await calculateJwkThumbprint(key as JWK)
    for (const [options, kid] of [
      [{ key, keyId: 'given' }, 'given'],
      [{ key }, 'metadata-1'],
      [{ key: anonymous }, thumbprint],
    ] as const) {
      const { header } = await verified(serverWith({ ...options, publishKey: true }))
      expect(header.kid).toBe(kid)
    }
  })

  it('RFC9728-5: may be vouched for by another issuer', async () => {
    const issuer = 'https://federation.example.com'
    const server = serverWith({ key: jwkOf(ec()), issuer, publishKey: true })
    expect((await verified(server)).claims.iss).toBe(issuer)
  })

  it('RFC9728-5: is the same at both addresses and at each request', async () => {
    const server = serverWith({ key: jwkOf(ec()) })
    const first = await get(server, DOCUMENT)
    const root = await get(server, '/.well-known/oauth-protected-resource')
    expect(root).toEqual(first)
    const etag = first.headers?.ETag
    expect(await get(server, DOCUMENT, { 'if-none-match': etag })).toMatchObject({ status: 304 })
  })

  it('RFC9728-5: without publishKey, neither publishes nor names a key', async () => {
    const server = serverWith({ key: jwkOf(ec()) })
    const { json } = await get(server, DOCUMENT)
    expect(json).not.toHaveProperty('jwks_uri')
    expect(json.signed_metadata).toEqual(expect.any(String))
    expect((await get(server, KEYS)).status).toBeUndefined()
  })

  it('RFC9728-5: leaves a jwks_uri of the operator alone', async () => {
    const jwks_uri = 'https://keys.example.com/jwks.json'
    const server = serverWith({ key: jwkOf(ec()) }, { metadata: { jwks_uri } })
    expect((await get(server, DOCUMENT)).json).toMatchObject({ jwks_uri })
  })

  it('RFC9728-5: without the option, the document is not signed', async () => {
    const { json } = await get(testResourceServer(), DOCUMENT)
    expect(json).not.toHaveProperty('signed_metadata')
  })
})

describe('the published key', () => {
  it('RFC9728-5 S1.7: has public members only, and its algorithm, use and kid', async () => {
    const key = jwkOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey)
    const { json } = await get(serverWith({ key, publishKey: true }), KEYS)
    expect(json).toEqual({
      keys: [
        {
          kty: 'RSA',
          n: key.n,
          e: key.e,
          alg: 'RS256',
          use: 'sig',
          kid: await calculateJwkThumbprint(key as unknown as JWK),
        },
      ],
    })
  })

  it('RFC9728-5: has the address of its resource, also at the root', async () => {
    const resource = 'https://mcp.example.com'
    const server = serverWith({ key: ec(), publishKey: true }, { resource })
    const jwksUri = 'https://mcp.example.com/.well-known/oauth-protected-resource-jwks'
    expect(server.metadata.jwks_uri).toBe(jwksUri)
    const { status, headers } = await get(server, new URL(jwksUri).pathname)
    expect(status).toBe(200)
    expect(headers).toMatchObject({
      'Content-Type': 'application/jwk-set+json',
      'Access-Control-Allow-Origin': '*',
      'Cache-Control': 'public, max-age=300',
    })
  })
})

/** A key that stays elsewhere. `failing` is what `sign` does in its place. */
function module({ failing, publicKey = true }: ModuleSettings = {}) {
  const { privateKey, publicKey: own } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const state = { calls: 0, failing }
  const key: OwnSigner = {
    algorithm: 'ES256',
    keyId: 'module-1',
    ...(publicKey ? { publicKey: own.export({ format: 'jwk' }) } : {}),
    sign(data) {
      state.calls += 1
      if (state.failing !== undefined) return state.failing()
      return sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' })
    },
  }
  return { key, state }
}

interface ModuleSettings {
  readonly failing?: (() => Promise<Uint8Array>) | undefined
  readonly publicKey?: boolean
}

describe('a signer of the operator’s own', () => {
  it('RFC9728-5: signs once, for all who ask, and ready() asks too', async () => {
    const { key, state } = module()
    const server = serverWith({ key, publishKey: true })
    await Promise.all([...Array(50)].map(() => get(server, DOCUMENT)))
    await get(server, KEYS)
    expect(state.calls).toBe(1)
    expect((await verified(server)).header).toEqual({ alg: 'ES256', kid: 'module-1' })
    expect(state.calls).toBe(1)
  })

  it('RFC9728-5: need not name its public key, unless the key is published', async () => {
    const { key } = module({ publicKey: false })
    const { json } = await get(serverWith({ key }), DOCUMENT)
    expect(decodeProtectedHeader(json.signed_metadata)).toEqual({ alg: 'ES256', kid: 'module-1' })
    expect(() => serverWith({ key, publishKey: true })).toThrow(
      /`signedMetadata\.key` .*`signedMetadata\.publishKey`/,
    )
  })

  it.each<[string, () => Promise<Uint8Array>]>([
    ['throws', () => Promise.reject(new Error('PIN 1234 is wrong'))],
    ['gives nothing', async () => undefined as never],
    ['gives DER', async () => new Uint8Array(71)],
    ['signs with another key', async () => new Uint8Array(64).fill(1)],
  ])(
    'RFC9728-5: that %s makes the document a 503, and ready() says why',
    async (_what, failing) => {
      const time = createTestClock()
      const { key, state } = module({ failing })
      const server = serverWith({ key, publishKey: true }, { clock: time })
      const failure = await server.ready().catch((error: unknown) => error)
      expect(failure).toMatchObject({
        name: 'UnavailableError',
        reason: 'metadata_signing_failed',
        message: expect.stringContaining('`signedMetadata.key`'),
      })
      expect(inspect(failure, { depth: 9, showHidden: true })).not.toContain('1234')
      for (const path of [DOCUMENT, KEYS]) {
        expect(await get(server, path)).toEqual({
          status: 503,
          headers: { 'Retry-After': '5', 'Access-Control-Allow-Origin': '*' },
          body: undefined,
          json: undefined,
        })
      }
      // Everybody can ask. The module is asked again after a while.
      expect(state.calls).toBe(1)
      state.failing = undefined
      time.advance(4)
      expect(await get(server, DOCUMENT)).toMatchObject({ status: 503 })
      time.advance(1)
      expect(await get(server, DOCUMENT)).toMatchObject({ status: 200 })
      expect(state.calls).toBe(2)
    },
  )

  it('RFC9728-5: that failed is asked again when the clock was set back', async () => {
    const time = createTestClock()
    const { key, state } = module({ failing: () => Promise.reject(new Error('x')) })
    const server = serverWith({ key }, { clock: time })
    expect(await get(server, DOCUMENT)).toMatchObject({ status: 503 })
    state.failing = undefined
    time.advance(-3600)
    expect(await get(server, DOCUMENT)).toMatchObject({ status: 200 })
  })
})

describe('wrong options', () => {
  const key = jwkOf(ec())
  const { d: _, ...publicKey } = key
  const rsa1024 = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey

  it.each<[string, object, RegExp]>([
    ['no key', {}, /`signedMetadata\.key`/],
    ['a number as the key', { key: 7 }, /`signedMetadata\.key` must be a private key/],
    ['a public key', { key: publicKey }, /`signedMetadata\.key` .*public key/],
    [
      'a symmetric key',
      { key: { kty: 'oct', k: 'c2VjcmV0' } },
      /`signedMetadata\.key` .*symmetric/,
    ],
    ['a weak key', { key: rsa1024 }, /`signedMetadata\.key` .*1024 bits/],
    ['an algorithm of another key', { key, algorithm: 'RS256' }, /`signedMetadata\.key` .*RS256/],
    ['a symmetric algorithm', { key, algorithm: 'HS256' }, /`signedMetadata\.algorithm`/],
    ['no algorithm', { key, algorithm: 'none' }, /`signedMetadata\.algorithm`/],
    ['an empty issuer', { key, issuer: '' }, /`signedMetadata\.issuer`/],
    ['an unknown option', { key, kid: 'x' }, /`signedMetadata\.kid`/],
    ['publishKey as a text', { key, publishKey: 'yes' }, /`signedMetadata\.publishKey`/],
  ])('RFC9728-5: %s is a TypeError that names the option', (_what, options, message) => {
    const make = () => serverWith(options as SignedMetadataOptions)
    expect(make).toThrow(TypeError)
    expect(make).toThrow(message)
  })

  it('RFC9728-5: two sources of one member are a TypeError', async () => {
    const { json } = await get(serverWith({ key }), DOCUMENT)
    const { signed_metadata } = json
    expect(() => serverWith({ key }, { metadata: { signed_metadata } })).toThrow(
      /`metadata\.signed_metadata` .*`signedMetadata`/,
    )
    const jwks_uri = 'https://keys.example.com/jwks.json'
    expect(() => serverWith({ key, publishKey: true }, { metadata: { jwks_uri } })).toThrow(
      /`metadata\.jwks_uri` .*`signedMetadata\.publishKey`/,
    )
  })

  it('S1.7: a key in the wrong place is not shown', () => {
    const pem = pemOf(ec())
    const secret = pem.slice(30, 60)
    for (const options of [pem, { key: [pem] }, { keys: pem }]) {
      let message = ''
      try {
        serverWith(options as never)
      } catch (error) {
        message = inspect(error, { depth: 9, showHidden: true })
      }
      expect(message).toContain('signedMetadata')
      expect(message).not.toContain(secret)
    }
  })
})
