import { readFile } from 'node:fs/promises'
import { inspect } from 'node:util'
import { decodeJwt, decodeProtectedHeader, exportJWK, exportPKCS8, generateKeyPair } from 'jose'
import { vi } from 'vitest'
import { type ClientOptions, createTokenExchanger } from '../../src/index.ts'
import { makeCertificate } from '../support/certificates.ts'
import { inactive, raw } from '../support/issuers/answers.ts'
import { describe, expect, it } from '../support/issuers/it.ts'
import type { LocalIssuer } from '../support/issuers/local-issuer.ts'
import type { Answer } from '../support/issuers/loopback-server.ts'

const { privateKey } = await generateKeyPair('RS256', { extractable: true })
const { privateKey: ecKey } = await generateKeyPair('ES256', { extractable: true })
const clientKey = { ...(await exportJWK(privateKey)), kid: 'k1' }
const LONG = 'long-enough-to-be-a-key-for-hs256'
const one = makeCertificate({ name: 'one' })
const other = makeCertificate({ name: 'other' })
const clientCertificate = { cert: one.cert, key: one.key }

const invalidClient = raw('{"error":"invalid_client"}', 'application/json', 401)

/** A gate that introspects with these client options. */
function gateOf(issuer: LocalIssuer, client: object, http?: object) {
  return issuer.gate(
    { verification: 'introspection', introspection: { clientId: 'mcp', ...client } as never },
    http === undefined ? {} : { http },
  )
}

/** The form of the last introspection request. */
function lastForm(issuer: LocalIssuer) {
  return new URLSearchParams(issuer.introspection.received().at(-1)?.body)
}

/** Accepts one secret, and refuses every other one. */
const accepts =
  (secret: () => string): Answer =>
  (received, response) => {
    const sent = Buffer.from(received.authorization?.split(' ')[1] ?? '', 'base64').toString()
    return (sent === `mcp:${secret()}` ? inactive() : invalidClient)(received, response)
  }

async function offers(issuer: LocalIssuer, changes: object) {
  issuer.discovery.answers(raw(JSON.stringify(issuer.metadata(changes))))
  issuer.introspection.answers(inactive())
}

describe('an assertion', () => {
  it('RFC7662-7: has issuer, subject and audience, is valid for a minute, and has a fresh jti for each call', async ({
    issuer,
  }) => {
    await offers(issuer, {})
    const gate = gateOf(issuer, { clientKey })
    await gate.ready()
    const first = lastForm(issuer)
    await gate.ready()
    const second = lastForm(issuer)
    expect(first.get('client_assertion_type')).toBe(
      'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    )
    expect(first.get('client_id')).toBe('mcp')
    const assertion = first.get('client_assertion') ?? ''
    expect(decodeProtectedHeader(assertion)).toEqual({
      typ: 'client-authentication+jwt',
      alg: 'RS256',
      kid: 'k1',
    })
    const { jti, ...claims } = decodeJwt(assertion)
    expect(claims).toEqual({
      iss: 'mcp',
      sub: 'mcp',
      aud: issuer.issuer,
      iat: issuer.clock.seconds,
      exp: issuer.clock.seconds + 60,
    })
    expect(jti).not.toBe(decodeJwt(second.get('client_assertion') ?? '').jti)
  })

  it('RFC7662-7: has the endpoint or another audience if the option says so', async ({
    issuer,
  }) => {
    await offers(issuer, {})
    for (const [audience, expected] of [
      ['endpoint', issuer.introspection.url],
      ['urn:an-audience', 'urn:an-audience'],
    ]) {
      const clientAssertion = { audience, lifetime: 30 }
      await gateOf(issuer, { clientKey, clientAssertion }).ready()
      const { aud, exp, iat } = decodeJwt(lastForm(issuer).get('client_assertion') ?? '')
      expect([aud, Number(exp) - Number(iat)]).toEqual([expected, 30])
    }
  })

  it('RFC7662-7: has an algorithm that key and server have in common', async ({ issuer }) => {
    const methods = { token_endpoint_auth_methods_supported: ['private_key_jwt'] }
    const list = 'token_endpoint_auth_signing_alg_values_supported'
    await offers(issuer, { ...methods, [list]: ['ES256', 'PS256'] })
    await gateOf(issuer, { clientKey }).ready()
    const { alg } = decodeProtectedHeader(lastForm(issuer).get('client_assertion') ?? '')
    expect(alg).toBe('PS256')
    await offers(issuer, { ...methods, [list]: ['HS256', 'EdDSA'] })
    const received = issuer.introspection.count()
    await expect(gateOf(issuer, { clientKey }).ready()).rejects.toMatchObject({
      reason: 'client_authentication_failed',
      message: expect.stringContaining('accepts none of them for assertions'),
    })
    expect(issuer.introspection.count()).toBe(received)
  })
})

describe('the choice of a method', () => {
  it.for<[offered: string[], client: object, sent: string]>([
    [['client_secret_basic', 'private_key_jwt'], { clientSecret: LONG, clientKey }, 'assertion'],
    [['client_secret_post', 'client_secret_basic'], { clientSecret: LONG, clientKey }, 'basic'],
    [['client_secret_post', 'client_secret_jwt'], { clientSecret: LONG }, 'post'],
    [
      ['client_secret_basic', 'client_secret_jwt'],
      { clientSecret: LONG, authentication: ['client_secret_basic', 'client_secret_jwt'] },
      'assertion',
    ],
    [['client_secret_basic'], { clientSecret: LONG, authentication: 'client_secret_post' }, 'post'],
  ])('RFC7662-7: where %j are offered', async ([offered, client, sent], { issuer }) => {
    await offers(issuer, { introspection_endpoint_auth_methods_supported: offered })
    // Not ready(), which refuses a method that is not offered.
    const gate = gateOf(issuer, client)
    const headers = { authorization: 'Bearer opaque' }
    await gate.authenticate({ method: 'POST', url: '/mcp', headers })
    const form = lastForm(issuer)
    const authorization = issuer.introspection.received().at(-1)?.authorization
    const used = form.has('client_assertion')
      ? 'assertion'
      : form.has('client_secret')
        ? 'post'
        : authorization?.split(' ')[0]?.toLowerCase()
    expect(used).toBe(sent)
  })

  it('RFC7662-7: ready() fails if the server offers no allowed method, and says what it offers', async ({
    issuer,
  }) => {
    await offers(issuer, { token_endpoint_auth_methods_supported: ['private_key_jwt', 'none'] })
    for (const client of [
      { clientSecret: LONG },
      { clientSecret: LONG, authentication: 'client_secret_jwt' },
    ]) {
      await expect(gateOf(issuer, client).ready()).rejects.toMatchObject({
        status: 503,
        reason: 'client_authentication_failed',
        message: expect.stringMatching(
          /the server offers private_key_jwt, none, and the options allow client_secret_\w+.*`authorizationServer\.introspection\.authentication`/,
        ),
      })
    }
    expect(issuer.introspection.count()).toBe(0)
  })

  it('needs no metadata where the endpoint is configured and there is one method', async ({
    issuer,
  }) => {
    issuer.introspection.answers(inactive())
    const endpoint = issuer.introspection.url
    for (const client of [{ clientSecret: LONG }, { clientKey }]) {
      await gateOf(issuer, { ...client, endpoint }).ready()
    }
    expect(issuer.discovery.count()).toBe(0)
  })
})

describe('a credential that rotates', () => {
  it('RFC7662-7: 100 refused calls ask for the new secret once, and each is sent once more', async ({
    issuer,
  }) => {
    let secret = 'first'
    const clientSecret = vi.fn(async () => secret)
    issuer.introspection.answers(accepts(() => secret))
    const gate = gateOf(issuer, { clientSecret, endpoint: issuer.introspection.url })
    await gate.ready()
    secret = 'second'
    const decisions = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        gate.authenticate({
          method: 'POST',
          url: '/mcp',
          headers: { authorization: `Bearer opaque-${index}` },
        }),
      ),
    )
    expect(new Set(decisions.map(({ outcome }) => outcome))).toEqual(new Set(['challenged']))
    expect(clientSecret).toHaveBeenCalledTimes(2)
    expect(issuer.introspection.count()).toBeLessThanOrEqual(1 + 200)
  })

  it('RFC7662-7: a refusal stands if the function has nothing new, and it is asked every 10 s at most', async ({
    issuer,
  }) => {
    let secret = 'stale'
    const clientSecret = vi.fn(() => secret)
    issuer.introspection.answers(accepts(() => 'right'))
    const gate = gateOf(issuer, { clientSecret, endpoint: issuer.introspection.url })
    for (let round = 0; round < 3; round += 1) {
      await expect(gate.ready()).rejects.toMatchObject({ reason: 'introspection_refused_us' })
    }
    expect(clientSecret).toHaveBeenCalledTimes(2)
    expect(issuer.introspection.count()).toBe(3)
    secret = 'right'
    await expect(gate.ready()).rejects.toMatchObject({ reason: 'introspection_refused_us' })
    issuer.clock.advance(10)
    await gate.ready()
    expect(clientSecret).toHaveBeenCalledTimes(3)
  })

  it.for([
    ['401 invalid_client', 401, 'invalid_client'],
    ['400 invalid_client', 400, 'invalid_client'],
    ['400 unauthorized_client, as Keycloak for an assertion', 400, 'unauthorized_client'],
  ] as const)(
    'RFC7662-7: the new secret is sent after %s',
    async ([, status, error], { issuer }) => {
      const refused = raw(JSON.stringify({ error }), 'application/json', status)
      issuer.introspection.answers((received, response) => {
        const secret = new URLSearchParams(received.body).get('client_secret')
        return (secret === 'new' ? inactive() : refused)(received, response)
      })
      const secrets = ['old', 'new']
      const clientSecret = () => secrets.shift() ?? 'new'
      await gateOf(issuer, { clientSecret, authentication: 'client_secret_post' }).ready()
      expect(issuer.introspection.count()).toBe(2)
    },
  )

  it('RFC7662-7: a key rotates for token exchange too', async ({ issuer }) => {
    const old = await exportPKCS8(ecKey)
    let key: ClientOptions['clientKey'] & string = old
    let accepted = 'ES256'
    issuer.server.on('/token', (received, response) => {
      const assertion = new URLSearchParams(received.body).get('client_assertion') ?? ''
      const { alg } = decodeProtectedHeader(assertion)
      const answer =
        alg === accepted
          ? raw('{"access_token":"t","token_type":"Bearer","expires_in":60}')
          : raw('{"error":"invalid_client"}', 'application/json', 400)
      return answer(received, response)
    })
    const exchanger = createTokenExchanger({
      issuer: issuer.issuer,
      endpoint: `${issuer.server.origin}/token`,
      clientId: 'mcp',
      clientKey: () => key,
      clock: issuer.clock,
    })
    await exchanger.exchange({ token: 'a' }, { audience: 'orders' })
    accepted = 'RS256'
    key = await exportPKCS8(privateKey)
    await exchanger.exchange({ token: 'b' }, { audience: 'orders' })
    accepted = 'PS512'
    await expect(exchanger.exchange({ token: 'c' }, { audience: 'orders' })).rejects.toMatchObject({
      reason: 'client_refused',
      message: expect.stringContaining('private_key_jwt (`clientId` and `clientKey`)'),
    })
    await exchanger.close()
  })

  it.for<[what: string, client: object, words: string]>([
    ['throws', { clientSecret: () => Promise.reject(new Error('s3cret')) }, 'threw an error'],
    [
      'reads a file that does not exist',
      { clientKey: () => readFile('s3cret.pem', 'utf8') },
      'threw an error (ENOENT)',
    ],
    ['returns nothing', { clientSecret: () => undefined }, 'must be a string'],
    ['returns an empty secret', { clientSecret: () => '' }, 'is empty'],
    ['returns no key', { clientKey: () => 's3cret' }, 'not a private key in PEM form'],
    [
      'returns half a certificate',
      { clientCertificate: () => ({ cert: 's3cret' }) },
      '`cert` and `key`',
    ],
  ])(
    'RFC7662-7: a function that %s is a 503, and nothing is sent',
    async ([, client, words], { issuer }) => {
      await offers(issuer, {})
      const work = gateOf(issuer, client).ready()
      await expect(work).rejects.toMatchObject({
        status: 503,
        reason: 'client_authentication_failed',
        message: expect.stringContaining(words),
      })
      await expect(work).rejects.not.toThrow('s3cret')
      expect(issuer.introspection.count()).toBe(0)
    },
  )

  it('RFC7662-7: a function that hangs is given up after ten seconds', async ({ issuer }) => {
    issuer.introspection.answers(inactive())
    const deadline = new AbortController()
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(deadline.signal)
    const client = { clientSecret: () => new Promise(() => {}), endpoint: issuer.introspection.url }
    const work = gateOf(issuer, client).ready()
    deadline.abort(new Error('late'))
    await expect(work).rejects.toMatchObject({
      reason: 'client_authentication_failed',
      message: expect.stringContaining('did not finish within 10 s'),
    })
    expect(timeout).toHaveBeenCalledWith(10_000)
    timeout.mockRestore()
  })
})

describe('a mistake in the options is found at start-up', () => {
  it.for<[what: string, client: object, words: string]>([
    ['no credential', {}, 'clientSecret` must be set, or'],
    [
      'a method without its key',
      { clientSecret: LONG, authentication: 'private_key_jwt' },
      'clientKey` must be set for private_key_jwt',
    ],
    [
      'a public key',
      { clientKey: { kty: 'EC', crv: 'P-256', x: 'a', y: 'b' } },
      'it is a public key',
    ],
    [
      'an algorithm of another key',
      { clientKey, clientAssertion: { algorithm: 'ES256' } },
      'not for ES256',
    ],
    [
      'a secret too short for HS256',
      { clientSecret: 's3cret', authentication: 'client_secret_jwt' },
      'it has 6 bytes',
    ],
    [
      'a certificate with the key of another',
      { clientCertificate: { cert: one.cert, key: other.key } },
      'with its own private key',
    ],
    [
      'words as certificate',
      { clientCertificate: { cert: 's3cret', key: 's3cret' } },
      'give the content of the files, not their names',
    ],
    [
      'an assertion for an hour',
      { clientKey, clientAssertion: { lifetime: 3600 } },
      'from 5 to 300',
    ],
  ])('RFC7662-7: %s', ([, client, words], { issuer }) => {
    expect(() => gateOf(issuer, client)).toThrow(TypeError)
    expect(() => gateOf(issuer, client)).toThrow(words)
    expect(() => gateOf(issuer, client)).not.toThrow(/s3cret|PRIVATE KEY/)
  })

  it('RFC8705-1: a certificate with connections of the operator’s own', ({ issuer }) => {
    for (const http of [{ fetch: globalThis.fetch }, { dispatcher: { dispatch() {} } }]) {
      const [option] = Object.keys(http)
      expect(() => gateOf(issuer, { clientCertificate }, http)).toThrow(
        `cannot be used with \`http.${option}\`: the certificate belongs to the TLS connection`,
      )
    }
  })

  it('RFC8705-1: a certificate is not sent to a plain http URL', async ({ issuer }) => {
    issuer.introspection.answers(inactive())
    const gate = gateOf(issuer, { clientCertificate, endpoint: issuer.introspection.url })
    await expect(gate.ready()).rejects.toMatchObject({
      reason: 'client_authentication_failed',
      message: expect.stringContaining('tls_client_auth needs an https URL'),
    })
    expect(issuer.introspection.count()).toBe(0)
  })

  it('the gate prints no secret, key or certificate', ({ issuer }) => {
    const gate = gateOf(issuer, { clientSecret: LONG, clientKey, clientCertificate })
    const printed = inspect(gate, { depth: 20, showHidden: true })
    expect(printed).not.toContain(LONG)
    expect(printed).not.toContain(clientKey.d)
    expect(printed).not.toContain('PRIVATE KEY')
  })
})
