import type { ClientAuthentication, IntrospectionOptions } from '../../src/index.ts'
import { allowed, ask, unavailable } from '../support/decisions.ts'
import { status } from '../support/issuers/answers.ts'
import { describe, expect, it } from '../support/issuers/it.ts'
import { CREDENTIALS, type LocalIssuer, startIssuer } from '../support/issuers/local-issuer.ts'

/** One request by introspection, and what the endpoint saw of it. */
async function onTheWire(
  issuer: LocalIssuer,
  introspection: IntrospectionOptions,
  token = 'opaque',
) {
  issuer.introspection.answers(issuer.active())
  const gate = issuer.gate({ verification: 'introspection', introspection })
  expect(await ask(gate, token)).toMatchObject(allowed)
  const [received] = issuer.introspection.received()
  if (received === undefined) throw new Error('nothing came')
  return { ...received, form: new URLSearchParams(received.body) }
}

describe('the introspection request', () => {
  it('RFC7662-1: is a POST of a form, with the token in the body', async ({ issuer }) => {
    const { method, url, contentType, form, headers } = await onTheWire(issuer, CREDENTIALS)
    expect(method).toBe('POST')
    expect(url).toBe(issuer.introspection.path)
    expect(contentType).toBe('application/x-www-form-urlencoded')
    expect(headers.accept).toBe('application/json')
    expect([...form]).toEqual([
      ['token', 'opaque'],
      ['token_type_hint', 'access_token'],
    ])
  })

  it('RFC7662-1: escapes characters of a token that a form reserves', async ({ issuer }) => {
    const token = 'a+b/c~d.e-f_g=='
    const { form, body } = await onTheWire(issuer, CREDENTIALS, token)
    expect(form.get('token')).toBe(token)
    expect(body).not.toContain('a+b')
  })

  it('keeps the query of a configured endpoint', async ({ issuer }) => {
    const endpoint = `${issuer.introspection.url}?tenant=acme`
    const { url } = await onTheWire(issuer, { ...CREDENTIALS, endpoint })
    expect(url).toBe(`${issuer.introspection.path}?tenant=acme`)
    expect(issuer.discovery.count()).toBe(0)
  })

  it('needs no keys when introspection is the only verification', async ({ issuer }) => {
    await onTheWire(issuer, CREDENTIALS)
    expect(issuer.keys.count()).toBe(0)
  })

  it('RFC7662-6: is not sent for a token that is too long', async ({ issuer }) => {
    const gate = issuer.introspectingGate({ maxTokenLength: 100 })
    const decision = await ask(gate, 'x'.repeat(101))
    expect(decision).toMatchObject({ status: 401, reason: 'token_too_long' })
    expect(issuer.server.count()).toBe(0)
  })
})

describe('client_secret_basic', () => {
  it('RFC7662-7: is the default', async ({ issuer }) => {
    const { authorization } = await onTheWire(issuer, { clientId: 'me', clientSecret: 'secret' })
    expect(authorization).toBe(`Basic ${Buffer.from('me:secret').toString('base64')}`)
  })

  it.each([
    ['a colon', 'a:b', 'a%3Ab'],
    ['a percent sign', '100%', '100%25'],
    ['what looks encoded', '%3A', '%253A'],
    ['a blank', 'a b', 'a+b'],
    ['a plus', 'a+b', 'a%2Bb'],
    ['an umlaut', 'ü', '%C3%BC'],
    ['beyond the first plane', '🔑', '%F0%9F%94%91'],
    ['signs of a form', 'a&b=c', 'a%26b%3Dc'],
    ['a URL', 'https://mcp.example.com/mcp', 'https%3A%2F%2Fmcp.example.com%2Fmcp'],
    ['base64', 'q/w+e==', 'q%2Fw%2Be%3D%3D'],
  ])('RFC7662-7: %s is form-encoded in the id and in the secret', async (_what, text, encoded) => {
    await using issuer = await startIssuer()
    const { authorization, form } = await onTheWire(issuer, {
      clientId: text,
      clientSecret: `${text}!`,
      authentication: 'client_secret_basic',
    })
    const [scheme = '', credentials = ''] = authorization?.split(' ') ?? []
    expect(scheme).toBe('Basic')
    expect(Buffer.from(credentials, 'base64').toString()).toBe(`${encoded}:${encoded}%21`)
    expect(form.has('client_id')).toBe(false)
    expect(form.has('client_secret')).toBe(false)
  })
})

describe('client_secret_post', () => {
  it.each(['me', 'a:b', '100%', 'a b', 'a+b', 'ü', 'a&b=c', '🔑'])(
    'RFC7662-7: id and secret "%s" are in the form, and not in a header',
    async (text) => {
      await using issuer = await startIssuer()
      const { authorization, form } = await onTheWire(issuer, {
        clientId: text,
        clientSecret: `${text}!`,
        authentication: 'client_secret_post',
      })
      expect(authorization).toBeUndefined()
      expect(form.getAll('client_id')).toEqual([text])
      expect(form.getAll('client_secret')).toEqual([`${text}!`])
      expect(form.get('token')).toBe('opaque')
    },
  )
})

describe('a custom ClientAuthentication', () => {
  it('RFC7662-7: is called with the endpoint, headers and form of each call', async ({
    issuer,
  }) => {
    const urls: string[] = []
    const authentication: ClientAuthentication = {
      async authenticate({ headers, body, url }) {
        urls.push(url)
        headers['x-proof'] = `proof-${urls.length}`
        body.set('client_assertion', `assertion-${urls.length}`)
      },
    }
    issuer.introspection.answers(issuer.active())
    const introspection = { clientId: 'me', authentication }
    const gate = issuer.gate({ verification: 'introspection', introspection }, { cache: false })
    await ask(gate, 'opaque')
    await ask(gate, 'opaque')
    const endpoint = issuer.introspection.url
    expect(urls).toEqual([endpoint, endpoint])
    const received = issuer.introspection.received()
    expect(received.map(({ headers }) => headers['x-proof'])).toEqual(['proof-1', 'proof-2'])
    expect(received.map(({ body }) => new URLSearchParams(body).get('client_assertion'))).toEqual([
      'assertion-1',
      'assertion-2',
    ])
    expect(received.map(({ authorization }) => authorization)).toEqual([undefined, undefined])
  })

  it('that throws is 503 client_authentication_failed, and nothing is sent', async ({ issuer }) => {
    const authentication: ClientAuthentication = {
      authenticate: () => Promise.reject(new Error('no key in the vault')),
    }
    const endpoint = issuer.introspection.url
    const introspection = { clientId: 'me', authentication, endpoint }
    const gate = issuer.gate({ verification: 'introspection', introspection })
    expect(await ask(gate, 'opaque')).toEqual(unavailable('client_authentication_failed'))
    expect(issuer.server.count()).toBe(0)
  })
})

describe('credentials that are refused', () => {
  it.each([400, 401, 403])(
    'RFC7662-3: HTTP %i is 503, and only the log says to check the client id',
    async (code) => {
      await using issuer = await startIssuer()
      issuer.introspection.answers(status(code, { 'www-authenticate': 'Basic realm="as"' }))
      const decision = await ask(issuer.introspectingGate(), 'opaque')
      expect(decision).toEqual(unavailable('introspection_refused_us'))
      expect(decision).toMatchObject({ detail: expect.stringContaining('check the client id') })
      expect(JSON.stringify(decision)).not.toContain(CREDENTIALS.clientSecret)
    },
  )
})
