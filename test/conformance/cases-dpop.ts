import assert from 'node:assert/strict'
import { makeDpopKey } from '../support/dpop.ts'
import { type Asked, ask } from './client.ts'
import {
  assertProofRefused,
  dpopServer,
  dpopServerWith,
  lastReason,
  nonceOf,
  type Proved,
} from './dpop-scene.ts'
import type { Case } from './driver.ts'
import { assertChallenged, assertReached, bearer, reached, start } from './expectations.ts'

/** Instances with the same secrets accept the nonces of each other. */
const SHARED = {
  nonce: {
    mode: 'required',
    lifetime: 3600,
    secrets: ['a secret that instances share, long enough'],
  },
} as const

const mallory = await makeDpopKey()

/** Tokens that are bound to a DPoP key, and the proofs that requests must have. */
export const dpopCases: readonly Case[] = [
  dpopServer(
    'MCP-28, RFC9449-1: a bound token with a proof is allowed, by every method, with and without a query',
    async ({ server, askProved, token }) => {
      for (const method of ['POST', 'GET', 'DELETE', 'PUT']) {
        for (const path of ['/mcp', '/mcp?q=1&q=%20', '/api', '/deep/er/path']) {
          const told = assertReached(await askProved({ method, path }))
          assert.deepEqual([told.method, told.subject], [method, 'alice'])
          assert.deepEqual(told.possession, ['dpop'])
        }
      }
      assert.deepEqual(assertReached(await ask(server, bearer(token))).possession, [])
      const decisions = await server.events('mcp-resource-server:decision')
      assert.deepEqual(decisions[0]?.possession, ['dpop'])
      assert.deepEqual(decisions.at(-1)?.possession, [])
    },
  ),
  dpopServer(
    'RFC9449-1: the handler finds the body of a request with a proof',
    async ({ askProved }) => {
      for (const sent of ['whole', 'in pieces'] as const) {
        const told = assertReached(await askProved({ body: '{"a":1}', sent }))
        assert.deepEqual(told.body, { a: 1 })
      }
    },
  ),
  dpopServer(
    'RFC9449-2: a bound token is refused as a bearer token, and DPoP is offered',
    async ({ server, bound }) => {
      for (const method of ['POST', 'GET', 'DELETE']) {
        const reply = await ask(server, { ...bearer(bound), method })
        assertChallenged(reply, 401, 'invalid_token', method)
        assert.equal(await lastReason(server), 'sender_constraint_unmet')
      }
      assert.equal(await reached(server), 0)
    },
  ),
  dpopServer(
    'RFC9449-1, RFC9449-5: 401 for a proof that is not for this request, and the handler is not reached',
    async ({ server, askProved, boundToken, proofFor }) => {
      const other = await boundToken({ sub: 'bob' })
      const first = await proofFor()
      const wrong: [what: string, reason: string, asked: Proved][] = [
        ['no proof', 'dpop_proof_missing', { headers: { dpop: undefined } }],
        ['two proofs', 'dpop_proof_repeated', { headers: { dpop: [first, await proofFor()] } }],
        ['two proofs in one field', 'dpop_proof_repeated', { headers: { dpop: `${first}, x` } }],
        ['an empty field', 'dpop_proof_malformed', { headers: { dpop: '' } }],
        ['garbage', 'dpop_proof_malformed', { headers: { dpop: 'garbage' } }],
        [
          'another method',
          'dpop_proof_method_mismatch',
          { method: 'GET', proof: { method: 'POST' } },
        ],
        [
          'another path',
          'dpop_proof_url_mismatch',
          { path: '/api', proof: { url: 'https://mcp.example.com/mcp' } },
        ],
        [
          'the address of the listener',
          'dpop_proof_url_mismatch',
          { proof: { url: `${server.origin}/mcp` } },
        ],
        ['another token', 'dpop_proof_token_mismatch', { proof: { token: other } }],
        ['the key of another client', 'dpop_key_mismatch', { proof: { key: mallory } }],
        ['an old proof', 'dpop_proof_expired', { proof: { claims: { iat: 1 } } }],
      ]
      for (const [what, reason, asked] of wrong) {
        // The challenge for a token with another key is the one of RFC 9449 §7.1.
        const error = reason === 'dpop_key_mismatch' ? 'invalid_token' : 'invalid_dpop_proof'
        assertProofRefused(await askProved(asked), error, what)
        assert.equal(await lastReason(server), reason, what)
      }
      assert.equal(await reached(server), 0)
    },
  ),
  dpopServer(
    'RFC9449-5: a host that the caller claims does not count, only the configured one',
    async ({ server, proved }) => {
      if (server.protocol === 'h2') return
      const evil = { host: 'evil.example.com', 'x-forwarded-host': 'evil.example.com' }
      const url = 'https://evil.example.com/mcp'
      const reply = await ask(server, await proved({ proof: { url }, headers: evil }))
      assert.notEqual(reply.status, 200)
      assert.equal(await reached(server), 0)
    },
  ),
  dpopServer(
    'RFC9449-6: a proof works once, also when it is sent twice at the same time',
    async ({ server, proved }) => {
      const again = await proved()
      assertReached(await ask(server, again))
      assertProofRefused(await ask(server, again), 'invalid_dpop_proof')
      assert.equal(await lastReason(server), 'dpop_proof_replayed')
      const once = await proved()
      const replies = await Promise.all(Array.from({ length: 5 }, () => ask(server, once)))
      const statuses = replies.map(({ status }) => status).toSorted()
      assert.deepEqual(statuses, [200, 401, 401, 401, 401])
      assert.equal(await reached(server), 2)
    },
  ),
  dpopServer(
    'RFC9449-3: a good token with the wrong scheme, or with a proof that it does not need, is 401',
    async ({ server, token, bound, proofFor, askProved }) => {
      assertProofRefused(await askProved({ token }), 'invalid_token', 'not bound')
      assert.equal(await lastReason(server), 'dpop_token_not_bound')
      for (const sent of [token, bound]) {
        const dpop = await proofFor({ token: sent })
        const reply = await ask(server, { ...bearer(sent), headers: { dpop } })
        assertChallenged(reply, 401, 'invalid_token', 'Bearer with a proof')
        assert.equal(await lastReason(server), 'dpop_scheme_missing')
      }
      assert.equal(await reached(server), 0)
    },
  ),
  dpopServer(
    'RFC9449-4: two schemes at once are 400, whichever is the good one',
    async ({ server, token, bound, proofFor }) => {
      for (const authorization of [
        [`Bearer ${token}`, `DPoP ${bound}`],
        [`DPoP ${bound}`, `Bearer ${token}`],
        [`DPoP ${bound}`, `DPoP ${bound}`],
      ]) {
        const dpop = await proofFor()
        const reply = await ask(server, { authorization, headers: { dpop } })
        assert.equal(reply.status, 400, String(authorization))
        assert.equal(JSON.parse(reply.body).error, 'invalid_request')
      }
      assert.equal(await reached(server), 0)
    },
  ),
  dpopServer(
    'RFC9449-3, RFC9449-4: the error stands at the scheme that was used, whatever its case',
    async ({ issuer, askProved, proved, server, boundToken }) => {
      const expired = await boundToken({ iat: 1, exp: 2 })
      assertProofRefused(await askProved({ token: expired }), 'invalid_token')
      const poor = await issuer.token({ scope: 'other' })
      assertChallenged(await ask(server, bearer(poor)), 403, 'insufficient_scope')
      const bound = await boundToken({ scope: 'other' })
      assertProofRefused(await askProved({ token: bound }), 'insufficient_scope', '403', 403)
      const malformed: Asked = { ...(await proved()), authorization: 'dPoP x y' }
      assertProofRefused(await ask(server, malformed), 'invalid_request', 'malformed', 400)
    },
  ),
  dpopServerWith({ dpop: { nonce: 'required' } })(
    'RFC9449-3: a nonce is asked for, and the proof with the nonce is allowed',
    async ({ server, askProved, bound }) => {
      const asked = await askProved()
      assertProofRefused(asked, 'use_dpop_nonce')
      assert.equal(await lastReason(server), 'dpop_nonce_missing')
      const withNonce = (nonce: unknown) => askProved({ proof: { claims: { nonce } } })
      assertReached(await withNonce(nonceOf(asked)))
      const invalid = await withNonce('of-another-server')
      assertProofRefused(invalid, 'use_dpop_nonce')
      assert.equal(await lastReason(server), 'dpop_nonce_invalid')
      assertReached(await withNonce(nonceOf(invalid)))
      // Every challenge has the nonce, so that the first proof of a client can have it.
      assertReached(await withNonce(nonceOf(await ask(server, {}))))
      assertReached(await withNonce(nonceOf(await ask(server, bearer(bound)))))
      assert.equal(await reached(server), 4)
    },
  ),
  dpopServerWith({ dpop: SHARED })(
    'RFC9449-3: a server that was started anew accepts the nonce of the one before',
    async ({ driver, issuer, server, askProved, proved }) => {
      const nonce = nonceOf(await askProved())
      const second = await start(driver, issuer, { dpop: SHARED })
      assertReached(await ask(second, await proved({ proof: { claims: { nonce } } })))
      assert.equal(await reached(server), 0)
    },
  ),
]
