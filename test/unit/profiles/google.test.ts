import { describe, expect, it } from 'vitest'
import { google, googleProfile } from '../../../src/profiles/index.ts'
import { createIntrospectionVerifier } from '../../../src/verification/verifiers.ts'
import {
  type Claims,
  judge,
  NOW,
  RESOURCE,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'
import { GOOGLE_ANSWER, GOOGLE_CLIENT, vendorServer } from '../../support/vendor-tokens.ts'

const TOKEN = 'ya29.a0AfB_byDexample'
const EMAIL = 'https://www.googleapis.com/auth/userinfo.email'

interface Sent {
  readonly url: string
  readonly init: RequestInit | undefined
}

/** A server that accepts Google's tokens, the answer of tokeninfo, and what was sent there. */
function served(answer: () => Response, clientIds = [GOOGLE_CLIENT]) {
  const sent: Sent[] = []
  const fetch: typeof globalThis.fetch = async (url, init) => {
    sent.push({ url: String(url), init })
    return answer()
  }
  const server = vendorServer(google({ clientIds }), {
    requiredScopes: ['openid'],
    http: { fetch },
    cache: false,
  })
  return { server, sent }
}

const answering = (claims: Claims) => () => Response.json({ ...GOOGLE_ANSWER, ...claims })

async function refused(answer: () => Response, token = TOKEN) {
  const { server } = served(answer)
  return server.verify(token).catch((error) => error)
}

describe('a token of Google', () => {
  it('is accepted if it was issued to a client of ours', async () => {
    const { server, sent } = served(answering({}))
    expect(await server.verify(TOKEN)).toMatchObject({
      issuer: 'https://accounts.google.com',
      subject: '110169484474386276334',
      clientId: GOOGLE_CLIENT,
      audience: [GOOGLE_CLIENT],
      scopes: ['openid', EMAIL],
      expiresAt: NOW + 300,
      format: 'opaque',
      verifiedBy: 'introspection',
    })
    expect(sent).toHaveLength(1)
    expect(sent[0]).toMatchObject({
      url: 'https://oauth2.googleapis.com/tokeninfo',
      init: { method: 'POST', body: '', headers: { authorization: `Bearer ${TOKEN}` } },
    })
  })

  it('may be that of a service account, which has two dots', async () => {
    const { server } = served(answering({}))
    expect(await server.verify('ya29.c.b0AXexample')).toMatchObject({ format: 'opaque' })
  })

  it('expires by `expires_in` if the answer has no `exp`', async () => {
    const { server } = served(answering({ exp: undefined, expires_in: '120' }))
    expect(await server.verify(TOKEN)).toMatchObject({ expiresAt: NOW + 120 })
    const { server: numbers } = served(answering({ exp: undefined, expires_in: 60 }))
    expect(await numbers.verify(TOKEN)).toMatchObject({ expiresAt: NOW + 60 })
  })

  it.each<[string, Claims, string]>([
    ['of a client that is not ours', { aud: 'evil', azp: 'evil' }, 'audience_mismatch'],
    ['without an audience', { aud: undefined }, 'audience_missing'],
    ['that has expired', { exp: String(NOW - 60) }, 'token_expired'],
    ['without our scope', { scope: EMAIL }, 'scope_missing'],
    ['that is an ID token', { alg: 'RS256', kid: 'k' }, 'token_type_refused'],
    ['with an ID token hash', { at_hash: 'x' }, 'token_type_refused'],
    ['of another issuer', { iss: 'https://accounts.evil.example' }, 'issuer_unknown'],
    [
      'with an issuer, as ID tokens have',
      { iss: 'https://accounts.google.com' },
      'token_type_refused',
    ],
    ['bound to a key in an unknown way', { cnf: { kid: 'k' } }, 'confirmation_unknown'],
  ])('is refused: one %s', async (_name, claims, reason) => {
    expect(await refused(answering(claims))).toMatchObject({ reason })
  })

  it('of a foreign client: the message says what the mistake would be', async () => {
    const error = await refused(answering({ aud: 'other', azp: 'other' }))
    expect(error.message).toMatch(/issued to a client at Google that is not in `clientIds`/)
  })

  it('is never a JWT: such a token is not sent', async () => {
    const { server, sent } = served(answering({}))
    const idToken = await signToken({ claims: { iss: 'https://accounts.google.com' } })
    expect(await server.verify(idToken).catch((error) => error)).toMatchObject({
      reason: 'token_type_refused',
      message: expect.stringContaining('is it an ID token?'),
    })
    expect(sent).toEqual([])
  })

  it('cannot bring anything else into the header', async () => {
    const { server, sent } = served(answering({}))
    for (const token of ['ya29.a\r\nx-evil: 1', 'ya29 a', 'ya29.ä', 'ya29,b']) {
      expect(await server.verify(token).catch((error) => error.reason)).toBe('token_malformed')
    }
    expect(sent).toEqual([])
  })

  it.each<[string, number, unknown]>([
    ['invalid_token', 400, { error: 'invalid_token', error_description: 'Invalid Value' }],
    ['a description alone', 400, { error_description: 'Invalid Value' }],
    ['401', 401, { error: 'invalid_token' }],
  ])('is inactive where the endpoint says so: %s', async (_name, status, body) => {
    expect(await refused(() => Response.json(body, { status }))).toMatchObject({
      reason: 'token_inactive',
      status: 401,
    })
  })

  it.each<[string, () => Response, string]>([
    [
      '400 for another reason',
      () => Response.json({ error: 'invalid_request' }, { status: 400 }),
      'introspection_answer_invalid',
    ],
    [
      '400 without JSON',
      () => new Response('<html>', { status: 400 }),
      'introspection_answer_invalid',
    ],
    [
      '403',
      () => Response.json({ error: 'rate_limited' }, { status: 403 }),
      'introspection_unavailable',
    ],
    ['404', () => new Response('', { status: 404 }), 'introspection_unavailable'],
    ['429', () => new Response('', { status: 429 }), 'introspection_unavailable'],
    ['500', () => new Response('', { status: 500 }), 'introspection_unavailable'],
    ['no JSON', () => new Response('hello'), 'introspection_answer_invalid'],
    ['a list', () => Response.json([GOOGLE_ANSWER]), 'introspection_answer_invalid'],
    ['an error with 200', answering({ error: 'invalid_token' }), 'introspection_answer_invalid'],
    [
      'no time',
      answering({ exp: undefined, expires_in: undefined }),
      'introspection_answer_invalid',
    ],
    ['a word as time', answering({ exp: 'soon' }), 'introspection_answer_invalid'],
    ['a negative time', answering({ exp: '-1' }), 'introspection_answer_invalid'],
    ['a number as scope', answering({ scope: 7 }), 'introspection_answer_invalid'],
    ['an object as subject', answering({ sub: {} }), 'introspection_answer_invalid'],
    [
      'repeated members',
      () => new Response('{"aud":"a","aud":"b"}'),
      'introspection_answer_invalid',
    ],
  ])('cannot be checked, which is 503: %s', async (_name, answer, reason) => {
    const error = await refused(answer)
    expect(error).toMatchObject({ name: 'UnavailableError', reason })
    expect(error.message).not.toContain('byDexample')
  })

  it('is 503 also where the endpoint quotes the token', async () => {
    const error = await refused(() => Response.json({ error: TOKEN }, { status: 400 }))
    expect(error).toMatchObject({ reason: 'introspection_answer_invalid' })
    expect(error.message).not.toContain('byDexample')
  })
})

describe('the tokeninfo endpoint', () => {
  it('is tried at start-up with a made-up token', async () => {
    const invalid = () => Response.json({ error: 'invalid_token' }, { status: 400 })
    await expect(served(invalid).server.ready()).resolves.toBeUndefined()
    await expect(served(answering({})).server.ready()).rejects.toThrow('accepts a made-up token')
    await expect(served(() => new Response('', { status: 404 })).server.ready()).rejects.toThrow(
      'check `authorizationServer.0.tokenInfo.endpoint`',
    )
  })

  it.each([
    [{ introspection: { clientId: 'a', clientSecret: 'b' } }, 'introspection'],
    [{ verification: 'introspection' as const }, 'verification'],
    [{ confirm: 'always' as const }, 'confirm'],
  ])('cannot be combined with %o', (more, option) => {
    const server = { ...google({ clientIds: [GOOGLE_CLIENT] }), ...more }
    expect(() => testResourceServer({ authorizationServer: server })).toThrow(
      new RegExp(`option \`authorizationServer.${option}\` cannot be combined with \`tokenInfo\``),
    )
  })

  it('must have https', () => {
    const server = google({ clientIds: ['a'], endpoint: 'http://tokeninfo.example/x' })
    expect(() => testResourceServer({ authorizationServer: server })).toThrow(
      /option `authorizationServer.tokenInfo.endpoint`/,
    )
  })

  it('takes the opaque tokens beside an issuer of JWTs, and only one does', async () => {
    const jwts = { issuer: 'https://sso.example.com/realms/acme', keys: { keys: [] as never[] } }
    const made = google({ clientIds: [GOOGLE_CLIENT] })
    const other = { clientId: 'a', clientSecret: 'b', endpoint: 'https://sso.example.com/i' }
    expect(() =>
      testResourceServer({
        authorizationServer: [{ issuer: jwts.issuer, introspection: other }, made],
      }),
    ).toThrow(/`authorizationServer.1.tokenInfo` must be left out if another issuer/)
    const server = testResourceServer({
      authorizationServer: ['https://sso.example.com', made],
      requiredScopes: ['openid'],
      http: { fetch: async () => Response.json(GOOGLE_ANSWER) },
    })
    expect(await judge(TOKEN, server)).toMatchObject({ status: 200 })
  })

  it('is not for a verifier, which has no tokeninfo', () => {
    const options = {
      issuer: 'https://accounts.google.com',
      audience: RESOURCE,
      profile: googleProfile,
      tokenInfo: { endpoint: 'https://oauth2.googleapis.com/tokeninfo' },
    }
    expect(() => createIntrospectionVerifier(options as never)).toThrow(/no option `tokenInfo`/)
  })
})
