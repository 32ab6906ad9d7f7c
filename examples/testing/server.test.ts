/** Tests of a protected MCP server with node:test. Run them with `node --test server.test.ts`. */
import { match } from 'node:assert/strict'
import { after, test } from 'node:test'
import {
  assertAllowed,
  assertChallenged,
  assertRefused,
  assertUnavailable,
  createTestClock,
  createTestIssuer,
  recordDecisions,
  testFetchRequest,
  testRequest,
} from 'mcp-resource-server/testing'
import { createHandler, options } from './server.ts'

// #region first
const issuer = createTestIssuer({ resource: options.resource, scopes: ['mcp:tools'] })
const resourceServer = issuer.resourceServer(options)
after(() => issuer.close())

test('a good token is allowed, and an expired one is not', async () => {
  const token = await issuer.token({ subject: 'alice' })
  assertAllowed(await resourceServer.authenticate(await testRequest({ token })))

  const expired = await issuer.token({ expiresIn: -60 })
  const decision = await resourceServer.authenticate(await testRequest({ token: expired }))
  assertChallenged(decision, { status: 401, reason: 'token_expired' })
})
// #endregion

// #region policy
test('only administrators may purge', async () => {
  const message = { method: 'tools/call', params: { name: 'purge', arguments: {} } }
  const purge = async (roles: string[]) => {
    const token = await issuer.token({ roles })
    return resourceServer.authenticate(await testRequest({ token, message }))
  }
  assertAllowed(await purge(['admin']))
  assertRefused(await purge(['reader']), { reason: 'operation_denied' })
})
// #endregion

// #region whole
test('the whole server answers, and says why it does not', async () => {
  const record = recordDecisions()
  const server = createHandler(resourceServer)
  const message = { method: 'tools/call', params: { name: 'who_am_i', arguments: {} } }

  const token = await issuer.token({ subject: 'alice' })
  const response = await server(await testFetchRequest({ token, message }))
  await assertAllowed(response)
  match(await response.text(), /You are alice\./)

  const forged = await issuer.forgedToken()
  const refusal = await server(await testFetchRequest({ token: forged, message }))
  await assertChallenged(refusal, { status: 401, reason: 'signature_invalid' })
  record[Symbol.dispose]()
})
// #endregion

// #region outage
test('an outage of the authorization server is a 503, and never a 401', async () => {
  const clock = createTestClock()
  const own = createTestIssuer({ resource: options.resource, scopes: ['mcp:tools'], clock })
  const server = own.resourceServer(options)
  const outage = own.outage()
  const request = await testRequest({ token: await own.token() })
  assertUnavailable(await server.authenticate(request), { reason: 'discovery_failed' })

  await outage.end()
  clock.advance(10) // The server asks again after a pause.
  assertAllowed(await server.authenticate(request))
  await own.close()
})
// #endregion
