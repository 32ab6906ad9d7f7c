import assert from 'node:assert/strict'
import { type Asked, ask, openStream, type Reply } from './client.ts'
import {
  assertProofRefused,
  dpopServer,
  dpopServerWith,
  lastReason,
  nonceOf,
} from './dpop-scene.ts'
import type { Case } from './driver.ts'
import {
  assertChallenged,
  assertReached,
  assertRefused,
  bearer,
  post,
  reached,
  toolCall,
  waiting,
} from './expectations.ts'

const APP = 'https://app.example.com'
const ID = 'session-of-alice'
const INITIALIZE = { jsonrpc: '2.0', id: 1, method: 'initialize', params: {} }

/** 401 without an error, and DPoP is the only scheme that is offered. */
function assertDpopRequired({ status, headers, body }: Reply, scope = 'mcp:tools'): void {
  assertChallenged({ status, headers, body: told(body) }, 401, 'none', undefined, scope, {
    offered: ['DPoP'],
  })
}

/** The same body, with the text for a caller without a token. */
function told(body: string): string {
  const { error_description: description, ...rest } = JSON.parse(body)
  assert.ok(/^An access token( that is bound to a DPoP key)? is needed\.$/.test(description), body)
  return JSON.stringify({ ...rest, error_description: 'An access token is needed.' })
}

/** Where DPoP is off or required, and what it does to browsers, sessions and streams. */
export const dpopModeCases: readonly Case[] = [
  dpopServerWith({ dpop: 'required' })(
    'RFC9449-3: with `dpop: required` a bearer token is 401, and DPoP alone is offered',
    async ({ server, token, bound, askProved }) => {
      for (const asked of [{}, bearer(token), bearer(bound), bearer('garbage')]) {
        for (const method of ['POST', 'GET', 'DELETE']) {
          assertDpopRequired(await ask(server, { ...asked, method }))
        }
      }
      assert.equal(await lastReason(server), 'dpop_required')
      assert.equal(await reached(server), 0)
      assertReached(await askProved())
      const path = '/.well-known/oauth-protected-resource/mcp'
      const metadata = JSON.parse((await ask(server, { method: 'GET', path })).body)
      assert.equal(metadata.dpop_bound_access_tokens_required, true)
    },
  ),
  dpopServer(
    'RFC9449-3: `dpop: required` of one route holds there alone',
    async ({ server, token, askProved }) => {
      const path = '/proved'
      assertDpopRequired(await ask(server, { ...bearer(token), path }))
      assertReached(await askProved({ path }))
      assertReached(await ask(server, bearer(token)))
    },
  ),
  dpopServer(
    'RFC9449-2, RFC9449-3: where DPoP is off, it is not offered, and bound tokens are refused',
    async ({ server, token, bound, askProved }) => {
      const path = '/unproved'
      const offered = { offered: ['Bearer'] } as const
      assertReached(await ask(server, { ...bearer(token), path }))
      const shown = await ask(server, { ...bearer(bound), path })
      assertChallenged(shown, 401, 'invalid_token', 'Bearer', 'mcp:tools', offered)
      assertChallenged(await askProved({ path }), 401, 'none', 'DPoP', 'mcp:tools', offered)
      assert.equal(await lastReason(server), 'scheme_unsupported')
      assert.equal(await reached(server), 1)
    },
  ),
  dpopServerWith({
    policy: { tools: { read: 'allow', erase: { dpop: true, scopes: ['data:erase'] } } },
  })(
    'MCP-28: a rule with `dpop: true` needs a bound token, and offers DPoP alone',
    async ({ issuer, server, token, boundToken, askProved }) => {
      const erase = JSON.stringify(toolCall('erase'))
      const rich = await issuer.token({ scope: 'mcp:tools data:erase' })
      for (const sent of [token, rich]) {
        assertDpopRequired(await ask(server, post(sent, erase)), 'mcp:tools data:erase')
        assert.equal(await lastReason(server), 'dpop_required')
      }
      const batch = JSON.stringify([toolCall('read', 1), toolCall('erase', 2)])
      assertDpopRequired(await ask(server, post(rich, batch)), 'mcp:tools data:erase')
      const poor = await askProved({ body: erase })
      assertProofRefused(poor, 'insufficient_scope', '403', 403, 'mcp:tools data:erase')
      assert.equal(await reached(server), 0)
      const bound = await boundToken({ scope: 'mcp:tools data:erase' })
      assertReached(await askProved({ token: bound, body: erase }))
      assertReached(await ask(server, post(token, toolCall('read'))))
    },
  ),
  dpopServerWith({ allowedOrigins: [APP], dpop: { nonce: 'required' } })(
    'RFC9449-3, RFC9728-6: a page may send proofs, and read the nonce of every answer',
    async ({ server, askProved, boundToken }) => {
      const preflight = await ask(server, {
        method: 'OPTIONS',
        headers: {
          origin: APP,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,content-type,dpop',
        },
      })
      assert.equal(preflight.status, 204)
      const allowed = String(preflight.headers['access-control-allow-headers'])
      assert.ok(allowed.split(/, */).includes('dpop'), allowed)

      const headers = { origin: APP }
      const asked = await askProved({ headers })
      assertProofRefused(asked, 'use_dpop_nonce')
      const claims = { nonce: nonceOf(asked) }
      const good = await askProved({ headers, proof: { claims } })
      assertReached(good)
      const token = await boundToken({ scope: 'other' })
      const poor = await askProved({ token, headers, proof: { claims } })
      assertProofRefused(poor, 'insufficient_scope', '403', 403)
      nonceOf(poor)
      for (const reply of [asked, good, poor]) {
        assert.equal(reply.headers['access-control-allow-origin'], APP)
        const exposed = String(reply.headers['access-control-expose-headers']).split(/, */)
        assert.ok(exposed.includes('DPoP-Nonce'), String(exposed))
        assert.ok(exposed.includes('WWW-Authenticate'), String(exposed))
      }
    },
  ),
  dpopServer(
    'RFC9449-1, S1.14: every request of a session needs a proof of its own',
    async ({ server, askProved, proved, boundToken }) => {
      const answer = { headers: { 'Mcp-Session-Id': ID } }
      assertReached(await askProved({ body: JSON.stringify(INITIALIZE), answer }))
      const headers = { 'mcp-session-id': ID }
      const before = await reached(server)
      for (const method of ['POST', 'GET', 'DELETE']) {
        const { headers: _none, ...bare } = await proved({ method })
        assertProofRefused(await ask(server, { ...bare, headers }), 'invalid_dpop_proof', method)
      }
      assert.equal(await reached(server), before)
      // A refreshed token of the same principal, bound to the same key.
      const token = await boundToken({ jti: 'refreshed' })
      for (const method of ['POST', 'GET', 'DELETE']) {
        assert.equal(assertReached(await askProved({ token, method, headers })).sessionId, ID)
      }
    },
  ),
  dpopServer(
    'RFC9449-2, S1.14: a session that a bound token opened does not go on with a bearer token',
    async ({ server, token, askProved, boundToken }) => {
      const answer = { headers: { 'Mcp-Session-Id': ID } }
      assertReached(await askProved({ body: JSON.stringify(INITIALIZE), answer }))
      const headers = { 'mcp-session-id': ID }
      const before = await reached(server)
      for (const method of ['POST', 'GET', 'DELETE']) {
        const reply = await ask(server, { ...bearer(token), method, headers })
        assertRefused(reply, 404, 'session', { code: 404, what: method })
      }
      const stranger = await boundToken({ sub: 'mallory' })
      const foreign = await askProved({ token: stranger, headers })
      assertRefused(foreign, 404, 'session', { code: 404 })
      assert.equal(await reached(server), before)
      assertReached(await askProved({ headers }))
    },
  ),
  dpopServer(
    'S1.14: a session that a bearer token opened goes on with a bound token of its principal',
    async ({ server, token, askProved }) => {
      const answer = { headers: { 'Mcp-Session-Id': ID } }
      assertReached(await ask(server, post(token, INITIALIZE, { answer })))
      const headers = { 'mcp-session-id': ID }
      assert.equal(assertReached(await askProved({ headers })).sessionId, ID)
      assertReached(await ask(server, { ...bearer(token), headers }))
    },
  ),
  waiting(
    // On a busy machine the request may come after the token has expired.
    dpopServerWith({ streamGrace: 0, clockTolerance: 60 })(
      'MCP-26, RFC9449-1: a stream is opened with a proof, and ends with its token',
      async ({ issuer, server, proved, boundToken }) => {
        const stream: Asked = { method: 'GET', answer: { stream: 'counting' } }
        const { headers: _none, ...bare } = await proved(stream)
        assertProofRefused(await ask(server, bare), 'invalid_dpop_proof')
        const token = await boundToken({ exp: issuer.clock.seconds + 2 })
        const opening = await proved({ ...stream, token })
        await using events = await openStream(server, opening)
        assert.equal(events.status, 200)
        let last = 0
        for (let event = await events.next(); event !== undefined; event = await events.next()) {
          last = event.count
        }
        assert.ok(last > 0)
        assertProofRefused(await ask(server, opening), 'invalid_dpop_proof', 'the same proof')
      },
    ),
  ),
]
