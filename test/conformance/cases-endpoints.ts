import assert from 'node:assert/strict'
import { type CompactJWSHeaderParameters, compactVerify, importJWK, type JWK } from 'jose'
import { PROOF_ALGORITHMS } from '../support/challenges.ts'
import { RESOURCE } from '../support/issuers/local-issuer.ts'
import { ask } from './client.ts'
import type { Case } from './driver.ts'
import { oneServer, oneServerWith, reached } from './expectations.ts'

const METADATA = '/.well-known/oauth-protected-resource/mcp'

/** Only for tests. As a JWK, it survives the way into another process. */
const METADATA_KEY = {
  kty: 'EC',
  crv: 'P-256',
  x: 'vsHasSh8v3m4aI6EBrv-lqr2McbglOEKZjJqefROrck',
  y: 'uI5-JsSqWOxh3GUT3_IgQRINonQYFrxDwO8PXBPH4TA',
  d: '6I5m5rafZoKIqqvLpTLT8DtwVTsMCsYDosU-ZY_n0vA',
} as const

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
  oneServerWith({ signedMetadata: { key: METADATA_KEY, publishKey: true } })(
    'RFC9728-5: the signed document and its key, which verifies it',
    async ({ server }) => {
      const got = await ask(server, { method: 'GET', path: METADATA })
      assert.equal(got.status, 200)
      assert.equal(got.headers['content-type'], 'application/json')
      const { signed_metadata: signed, ...members } = JSON.parse(got.body)
      const { origin, pathname } = new URL(members.jwks_uri)
      assert.equal(origin, new URL(RESOURCE).origin)

      const keys = await ask(server, { method: 'GET', path: pathname })
      assert.equal(keys.status, 200)
      assert.equal(keys.headers['content-type'], 'application/jwk-set+json')
      assert.equal(keys.headers['access-control-allow-origin'], '*')
      const [key, second] = JSON.parse(keys.body).keys as JWK[]
      assert.equal(second, undefined)
      assert.deepEqual(Object.keys(key ?? {}).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
      const find = ({ alg, kid }: CompactJWSHeaderParameters) => {
        assert.deepEqual([alg, kid], [key?.alg, key?.kid])
        return importJWK(key as JWK, alg)
      }
      const { payload } = await compactVerify(signed, find)
      const { iss, iat, ...claims } = JSON.parse(new TextDecoder().decode(payload))
      assert.deepEqual(claims, members)
      assert.deepEqual([iss, typeof iat], [RESOURCE, 'number'])

      const etag = keys.headers.etag as string
      const same = await ask(server, {
        method: 'GET',
        path: pathname,
        headers: { 'if-none-match': etag },
      })
      assert.deepEqual([same.status, same.body], [304, ''])
      const head = await ask(server, { method: 'HEAD', path: pathname })
      assert.deepEqual([head.status, head.body], [200, ''])
      const preflight = await ask(server, {
        method: 'OPTIONS',
        path: pathname,
        headers: {
          origin: 'https://inspector.example.com',
          'access-control-request-method': 'GET',
        },
      })
      assert.equal(preflight.status, 204)
      const posted = await ask(server, { method: 'POST', path: pathname })
      assert.deepEqual([posted.status, posted.headers.allow], [405, 'GET, HEAD, OPTIONS'])
      assert.equal(await reached(server), 0)
    },
  ),
]
