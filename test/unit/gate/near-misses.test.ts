import { expect, it } from 'vitest'
import { DECISION_CHANNEL, type DecisionEvent } from '../../../src/telemetry/events.ts'
import { createVerifiedToken } from '../../../src/verification/create-verified-token.ts'
import { collectEvents } from '../../support/events.ts'
import {
  bearer,
  ISSUER,
  NOW,
  request,
  rsaKey,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'
import { collectWarnings } from '../../support/warnings.ts'

const events = collectEvents<DecisionEvent>(DECISION_CHANNEL)
const warnings = collectWarnings()

it.each([
  ['audience_slash', { aud: 'https://mcp.example.com/mcp/' }],
  ['audience_origin', { aud: ['https://mcp.example.com/'] }],
  ['audience_client', { aud: 'inspector' }],
  ['audience_generic', { aud: 'account' }],
  ['issuer_slash', { iss: `${ISSUER}/` }],
  ['issuer_host', { iss: 'http://keycloak:8080/realms/acme' }],
])('S1.13 MCP-14: %s is refused, and only the operator learns why', async (nearMiss, claims) => {
  const decision = await testResourceServer().authenticate(bearer(await signToken({ claims })))
  if (decision.outcome !== 'challenged') expect.fail(decision.outcome)
  expect(decision).toMatchObject({
    status: 401,
    nearMiss,
    detail: expect.stringContaining('To mend it:'),
  })
  expect(events).toMatchObject([{ nearMiss, detail: decision.detail }])
  const sent = JSON.stringify([decision.headers, decision.body])
  expect(sent).not.toMatch(/mend|differ|near|keycloak:8080|account/i)
})

it('MCP-14: a near miss with several issuers is named too', async () => {
  const server = testResourceServer({
    authorizationServer: [
      { issuer: ISSUER, keys: { keys: [rsaKey.publicKey] } },
      { issuer: 'https://other.example/realms/acme', keys: { keys: [rsaKey.publicKey] } },
    ],
  })
  const token = await signToken({ claims: { iss: 'https://other.example/realms/acme/' } })
  expect(await server.authenticate(bearer(token))).toMatchObject({
    reason: 'issuer_unknown',
    nearMiss: 'issuer_slash',
  })
})

it('the client claim of the profile counts', async () => {
  const server = testResourceServer({
    server: { profile: { name: 'acme', clientIdClaims: ['cid'] } },
  })
  const token = await signToken({ claims: { aud: 'agent', cid: 'agent' } })
  expect(await server.authenticate(bearer(token))).toMatchObject({ nearMiss: 'audience_client' })
})

const scopeful = (scope: string, more = {}) => signToken({ claims: { scope, ...more } })

it('scope_lost: a later token of the same client and user lacks a scope that it had', async () => {
  const server = testResourceServer()
  await server.authenticate(bearer(await scopeful('mcp:tools other')))
  const refreshed = await server.authenticate(bearer(await scopeful('other', { iat: NOW - 10 })))
  expect(refreshed).toMatchObject({ status: 403, reason: 'scope_missing', nearMiss: 'scope_lost' })
  expect(events.at(-1)?.detail).toContain('earlier token of the same client and user')
})

it.each([
  ['another user', { iat: NOW - 10, sub: 'bob' }],
  ['another client', { iat: NOW - 10, client_id: 'another' }],
  ['an older token', { iat: NOW - 100 }],
])('no scope is lost: %s', async (_name, more) => {
  const server = testResourceServer()
  await server.authenticate(bearer(await scopeful('mcp:tools')))
  const decision = await server.authenticate(bearer(await scopeful('other', more)))
  expect(decision).toMatchObject({ reason: 'scope_missing', nearMiss: undefined })
})

it('scope_lost: an earlier token without a time of issue counts from its first use', async () => {
  const verifier = {
    verify: async (text: string) =>
      createVerifiedToken({
        issuer: ISSUER,
        subject: 'alice',
        expiresAt: NOW + 300,
        scopes: text === 'one' ? ['mcp:tools'] : [],
        issuedAt: text === 'one' ? undefined : NOW + 1,
      }),
  }
  const server = testResourceServer({ verifier })
  expect(await server.authenticate(bearer('one'))).toMatchObject({ outcome: 'allowed' })
  expect(await server.authenticate(bearer('two'))).toMatchObject({ nearMiss: 'scope_lost' })
})

it('no scope is lost that the token never had', async () => {
  const server = testResourceServer()
  await server.authenticate(bearer(await scopeful('other more')))
  const decision = await server.authenticate(bearer(await scopeful('other', { iat: NOW - 10 })))
  expect(decision).toMatchObject({ reason: 'scope_missing', nearMiss: undefined })
})

const accept = 'application/json, text/event-stream'

it('request_path: an MCP client calls another path than that of `resource`, said once', async () => {
  const server = testResourceServer()
  for (const url of ['/api/mcp', '/sse', '/mcpx', 'https://mcp.example.com/messages?a=1']) {
    const decision = await server.authenticate({ method: 'POST', url, headers: { accept } })
    expect(decision, url).toMatchObject({
      status: 401,
      reason: 'credentials_missing',
      nearMiss: 'request_path',
    })
  }
  expect(warnings).toEqual([
    [expect.stringContaining('the path "/api/mcp"'), 'MCP_REQUEST_AT_ANOTHER_PATH'],
  ])
  expect(warnings[0]?.[0]).toContain('the path of `resource` is "/mcp"')
  expect(events[0]?.detail).toBe(warnings[0]?.[0])
})

it.each([
  ['the path itself', '/mcp', accept],
  ['a final slash', '/mcp/', accept],
  ['a query', '/mcp?x=1', accept],
  ['below', '/mcp/messages', accept],
  ['what a proxy leaves', '/', accept],
  ['a browser', '/favicon.ico', 'image/*'],
  ['a URL that cannot be read', 'http://[', accept],
  ['a proxy that cuts the path', '/mcp', accept, '/api/mcp'],
  ['a proxy that cuts the path, and a final slash', '/mcp/', accept, '/api/mcp'],
  ['a path without the final slash of `resource`', '/mcp', accept, '/mcp/'],
  ['a stream, which is opened later', '/sse', accept, '/mcp', 'GET'],
])('request_path is not said of %s', async (...row) => {
  const [, url, accepted, path = '/mcp', method = 'POST'] = row
  const resource = `https://mcp.example.com${path}`
  const asked = { method, url, headers: { accept: accepted } }
  const decision = await testResourceServer({ resource }).authenticate(asked)
  expect(decision).toMatchObject({ reason: 'credentials_missing', nearMiss: undefined })
  expect(warnings).toEqual([])
})

it('request_path is said of a client that accepts its types in several fields', async () => {
  const headers = { accept: ['application/json', 'text/event-stream'] }
  const decision = await testResourceServer().authenticate({ method: 'POST', url: '/sse', headers })
  expect(decision).toMatchObject({ nearMiss: 'request_path' })
})

it.each(['Bearer x', 'Basic dTpw', 'Bearer'])(
  'request_path is not said of a request with credentials: %s',
  async (authorization) => {
    const headers = { authorization, accept }
    const decision = await testResourceServer().authenticate(
      request(undefined, { url: '/sse', headers }),
    )
    expect(decision).toMatchObject({ nearMiss: undefined })
    expect(warnings).toEqual([])
  },
)

it('request_path is not said of a refusal that is no challenge', async () => {
  const headers = { accept, origin: 'https://evil.example.com' }
  const decision = await testResourceServer().authenticate({ method: 'POST', url: '/sse', headers })
  expect(decision).toMatchObject({ reason: 'origin_refused' })
  expect(warnings).toEqual([])
})
