import assert from 'node:assert/strict'
import { createTestKey } from '../../src/testing/create-test-key.ts'
import { createTestClock } from '../../src/testing/test-clock.ts'
import { inactive } from '../support/issuers/answers.ts'
import { AT_JWT, CREDENTIALS, startIssuer } from '../support/issuers/local-issuer.ts'
import { deadOrigin } from '../support/issuers/loopback-server.ts'
import { ask } from './client.ts'
import type { Case, Driver } from './driver.ts'
import {
  assertAllowed,
  assertChallenged,
  assertUnavailable,
  bearer,
  INTROSPECTING,
  issuerNow,
  oneServer,
  oneServerWith,
  reached,
  start,
} from './expectations.ts'

/** Credentials, tokens, and what is told of them. */
export const tokenCases: readonly Case[] = [
  oneServer(
    'MCP-6, RFC6750-2: 401 without a token, and the issuer is not asked',
    async ({ issuer, server }) => {
      assertChallenged(await ask(server, { body: '{}' }), 401, 'none')
      assert.equal(issuer.server.count(), 0)
      assert.equal(await reached(server), 0)
    },
  ),
  oneServer('MCP-16: every method is 401 without a token', async ({ server }) => {
    for (const method of ['GET', 'DELETE', 'PUT', 'PATCH', 'OPTIONS']) {
      assertChallenged(await ask(server, { method }), 401, 'none', method)
    }
    const head = await ask(server, { method: 'HEAD' })
    assert.deepEqual([head.status, head.body], [401, ''])
    assert.equal(await reached(server), 0)
  }),
  oneServer(
    'RFC9068-2: 200 with a good token, by keys that were fetched once',
    async ({ driver, issuer, server, token }) => {
      for (let round = 0; round < 3; round += 1) {
        assertAllowed(await ask(server, bearer(token)), driver, token)
      }
      assert.equal(issuer.discovery.count(), 1)
      assert.equal(issuer.keys.count(), 1)
    },
  ),
  ...(['RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'] as const).map(
    (algorithm) => ({
      name: `RFC8725-1, ${algorithm}: 200 with a good signature, 401 with a spoilt one`,
      async run(driver: Driver) {
        await using issuer = await startIssuer({ algorithm, clock: createTestClock(Date.now()) })
        const server = await start(driver, issuer)
        const token = await issuer.token()
        assertAllowed(await ask(server, bearer(token)), driver, token)
        const [header, payload, signature = ''] = token.split('.')
        const bytes = Buffer.from(signature, 'base64url')
        bytes[10] = (bytes[10] ?? 0) ^ 1
        const spoilt = `${header}.${payload}.${bytes.toString('base64url')}`
        assertChallenged(await ask(server, bearer(spoilt)), 401, 'invalid_token')
      },
    }),
  ),
  oneServer(
    'MCP-7, MCP-14: 401 with an expired, a foreign, a misdirected and a garbage token',
    async ({ issuer, server }) => {
      const { seconds } = issuer.clock
      const { keyId } = issuer.signer
      const stranger = createTestKey({ keyId })
      const tokens = {
        expired: await issuer.token({ iat: seconds - 900, exp: seconds - 300 }),
        'signed by another key': await stranger.sign(issuer.claims(), AT_JWT),
        'of another issuer': await issuer.token({ iss: 'https://elsewhere.example.com' }),
        'for another audience': await issuer.token({ aud: 'https://other.example.com/mcp' }),
        unsigned: `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`,
        'no JWT': 'garbage',
      }
      for (const [what, token] of Object.entries(tokens)) {
        assertChallenged(await ask(server, bearer(token)), 401, 'invalid_token', what)
      }
      assert.equal(await reached(server), 0)
    },
  ),
  oneServer('MCP-9: 403 with a good token that lacks the scope', async ({ issuer, server }) => {
    const token = await issuer.token({ scope: 'mcp:other' })
    assertChallenged(await ask(server, bearer(token)), 403, 'insufficient_scope')
    assert.equal(await reached(server), 0)
  }),
  oneServer(
    'MCP-10: a route with its own requiredScopes needs them too, and its challenge names all',
    async ({ issuer, server }) => {
      const admin = (token: string) => ask(server, { ...bearer(token), path: '/admin' })
      const poor = await admin(await issuer.token())
      const both = 'mcp:tools mcp:admin'
      assertChallenged(poor, 403, 'insufficient_scope', '/admin', both)
      assertChallenged(await ask(server, { path: '/admin' }), 401, 'none', '/admin', both)
      const rich = await admin(await issuer.token({ scope: both }))
      assert.equal(rich.status, 200)
    },
  ),
  oneServer(
    'RFC6750-1, RFC6750-3: 400 with a malformed Authorization header',
    async ({ server, token }) => {
      for (const authorization of ['Bearer', `Bearer ${token} ${token}`, 'Bearer töken']) {
        const reply = await ask(server, {
          authorization: Buffer.from(authorization).toString('latin1'),
        })
        assertChallenged(reply, 400, 'invalid_request', authorization)
      }
      assert.equal(await reached(server), 0)
    },
  ),
  oneServer(
    'RFC6750-4: 400 with two Authorization headers, whichever is the good one',
    async ({ issuer, server }) => {
      const good = `Bearer ${await issuer.token()}`
      for (const authorization of [
        [good, 'Bearer bad'],
        ['Bearer bad', good],
        [good, good],
        [good, 'Basic dTpw'],
      ]) {
        assertChallenged(await ask(server, { authorization }), 400, 'invalid_request')
      }
      assert.equal(await reached(server), 0)
    },
  ),
  oneServer('MCP-17: a token in the query is ignored', async ({ issuer, server }) => {
    const path = `/mcp?access_token=${await issuer.token()}`
    assertChallenged(await ask(server, { path }), 401, 'none')
  }),
  {
    name: 'RFC7662-3: 503 when the issuer is down, and 200 once it is back',
    async run(driver) {
      await using issuer = await issuerNow()
      const token = await issuer.token()
      const nowhere = await start(driver, await deadOrigin(), { issuer: INTROSPECTING })
      assertUnavailable(await ask(nowhere, bearer('an-opaque-token')))
      await issuer.server.stop()
      // Each server keeps a failure in mind for a while, so another one is asked later.
      assertUnavailable(await ask(await start(driver, issuer), bearer(token)))
      await issuer.server.start()
      assertAllowed(await ask(await start(driver, issuer), bearer(token)), driver, token)
    },
  },
  oneServerWith({ issuer: INTROSPECTING })(
    'RFC7662-1, RFC7662-5: introspection says active, active for somebody else, inactive',
    async ({ driver, issuer, server }) => {
      const token = 'an-opaque-token'
      issuer.introspection.answers(issuer.active())
      assertAllowed(await ask(server, bearer(token)), driver, token)
      issuer.introspection.answers(issuer.active({ aud: 'https://other.example.com/mcp' }))
      assertChallenged(await ask(server, bearer(token)), 401, 'invalid_token')
      issuer.introspection.answers(inactive())
      assertChallenged(await ask(server, bearer(token)), 401, 'invalid_token')

      const { clientId, clientSecret } = CREDENTIALS
      const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64')
      const received = issuer.introspection.received()
      assert.equal(received.length, 3)
      for (const { method, authorization, contentType, body } of received) {
        assert.equal(method, 'POST')
        assert.equal(authorization, `Basic ${basic}`)
        assert.equal(contentType, 'application/x-www-form-urlencoded')
        assert.equal(new URLSearchParams(body).get('token'), token)
      }
    },
  ),
  {
    name: 'S1.3: many callers at once, each with its own answer',
    async run(driver) {
      await using issuer = await issuerNow()
      issuer.introspection.answers((received, response) => {
        const sub = new URLSearchParams(received.body).get('token')
        return issuer.active({ sub })(received, response)
      })
      const server = await start(driver, issuer, { issuer: INTROSPECTING })
      const tokens = Array.from({ length: 100 }, (_, index) => `opaque-${index}`)
      const replies = await Promise.all(tokens.map((token) => ask(server, bearer(token))))
      assert.deepEqual(
        replies.map(({ body }) => JSON.parse(body).subject),
        tokens,
      )
    },
  },
  oneServer(
    'S1.13: decisions and outbound calls are published on their channels',
    async ({ issuer, server }) => {
      await ask(server, bearer(await issuer.token()))
      await ask(server, bearer('garbage'))
      const decisions = await server.events('mcp-resource-server:decision')
      assert.deepEqual(
        decisions.map(({ outcome, status }) => ({ outcome, status })),
        [
          { outcome: 'allowed', status: 200 },
          { outcome: 'challenged', status: 401 },
        ],
      )
      const outbound = await server.events('mcp-resource-server:outbound')
      assert.deepEqual(
        outbound.map(({ purpose, status }) => ({ purpose, status })),
        [
          { purpose: 'discovery', status: 200 },
          { purpose: 'key_set', status: 200 },
        ],
      )
    },
  ),
]
