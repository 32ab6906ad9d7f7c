import assert from 'node:assert/strict'
import { PROOF_ALGORITHMS } from '../support/challenges.ts'
import { RESOURCE } from '../support/issuers/local-issuer.ts'
import { ask } from './client.ts'
import type { Case } from './driver.ts'
import { oneServer, reached } from './expectations.ts'

const METADATA = '/.well-known/oauth-protected-resource/mcp'

export const endpointCases: readonly Case[] = [
  oneServer(
    'MCP-1, MCP-2, RFC9728-2: GET, HEAD, conditional GET, preflight, and 405',
    async ({ issuer, server }) => {
      const document = (method: string, headers = {}, path = METADATA) =>
        ask(server, { method, path, headers })

      const got = await document('GET')
      assert.equal(got.status, 200)
      assert.equal(got.headers['content-type'], 'application/json')
      assert.equal(got.headers['access-control-allow-origin'], '*')
      assert.deepEqual(
        { ...JSON.parse(got.body), bearer_methods_supported: undefined },
        {
          resource: RESOURCE,
          authorization_servers: [issuer.issuer],
          scopes_supported: ['mcp:tools'],
          dpop_signing_alg_values_supported: PROOF_ALGORITHMS.split(' '),
          bearer_methods_supported: undefined,
        },
      )
      const root = await document('GET', {}, '/.well-known/oauth-protected-resource')
      assert.deepEqual([root.status, root.body], [200, got.body])
      const head = await document('HEAD')
      assert.deepEqual([head.status, head.body], [200, ''])
      assert.equal(head.headers['content-length'], String(Buffer.byteLength(got.body)))
      assert.equal(head.headers.etag, got.headers.etag)
      const same = await document('GET', { 'if-none-match': got.headers.etag })
      assert.deepEqual([same.status, same.body], [304, ''])
      const preflight = await document('OPTIONS', {
        origin: 'https://inspector.example.com',
        'access-control-request-method': 'GET',
      })
      assert.equal(preflight.status, 204)
      assert.equal(preflight.headers['access-control-allow-methods'], 'GET, HEAD, OPTIONS')
      const posted = await document('POST')
      assert.deepEqual([posted.status, posted.headers.allow], [405, 'GET, HEAD, OPTIONS'])
      assert.equal(await reached(server), 0)
    },
  ),
  oneServer(
    'RFC9728-6: every page may read the document, whatever origins may call',
    async ({ server }) => {
      const headers = { origin: 'https://elsewhere.example.com' }
      const got = await ask(server, { method: 'GET', path: METADATA, headers })
      assert.equal(got.status, 200)
      assert.equal(got.headers['access-control-allow-origin'], '*')
    },
  ),
]
