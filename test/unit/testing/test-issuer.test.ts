import { describe, expect, it, vi } from 'vitest'
import { fetchGate } from '../../../src/adapters/fetch.ts'
import { customProfile } from '../../../src/profiles/index.ts'
import {
  createDpopKey,
  createTestClock,
  createTestIssuer,
  createTestKey,
  startTestIssuer,
  type TestForgery,
  type TestIssuer,
  testFetchRequest,
  testRequest,
} from '../../../src/testing/index.ts'
import { collectWarnings } from '../../support/warnings.ts'

const warnings = collectWarnings()

const decode = (part = ''): Record<string, unknown> =>
  JSON.parse(Buffer.from(part, 'base64url').toString())
const headerOf = (token: string) => decode(token.split('.')[0])
const claimsOf = (token: string) => decode(token.split('.')[1])

const reasonOf = (verified: Promise<unknown>): Promise<string> =>
  verified.then(
    () => 'allowed',
    (error) => error.reason,
  )

/** Posts a form to an endpoint of an issuer. */
async function post(
  issuer: TestIssuer,
  path: string,
  members: Record<string, string>,
  { clientId, clientSecret } = issuer.client,
) {
  const body = new URLSearchParams({ ...members, client_id: clientId, client_secret: clientSecret })
  const response = await issuer.fetch(`${issuer.issuer}${path}`, { method: 'POST', body })
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
}

const isActive = async (issuer: TestIssuer, token: string): Promise<boolean> =>
  (await post(issuer, '/introspect', { token })).body.active

describe('the tokens of a test issuer', () => {
  it.each(['rfc9068', 'keycloak'] as const)(
    'are accepted by its resource server, with the profile %s',
    async (profile) => {
      await using issuer = createTestIssuer({ profile, clock: createTestClock() })
      const server = issuer.resourceServer({ requiredScopes: ['mcp:tools'] })
      const token = await server.verify(await issuer.token({ scopes: ['mcp:tools'] }))
      expect(token).toMatchObject({ subject: 'test-user', scopes: ['mcp:tools'] })
      const opaque = await server.verify(issuer.opaqueToken({ scopes: ['mcp:tools'] }))
      expect(opaque).toMatchObject({ format: 'opaque', clientId: 'test-client' })
    },
  )

  it('look like those of Keycloak, lightweight ones as well', async () => {
    await using issuer = createTestIssuer({ profile: 'keycloak' })
    const options = { roles: ['admin'], scopes: ['mcp:tools'], audience: [issuer.resource] }
    const token = await issuer.token(options)
    expect(headerOf(token)).toEqual({ alg: 'ES256', kid: issuer.signingKey.keyId, typ: 'JWT' })
    expect(Object.keys(claimsOf(token)).sort()).toEqual(
      'acr aud azp exp iat iss jti realm_access scope sid sub typ'.split(' '),
    )
    expect(claimsOf(token)).toMatchObject({
      aud: issuer.resource,
      azp: 'test-client',
      typ: 'Bearer',
    })
    const light = await issuer.token({ ...options, lightweight: true })
    expect(Object.keys(claimsOf(light)).sort()).toEqual(
      'azp exp iat iss jti scope sid typ'.split(' '),
    )
    const verified = await issuer.resourceServer().verify(light)
    expect(verified).toMatchObject({ subject: 'test-user', audience: [issuer.resource] })
    const bound = await issuer.token({ dpop: 'a-thumbprint' })
    expect(claimsOf(bound)).toMatchObject({ typ: 'DPoP', cnf: { jkt: 'a-thumbprint' } })
    await expect(() => createTestIssuer().token({ lightweight: true })).rejects.toThrow(
      'the profile "rfc9068" has no lightweight tokens',
    )
  })

  it('come with a second RSA key, as in Keycloak, which signs nothing', async () => {
    const keys = [createTestKey({ algorithm: 'RS256' })]
    await using issuer = createTestIssuer({ profile: 'keycloak', keys })
    expect(issuer.keys.map(({ use, alg }) => `${use} ${alg}`)).toEqual([
      'sig RS256',
      'enc RSA-OAEP',
    ])
    expect((await issuer.resourceServer().verify(await issuer.token())).subject).toBe('test-user')
  })

  it('have a shape of your own', async () => {
    const profile = customProfile({
      name: 'acme',
      scopeClaims: ['scp'],
      clientIdClaims: ['cid'],
      requiredClaims: ['sub'],
      checkType: () => {},
    })
    await using issuer = createTestIssuer({
      profile: {
        profile,
        headerType: undefined,
        claims: ({ issuer: iss, subject, clientId, scopes, audience, expiresAt, issuedAt }) => ({
          ...{ iss, sub: subject, cid: clientId, scp: scopes },
          ...{ aud: audience, exp: expiresAt, iat: issuedAt },
        }),
      },
    })
    const token = await issuer.token({ scopes: ['read'], clientId: 'acme-client' })
    expect(headerOf(token)).not.toHaveProperty('typ')
    const verified = await issuer.resourceServer({ requiredScopes: ['read'] }).verify(token)
    expect(verified).toMatchObject({ clientId: 'acme-client', scopes: ['read'] })
  })

  it('are refused when they should be: expired, for another server, forged in six ways', async () => {
    await using issuer = createTestIssuer({ clock: createTestClock() })
    const server = issuer.resourceServer()
    expect(await reasonOf(server.verify(await issuer.token({ expiresIn: -60 })))).toBe(
      'token_expired',
    )
    const elsewhere = await issuer.token({ audience: 'https://other.example.com' })
    expect(await reasonOf(server.verify(elsewhere))).toBe('audience_mismatch')
    const reasons: Record<TestForgery, string> = {
      'foreign-key': 'signature_invalid',
      tampered: 'signature_invalid',
      stripped: 'token_malformed',
      unsigned: 'token_malformed',
      hmac: 'algorithm_refused',
      'embedded-key': 'signature_invalid',
    }
    for (const [forgery, reason] of Object.entries(reasons) as [TestForgery, string][]) {
      const forged = await issuer.forgedToken({ forgery })
      expect([forgery, await reasonOf(server.verify(forged))]).toEqual([forgery, reason])
      expect(await isActive(issuer, forged)).toBe(false)
    }
  })

  it('are bound to a DPoP key, and a request carries a proof of it', async () => {
    const clock = createTestClock()
    await using issuer = createTestIssuer({ clock })
    const server = issuer.resourceServer()
    const dpop = await createDpopKey({ clock })
    const token = await issuer.token({ dpop })
    const decide = async (options: Parameters<typeof testRequest>[0]) => {
      const { outcome, reason } = {
        reason: 'none',
        ...(await server.authenticate(await testRequest(options))),
      }
      return outcome === 'allowed' ? outcome : reason
    }
    expect(await decide({ token, dpop })).toBe('allowed')
    expect(await decide({ token })).toBe('sender_constraint_unmet')
    expect(await decide({ token, dpop: await createDpopKey({ clock }) })).toBe('dpop_key_mismatch')
    expect(await decide({ token, dpop, headers: { dpop: undefined } })).toBe('dpop_proof_missing')
    const late = await dpop.proof({ token, url: issuer.resource, claims: { iat: 1 } })
    expect(await decide({ token, dpop, headers: { dpop: late } })).toBe('dpop_proof_expired')
  })
})

describe('introspection, revocation and keys of a test issuer', () => {
  it('calls a token inactive that is revoked, expired, of a removed key, or not its own', async () => {
    const clock = createTestClock()
    await using issuer = createTestIssuer({ clock })
    const [one, other, third] = [await issuer.token(), issuer.opaqueToken(), await issuer.token()]
    issuer.revoke(one)
    expect(await isActive(issuer, one)).toBe(false)
    expect((await post(issuer, '/revoke', { token: other })).status).toBe(200)
    expect(await isActive(issuer, other)).toBe(false)
    expect(await isActive(issuer, third)).toBe(true)
    issuer.rotateKeys()
    expect(await isActive(issuer, third)).toBe(true)
    issuer.rotateKeys({ keepOld: false })
    expect(await isActive(issuer, third)).toBe(false)
    const fourth = await issuer.token()
    clock.advance(299)
    expect(await isActive(issuer, fourth)).toBe(true)
    clock.advance(1)
    expect(await isActive(issuer, fourth)).toBe(false)
    expect(await isActive(issuer, await issuer.token({ key: createTestKey() }))).toBe(false)
    expect(await isActive(issuer, 'garbage')).toBe(false)
    const earlier = await issuer.token()
    issuer.revokeAll()
    expect(await isActive(issuer, earlier)).toBe(false)
    clock.advance(1)
    expect(await isActive(issuer, await issuer.token())).toBe(true)
  })

  it.each(['/introspect', '/revoke', '/token'])(
    'refuses other credentials than those of its client at %s',
    async (path) => {
      await using issuer = createTestIssuer()
      const { clientId, clientSecret } = issuer.client
      const token = issuer.opaqueToken()
      const form = { token, grant_type: 'client_credentials' }
      for (const wrong of [
        { clientId, clientSecret: 'wrong' },
        { clientId: 'wrong', clientSecret },
        { clientId, clientSecret: '' },
      ]) {
        const answer = await post(issuer, path, form, wrong)
        expect(answer).toEqual({ status: 401, body: { error: 'invalid_client' } })
      }
      const inHeader = async (secret: string, more: Record<string, string> = {}) => {
        const credentials = [clientId, secret].map(encodeURIComponent).join(':')
        const answer = await issuer.fetch(`${issuer.issuer}${path}`, {
          method: 'POST',
          headers: { authorization: `Basic ${btoa(credentials)}` },
          body: new URLSearchParams({ ...form, token: 'another', ...more }),
        })
        return answer.status
      }
      expect(await inHeader(clientSecret)).toBe(200)
      expect(await inHeader('wrong')).toBe(401)
      // Two ways at once (RFC 6749 §2.3).
      expect(await inHeader(clientSecret, { client_secret: clientSecret })).toBe(401)
      expect(await isActive(issuer, token)).toBe(true)
    },
  )

  it('issues tokens to its client, and exchanges tokens that are active', async () => {
    await using issuer = createTestIssuer()
    const server = issuer.resourceServer()
    const own = await post(issuer, '/token', { grant_type: 'client_credentials', scope: 'a b' })
    expect(await server.verify(own.body.access_token)).toMatchObject({
      subject: issuer.client.clientId,
      scopes: ['a', 'b'],
    })
    const grant = 'urn:ietf:params:oauth:grant-type:token-exchange'
    const subject = await issuer.token({ subject: 'alice' })
    const exchange = { grant_type: grant, subject_token: subject, audience: 'orders-api' }
    const exchanged = await post(issuer, '/token', exchange)
    expect(claimsOf(exchanged.body.access_token)).toMatchObject({ sub: 'alice', aud: 'orders-api' })
    issuer.revoke(subject)
    expect((await post(issuer, '/token', exchange)).body).toEqual({ error: 'invalid_request' })
  })

  it('rotates its keys: a server learns the new key, and forgets a key that is gone', async () => {
    const clock = createTestClock()
    await using issuer = createTestIssuer({ clock })
    const authorizationServer = issuer.authorizationServer({ verification: 'jwt' })
    const server = issuer.resourceServer({ authorizationServer, cache: false })
    const before = await issuer.token()
    expect(await reasonOf(server.verify(before))).toBe('allowed')
    clock.advance(11)
    issuer.rotateKeys()
    expect(await reasonOf(server.verify(await issuer.token()))).toBe('allowed')
    expect(await reasonOf(server.verify(before))).toBe('allowed')
    expect(issuer.requestsTo('keys')).toHaveLength(2)
    issuer.forgetRequests()
    expect(issuer.requestsTo('all')).toHaveLength(0)
    await expect(() => issuer.token({ key: 'no-such-key' })).rejects.toThrow(
      'has no key "no-such-key"',
    )
  })

  it('makes logout tokens that end a session at the endpoint of a gate', async () => {
    const clock = createTestClock()
    await using issuer = createTestIssuer({ clock })
    const authorizationServer = {
      issuer: 'https://sso.example.com',
      backchannelLogout: { clientIds: 'test-client' },
    }
    const gate = fetchGate(issuer.resourceServer({ authorizationServer }), async () =>
      Response.json('reached'),
    )
    const call = async (token: string) => (await gate(await testFetchRequest({ token }))).status
    const logOut = async (token: string) => {
      const body = new URLSearchParams({ logout_token: token })
      const url = `${issuer.resource}/backchannel-logout`
      return (await gate(new Request(url, { method: 'POST', body }))).status
    }
    const [one, other] = await Promise.all([
      issuer.token({ session: 'session-1' }),
      issuer.token({ session: 'session-2' }),
    ])
    const foreign = { session: 'session-1', key: createTestKey() }
    expect(await logOut(await issuer.logoutToken(foreign))).toBe(400)
    expect(await call(one)).toBe(200)
    expect(await logOut(await issuer.logoutToken({ session: 'session-1' }))).toBe(200)
    expect([await call(one), await call(other)]).toEqual([401, 200])
    // Without a session, every session of the user ends.
    expect(await logOut(await issuer.logoutToken({ subject: 'test-user' }))).toBe(200)
    expect(await call(other)).toBe(401)
  })

  it('signs its answers for a server that asks for it (RFC 9701)', async () => {
    await using issuer = createTestIssuer({ clock: createTestClock() })
    const credentials = { clientId: 'production', clientSecret: 'a-production-secret' }
    const introspection = {
      ...credentials,
      opaqueTokens: true,
      signedAnswers: 'required' as const,
    }
    const server = issuer.resourceServer({
      authorizationServer: { issuer: 'https://sso.example.com', introspection },
    })
    const token = issuer.opaqueToken()
    expect(await server.verify(token)).toMatchObject({ subject: 'test-user' })
    expect(await reasonOf(server.verify(issuer.opaqueToken({ expiresIn: -1 })))).toBe(
      'token_inactive',
    )
    using _change = issuer.replaceAnswer('introspection', async (_request, usual) => {
      const { headers = {}, body } = await usual()
      return { headers, body: `${String(body).slice(0, -4)}AAAA` }
    })
    expect(await reasonOf(server.verify(issuer.opaqueToken()))).toBe('introspection_answer_invalid')
  })
})

describe('what a test changes of an issuer', () => {
  it('changes its metadata, and fails in parts; the last change counts', async () => {
    await using issuer = createTestIssuer()
    issuer.changeMetadata({ introspection_endpoint: undefined, x_more: true })
    const url = `${issuer.issuer}/.well-known/oauth-authorization-server`
    const metadata = await (await issuer.fetch(url)).json()
    expect(metadata).toMatchObject({ issuer: issuer.issuer, x_more: true })
    expect(metadata).not.toHaveProperty('introspection_endpoint')
    const first = issuer.outage({ of: ['keys', 'introspection'] })
    const second = issuer.outage({
      of: 'keys',
      how: { status: 429, headers: { 'retry-after': '9' } },
    })
    const status = async () => (await issuer.fetch(`${issuer.issuer}/jwks`)).status
    expect(await status()).toBe(429)
    await second.end()
    expect(await status()).toBe(503)
    await first.end()
    await first.end()
    expect(await status()).toBe(200)
  })

  it('names a wrong endpoint and a wrong failure, with the nearest one', async () => {
    await using issuer = await startTestIssuer()
    expect(() => issuer.outage({ of: 'key' as 'keys' })).toThrow(
      'startTestIssuer: there is no endpoint "key" (did you mean "keys"?)',
    )
    expect(() => issuer.outage({ how: 'refuse' as 'refused' })).toThrow(
      'there is no failure "refuse" (did you mean "refused"?)',
    )
    expect(() => issuer.requestsTo('metdata' as 'metadata')).toThrow('(did you mean "metadata"?)')
    expect(() => issuer.outage({ of: 'keys', how: 'refused' })).toThrow(
      'one port cannot refuse the connections of "keys" alone',
    )
  })
})

describe('bad input of a test issuer', () => {
  it('is named, with the nearest option', () => {
    expect(() => createTestIssuer({ scope: ['a'] } as object)).toThrow(
      /no option `scope`.*`scopes`/,
    )
    expect(() => createTestIssuer({ profile: 'auth1' as 'keycloak' })).toThrow(
      'option `profile` must be "rfc9068"',
    )
    expect(() => createTestIssuer({ keys: [] })).toThrow('option `keys` is empty')
    expect(() => createTestKey({ algorithm: 'HS256' as 'ES256' })).toThrow(
      'option `algorithm` must be one of',
    )
    expect(() => createTestIssuer({ client: { clientId: '', clientSecret: 'x' } })).toThrow(
      'client.clientId',
    )
    expect(() => createTestIssuer({ issuer: 'nonsense' })).toThrow('option `issuer`')
  })

  it('has a defined result in a token', async () => {
    await using issuer = createTestIssuer({ clock: createTestClock() })
    const circle: Record<string, unknown> = {}
    circle.self = circle
    const wrong: readonly [string, object, RegExp][] = [
      ['a claim that no JSON has', { claims: { a: 1n } }, /cannot be written as JSON/],
      ['a circle', { claims: circle }, /cannot be written as JSON/],
      ['an unknown option', { scope: ['a'] }, /no option `scope`.*`scopes`/],
      ['a lifetime that is none', { expiresIn: Number.NaN }, /option `expiresIn`/],
      ['a lifetime without end', { expiresIn: Number.POSITIVE_INFINITY }, /option `expiresIn`/],
      ['scopes as a text', { scopes: 'a b' }, /option `scopes`/],
      ['a key that is none', { key: {} }, /option `key`/],
    ]
    for (const [, options, message] of wrong) {
      await expect(async () => issuer.token(options)).rejects.toThrow(message)
    }
    expect(claimsOf(await issuer.token({ scopes: [] })).scope).toBe('')
    const huge = await issuer.token({ claims: { padding: 'x'.repeat(100_000) } })
    expect(await reasonOf(issuer.resourceServer().verify(huge))).toBe('token_too_long')
  })

  it('is not needed for a warning: the kit says so when it is used in production, once', async () => {
    vi.resetModules()
    vi.stubEnv('NODE_ENV', 'production')
    try {
      const kit = await import('../../../src/testing/index.ts')
      expect(warnings).toEqual([])
      kit.createTestIssuer()
      kit.createTestIssuer()
      expect(warnings.map(([, code]) => code)).toEqual(['TESTING_IN_PRODUCTION'])
    } finally {
      vi.unstubAllEnvs()
    }
  })

  it('does not keep a port open', async () => {
    const issuer = await startTestIssuer({ issuer: 'https://issuer.test/realms/acme' })
    expect(issuer.issuer).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/realms\/acme$/)
    expect((await issuer.resourceServer().verify(await issuer.token())).issuer).toBe(issuer.issuer)
    await issuer[Symbol.asyncDispose]()
    await expect(fetch(`${issuer.issuer}/jwks`)).rejects.toThrow()
  })
})
