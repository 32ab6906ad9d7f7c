import { allowed, ask, unavailable } from '../support/decisions.ts'
import {
  drip,
  html,
  huge,
  inactive,
  json,
  raw,
  redirect,
  resetAfterHeaders,
  resetBeforeHeaders,
  silent,
  status,
} from '../support/issuers/answers.ts'
import { describe, expect, it } from '../support/issuers/it.ts'
import { CREDENTIALS, type LocalIssuer, startIssuer } from '../support/issuers/local-issuer.ts'
import { type Answer, deadOrigin, type LoopbackServer } from '../support/issuers/loopback-server.ts'

const FORMS = (path: string) => [
  `/.well-known/oauth-authorization-server${path}`,
  `${path}/.well-known/openid-configuration`,
  `/.well-known/openid-configuration${path}`,
]

/** Sends one request with a good token through a new gate, and returns the decision. */
async function firstRequest(issuer: LocalIssuer, http: { timeout?: number } = {}) {
  return ask(issuer.gate({}, { http }), await issuer.token())
}

describe('the URLs of the metadata', () => {
  it.each([
    ...FORMS('').map((form) => ['', form]),
    ...FORMS('/realms/acme').map((form) => ['/realms/acme', form]),
  ])('RFC9068-2: of an issuer with the path "%s", at %s alone', async (path = '', form = '') => {
    await using issuer = await startIssuer({ path })
    issuer.discovery.answers(status(404))
    issuer.server.on(form, json(issuer.metadata()))
    expect(await firstRequest(issuer)).toMatchObject(allowed)
    expect(issuer.keys.count()).toBe(1)
  })

  it.each([
    ['404', status(404)],
    ['500', status(500)],
    ['an HTML page', html()],
    ['a reset', resetBeforeHeaders()],
    ['another issuer’s document', json({ issuer: 'https://other.example.com' })],
  ])(
    'S4: metadata is fetched from the next URL when the first one answers with %s',
    async (_what, answer) => {
      await using issuer = await startIssuer({ path: '/realms/acme' })
      issuer.discovery.answers(answer)
      issuer.server.on('/realms/acme/.well-known/openid-configuration', json(issuer.metadata()))
      expect(await firstRequest(issuer)).toMatchObject(allowed)
    },
  )

  it('fetches the metadata once for keys and introspection together', async ({ issuer }) => {
    issuer.introspection.answers(inactive())
    const gate = await issuer.readyGate({ introspection: CREDENTIALS, confirm: 'never' })
    for (let count = 0; count < 5; count += 1) {
      expect(await ask(gate, await issuer.token())).toMatchObject(allowed)
      issuer.clock.advance(60)
    }
    expect(issuer.discovery.count()).toBe(1)
  })
})

describe('the issuer in the metadata', () => {
  it.each([
    ['a slash at the end alone', (issuer: string) => `${issuer}/`],
    ['another realm', (issuer: string) => issuer.replace('acme', 'other')],
    ['upper case', (issuer: string) => issuer.replace('acme', 'ACME')],
    ['another scheme', (issuer: string) => issuer.replace('http:', 'https:')],
  ])(
    'S1.11: an issuer with %s is another issuer: 503, and the message names both',
    async (_what, change) => {
      await using issuer = await startIssuer({ path: '/realms/acme' })
      const said = change(issuer.issuer)
      for (const form of FORMS('/realms/acme')) {
        issuer.server.on(form, json(issuer.metadata({ issuer: said })))
      }
      const decision = await firstRequest(issuer)
      expect(decision).toEqual(unavailable('discovery_failed'))
      expect(decision).toMatchObject({
        detail: expect.stringContaining(
          `"issuer" is ${JSON.stringify(said)}, configured is ${JSON.stringify(issuer.issuer)}`,
        ),
      })
      expect(issuer.keys.count()).toBe(0)
    },
  )

  it.each([
    ['none', undefined],
    ['a list', ['https://sso.example.com']],
    ['null', null],
  ])('S1.11: metadata with %s as "issuer" is refused', async (_what, said) => {
    await using issuer = await startIssuer()
    issuer.discovery.answers(json(issuer.metadata({ issuer: said })))
    expect(await firstRequest(issuer)).toEqual(unavailable('discovery_failed'))
  })

  it('S1.11: metadata with "issuer" twice is refused', async ({ issuer }) => {
    const twice = JSON.stringify(issuer.metadata()).replace('{', '{"issuer":"https://x.example",')
    issuer.discovery.answers(raw(twice))
    expect(await firstRequest(issuer)).toEqual(unavailable('discovery_failed'))
  })
})

describe('the endpoints in the metadata', () => {
  it.each([
    ['no jwks_uri', undefined, 'no "jwks_uri"'],
    ['a number', 7, 'no "jwks_uri"'],
    ['no URL', 'keys', '"jwks_uri" is not an absolute URL'],
    ['plain http beyond loopback', 'http://sso.example.com/keys', '"jwks_uri" is plain http'],
    ['a file', 'file:///etc/keys.json', '"jwks_uri" is not an https URL'],
    ['credentials', 'https://me:pw@sso.example.com/keys', '"jwks_uri" contains credentials'],
  ])('S1.5 RFC8725-2: jwks_uri: %s', async (_what, uri, detail) => {
    await using issuer = await startIssuer()
    issuer.discovery.answers(json(issuer.metadata({ jwks_uri: uri })))
    const decision = await firstRequest(issuer)
    expect(decision).toEqual(unavailable('discovery_failed'))
    expect(decision).toMatchObject({ detail: expect.stringContaining(detail) })
  })

  it.each([
    ['none', undefined],
    ['plain http beyond loopback', 'http://sso.example.com/introspect'],
  ])('S1.5: introspection_endpoint: %s', async (_what, endpoint) => {
    await using issuer = await startIssuer()
    const metadata = issuer.metadata({ introspection_endpoint: endpoint })
    issuer.discovery.answers(json(metadata))
    const gate = issuer.gate({ introspection: CREDENTIALS })
    expect(await ask(gate, 'an-opaque-token')).toEqual(unavailable('discovery_failed'))
  })
})

describe('failures of the fetch', () => {
  const everywhere = (server: LoopbackServer, answer: Answer) => {
    for (const form of FORMS('')) server.on(form, answer)
  }

  it.each<[string, Answer, { timeout?: number }, string]>([
    ['an HTML page', html(), {}, 'not JSON'],
    ['a list', json([]), {}, 'not a JSON object'],
    ['nothing', raw(''), {}, 'not JSON'],
    ['an error', status(500), {}, 'HTTP 500'],
    ['a redirect', redirect('https://elsewhere.example/metadata'), {}, 'HTTP 302'],
    ['a refusal', status(403), {}, 'HTTP 403'],
    ['a slow body that never ends', drip(), { timeout: 0.2 }, 'timed out'],
    ['no answer', silent(), { timeout: 0.2 }, 'timed out'],
    ['a reset before the headers', resetBeforeHeaders(), {}, 'discovery of'],
    ['a reset after the headers', resetAfterHeaders(), {}, 'discovery of'],
  ])('RFC7662-3 RFC8725-2: %s is 503, not 401', async (_what, answer, http, detail) => {
    await using issuer = await startIssuer()
    everywhere(issuer.server, answer)
    const decision = await firstRequest(issuer, http)
    expect(decision).toEqual(unavailable('discovery_failed'))
    expect(decision).toMatchObject({ detail: expect.stringContaining(detail) })
    expect(issuer.keys.count()).toBe(0)
  })

  it('a body over the limit is not read to its end, even if it is valid', async ({ issuer }) => {
    everywhere(issuer.server, huge(issuer.metadata()))
    const decision = await firstRequest(issuer)
    expect(decision).toEqual(unavailable('discovery_failed'))
    expect(decision).toMatchObject({ detail: expect.stringContaining('maxResponseSize') })
  })

  it('without a server the answer is 503, and ready() fails at start-up', async ({ issuer }) => {
    const gate = issuer.gate()
    await issuer.server.stop()
    await expect(gate.ready()).rejects.toMatchObject({
      name: 'UnavailableError',
      reason: 'discovery_failed',
      message: expect.stringContaining('ECONNREFUSED'),
    })
    expect(await ask(gate, await issuer.token())).toEqual(unavailable('discovery_failed'))
  })

  it('with jwksUri no metadata is fetched', async ({ issuer }) => {
    everywhere(issuer.server, status(500))
    const gate = issuer.gate({ jwksUri: issuer.keys.url })
    expect(await ask(gate, await issuer.token())).toMatchObject(allowed)
    expect(issuer.discovery.count()).toBe(0)
    const dead = issuer.gate({ jwksUri: `${await deadOrigin()}/keys` })
    expect(await ask(dead, await issuer.token())).toEqual(unavailable('key_set_unavailable'))
  })
})
