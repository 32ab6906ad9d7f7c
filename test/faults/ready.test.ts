import { inspect } from 'node:util'
import {
  createHybridVerifier,
  createIntrospectionVerifier,
  createResourceServer,
} from '../../src/index.ts'
import { keycloak, keycloakProfile } from '../../src/keycloak/index.ts'
import { html, inactive, json, raw, redirect, status } from '../support/issuers/answers.ts'
import { startAuthorizationServer } from '../support/issuers/authorization-server.ts'
import { describe, expect, it } from '../support/issuers/it.ts'
import {
  CREDENTIALS,
  type LocalIssuer,
  RESOURCE,
  startIssuer,
} from '../support/issuers/local-issuer.ts'
import type { Answer } from '../support/issuers/loopback-server.ts'

const failureOf = (ready: Promise<void> | undefined): Promise<unknown> =>
  Promise.resolve(ready).then(
    () => 'ready',
    (error: unknown) => error,
  )

describe('at a real authorization server ready()', () => {
  const gateFor = (issuer: string, clientId: string, clientSecret: string) =>
    createResourceServer({
      resource: RESOURCE,
      authorizationServer: {
        issuer,
        verification: 'introspection',
        introspection: { clientId, clientSecret },
      },
    })

  it('RFC7662-1: passes with the right credentials', async () => {
    await using server = await startAuthorizationServer()
    const gate = gateFor(server.issuer, server.clientId, server.clientSecret)
    await gate.ready()
    await gate.close()
  })

  it.each([
    ['secret', 'mcp-server', 'not-the-secret-of-this-client'],
    ['id', 'nobody-knows-me', 'the-right-secret'],
  ])(
    'S1.8 RFC7662-3: fails with a wrong client %s, names both options, and shows no secret',
    async (what, id, secret) => {
      await using server = await startAuthorizationServer()
      const gate = gateFor(server.issuer, what === 'secret' ? server.clientId : id, secret)
      const failure = await failureOf(gate.ready())
      expect(failure).toMatchObject({
        name: 'UnavailableError',
        reason: 'introspection_refused_us',
        message: expect.stringContaining(
          '`authorizationServer.introspection.clientId` and `authorizationServer.introspection.clientSecret`',
        ),
      })
      expect(inspect(failure)).not.toContain(secret)
      await gate.close()
    },
  )
})

describe('ready()', () => {
  const readied = async (
    answer: Answer,
    ready: (issuer: LocalIssuer) => Promise<void> | undefined,
  ) => {
    await using issuer = await startIssuer()
    issuer.introspection.answers(answer)
    return { failure: await failureOf(ready(issuer)), issuer }
  }
  const hybrid = (issuer: LocalIssuer) =>
    issuer.gate({ introspection: CREDENTIALS, profile: keycloakProfile }).ready()

  it('S1.8: introspects a made-up token, a new one on each call', async ({ issuer }) => {
    issuer.introspection.answers(inactive())
    const gate = await issuer.readyGate({ introspection: CREDENTIALS })
    await gate.ready()
    const tokens = issuer.introspection
      .received()
      .map(({ body }) => new URLSearchParams(body).get('token'))
    expect(new Set(tokens).size).toBe(2)
    for (const token of tokens) expect(token).toMatch(/^made-up-.{36}$/)
  })

  it('sends nothing where introspection is not configured', async ({ issuer }) => {
    await issuer.gate().ready()
    expect(issuer.introspection.count()).toBe(0)
  })

  const SECRET = '`authorizationServer.introspection.clientSecret`'
  it.each<[string, Answer, string, string[]]>([
    ['401', status(401), 'introspection_refused_us', ['HTTP 401', SECRET]],
    [
      '401 that says why',
      raw('{"error":"invalid_client"}', 'application/json', 401),
      'introspection_refused_us',
      ['error "invalid_client"', SECRET],
    ],
    [
      '400 that says why',
      raw('{"error":"invalid_client"}', 'application/json', 400),
      'introspection_refused_us',
      ['HTTP 400, error "invalid_client"', SECRET],
    ],
    [
      '403, as of a public client',
      status(403),
      'introspection_refused_us',
      ['HTTP 403', 'Client authentication on'],
    ],
    [
      '404',
      status(404),
      'introspection_unavailable',
      ['HTTP 404', '`authorizationServer.introspection.endpoint`'],
    ],
    [
      '405',
      status(405),
      'introspection_unavailable',
      ['HTTP 405', '`authorizationServer.introspection.endpoint`'],
    ],
    ['500', status(500), 'introspection_unavailable', ['HTTP 500']],
    ['a redirect', redirect('https://x.example/'), 'introspection_unavailable', ['HTTP 302']],
    ['an HTML page', html(), 'introspection_answer_invalid', ['not application/json']],
    ['no "active"', json({}), 'introspection_answer_invalid', ['"active"']],
  ])(
    'RFC7662-3: fails and says what is wrong when introspection answers %s',
    async (_what, answer, reason, words) => {
      const { failure } = await readied(answer, hybrid)
      expect(failure).toMatchObject({ name: 'UnavailableError', reason })
      for (const word of words) {
        expect(failure).toMatchObject({ message: expect.stringContaining(word) })
      }
      expect(inspect(failure)).not.toContain(CREDENTIALS.clientSecret)
    },
  )

  it('RFC7662-2: fails when the server calls a made-up token active', async () => {
    const { failure } = await readied(json({ active: true }), hybrid)
    expect(failure).toMatchObject({
      reason: 'introspection_answer_invalid',
      message: expect.stringContaining('a made-up token is active'),
    })
  })

  it('names the options as they are written for resource servers, keycloak() and verifiers', async () => {
    const messages = await Promise.all(
      [
        (issuer: LocalIssuer) =>
          issuer
            .gate({ introspection: { ...CREDENTIALS, endpoint: `${issuer.server.origin}/none` } })
            .ready(),
        (issuer: LocalIssuer) =>
          createResourceServer({
            resource: RESOURCE,
            authorizationServer: keycloak(issuer.issuer, CREDENTIALS),
          }).ready(),
        (issuer: LocalIssuer) =>
          issuer
            .gate({ introspection: { clientId: 'me', authentication: { authenticate: () => {} } } })
            .ready(),
        ({ issuer }: LocalIssuer) =>
          createHybridVerifier({
            issuer,
            audience: RESOURCE,
            introspection: CREDENTIALS,
          }).ready?.(),
        ({ issuer }: LocalIssuer) =>
          createIntrospectionVerifier({
            issuer,
            audience: RESOURCE,
            introspection: CREDENTIALS,
          }).ready?.(),
      ].map(async (ready, at) => {
        await using issuer = await startIssuer(at === 1 ? { path: '/realms/acme' } : {})
        issuer.introspection.answers(status(401))
        return (await failureOf(ready(issuer))) as Error
      }),
    )
    const [endpoint, realm, own, ...verifiers] = messages.map(({ message }) => message)
    expect(endpoint).toContain(
      '`authorizationServer.introspection.endpoint` is not an introspection endpoint',
    )
    expect(realm).toContain('with keycloak() these are `clientId`, and `clientSecret`')
    expect(own).toContain('`authorizationServer.introspection.authentication`')
    for (const message of verifiers) {
      expect(message).toContain('`introspection.clientId` and `introspection.clientSecret`')
    }
  })
})
