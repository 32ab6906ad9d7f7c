import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ResourceServer } from '../../src/index.ts'
import { createResourceServer } from '../../src/index.ts'
import { type KeycloakOptions, keycloak } from '../../src/keycloak/index.ts'
import { inactive, json, raw, status } from '../support/issuers/answers.ts'
import {
  CREDENTIALS,
  type LocalIssuer,
  RESOURCE,
  startIssuer,
} from '../support/issuers/local-issuer.ts'
import type { Answer } from '../support/issuers/loopback-server.ts'

const TOKEN = '/token'

let issuer: LocalIssuer
let gates: ResourceServer[] = []

beforeEach(async () => {
  issuer = await startIssuer({ path: '/realms/acme' })
  issuer.introspection.answers(inactive())
  publish({ scopes_supported: ['openid', 'mcp:tools'] })
})

afterEach(async () => {
  vi.restoreAllMocks()
  await Promise.all(gates.map((gate) => gate.close()))
  gates = []
  await issuer[Symbol.asyncDispose]()
})

function publish(changes: object): void {
  const token_endpoint = `${issuer.server.origin}${TOKEN}`
  issuer.discovery.answers(json(issuer.metadata({ token_endpoint, ...changes })))
}

/** Issues tokens with this audience. A request with `resource` gets another answer. */
function gives(aud: unknown, withResource: Answer): void {
  const token = ['{}', JSON.stringify({ aud }), ''].map((part) =>
    Buffer.from(part).toString('base64url'),
  )
  issuer.server.on(TOKEN, (received, response) => {
    const answer = received.body.includes('resource=')
      ? withResource
      : json({ access_token: token.join('.'), token_type: 'Bearer' })
    return answer(received, response)
  })
}

const INVALID_TARGET = raw('{"error":"invalid_target"}', 'application/json', 400)

/** The codes of the warnings at start-up, and their messages. */
async function start(
  options: KeycloakOptions = {},
  more: { requiredScopes?: readonly string[]; exclusiveAudience?: boolean } = {},
): Promise<{ codes: unknown[]; told: string }> {
  const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const gate = createResourceServer({
    resource: RESOURCE,
    authorizationServer: keycloak(issuer.issuer, { ...CREDENTIALS, ...options }),
    requiredScopes: ['mcp:tools'],
    ...more,
    clock: issuer.clock,
  })
  gates.push(gate)
  await gate.ready()
  return {
    codes: emit.mock.calls.map(([, more]) => (more as { code: string }).code),
    told: JSON.stringify(emit.mock.calls),
  }
}

describe('ready() warns of a realm that does not bind tokens to this server', () => {
  it('S1.11: does not warn when Keycloak gives our client no token', async () => {
    issuer.server.on(TOKEN, raw('{"error":"unauthorized_client"}', 'application/json', 400))
    expect(await start()).toMatchObject({ codes: [] })
  })

  it('S1.11: does not warn when a token has our audience only if it is requested', async () => {
    gives(['account'], INVALID_TARGET)
    expect(await start()).toMatchObject({ codes: [] })
  })

  it('S1.11: warns when the scope with our audience is a default scope', async () => {
    gives([RESOURCE, 'urn:mcp:no-resource'], INVALID_TARGET)
    expect(await start({}, { exclusiveAudience: true })).toMatchObject({
      codes: ['KEYCLOAK_SCOPE_BY_DEFAULT'],
    })
    gives(RESOURCE, json({ access_token: 'x' }))
    expect((await start()).codes).toContain('KEYCLOAK_SCOPE_BY_DEFAULT')
  })

  it.each([
    ['the second audience is missing', RESOURCE, true],
    ['exclusiveAudience is missing', [RESOURCE, 'urn:mcp:no-resource'], false],
    ['both are missing', RESOURCE, false],
  ])(
    'S1.11: warns when a token without `resource` is accepted here: %s',
    async (_what, aud, exclusiveAudience) => {
      gives(aud, INVALID_TARGET)
      const { codes } = await start({}, { exclusiveAudience })
      expect(codes).toEqual(['KEYCLOAK_SCOPE_BY_DEFAULT', 'KEYCLOAK_TOKEN_WITHOUT_RESOURCE'])
    },
  )

  it('S1.11: warns when the realm ignores `resource`', async () => {
    gives(undefined, json({ access_token: 'x' }))
    expect(await start()).toMatchObject({ codes: ['KEYCLOAK_NO_RESOURCE_INDICATORS'] })
  })

  it('warns of a required scope that the realm does not have', async () => {
    const { codes, told } = await start({}, { requiredScopes: ['mcp:tools', 'mcp:typo'] })
    expect(codes).toEqual(['KEYCLOAK_SCOPE_UNKNOWN'])
    expect(told).toContain('no scope mcp:typo,')
    issuer.server.on(TOKEN, raw('<html>', 'text/html'))
    expect((await start({}, { requiredScopes: ['mcp:typo'] })).codes).toContain(
      'KEYCLOAK_SCOPE_UNKNOWN',
    )
  })

  it('requests a token for the server’s own client, with client_credentials and nothing else', async () => {
    gives(RESOURCE, INVALID_TARGET)
    await start()
    const asked = issuer.server
      .received(TOKEN)
      .map(({ body }) => Object.fromEntries(new URLSearchParams(body)))
    expect(asked).toEqual([
      { grant_type: 'client_credentials' },
      { grant_type: 'client_credentials', resource: 'https://no-such-resource.invalid/' },
    ])
    const known = [issuer.discovery, issuer.keys, issuer.introspection]
    expect(issuer.server.count()).toBe(
      known.reduce((sum, endpoint) => sum + endpoint.count(), asked.length),
    )
  })

  it('S1.7: warnings contain neither the secret nor a token', async () => {
    gives(RESOURCE, json({ access_token: 'a-token-of-ours' }))
    const { codes, told } = await start()
    expect(codes).toHaveLength(2)
    expect(told).not.toContain(CREDENTIALS.clientSecret)
    expect(told).not.toMatch(/a-token-of-ours|e30/)
  })

  it.each<[string, Answer]>([
    ['HTML', raw('<html>', 'text/html')],
    ['no JSON', raw('{"access_token":')],
    ['a list', raw('[]')],
    ['an outage', status(503)],
    ['a closed connection', (_received, response) => void response.destroy()],
    ['a token that is no text', json({ access_token: { aud: RESOURCE } })],
    ['a token that is no JWT', json({ access_token: 'opaque' })],
    ['a token without a payload', json({ access_token: '..' })],
  ])('starts when the token endpoint answers with %s', async (_what, answer) => {
    issuer.server.on(TOKEN, answer)
    const { codes } = await start()
    expect(codes).not.toContain('KEYCLOAK_SCOPE_BY_DEFAULT')
  })

  it.each<[string, unknown]>([
    ['is missing', undefined],
    ['is no URL', 'token'],
    ['is plain http', 'http://sso.example.com/token'],
  ])('starts when the token endpoint %s', async (_what, token_endpoint) => {
    publish({ token_endpoint })
    expect(await start()).toMatchObject({ codes: [] })
  })

  it.each<[string, KeycloakOptions]>([
    ['it is switched off', { checkRealm: false }],
    ['no credentials are set', { clientId: undefined, clientSecret: undefined } as never],
  ])('requests no token where %s', async (_what, options) => {
    gives(RESOURCE, json({ access_token: 'x' }))
    await start(options)
    expect(issuer.server.count(TOKEN)).toBe(0)
  })

  it('fetches no metadata where the URLs are configured', async () => {
    gives(RESOURCE, json({ access_token: 'x' }))
    await start({
      jwksUri: issuer.keys.url,
      verification: 'jwt',
      clientId: undefined,
      clientSecret: undefined,
    } as never)
    expect(issuer.discovery.count()).toBe(0)
  })
})
