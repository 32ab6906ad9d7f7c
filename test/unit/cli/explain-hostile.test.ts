import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { createTestKey } from '../../../src/testing/create-test-key.ts'
import { type LoopbackServer, startLoopbackServer } from '../../support/issuers/loopback-server.ts'
import { runCommand } from './run-command.ts'

const folder = mkdtempSync(join(tmpdir(), 'explain-hostile-'))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
function file(content: string | Uint8Array): string {
  files += 1
  const path = join(folder, `file-${files}`)
  writeFileSync(path, content)
  return path
}

async function startServer(): Promise<LoopbackServer> {
  const server = await startLoopbackServer()
  onTestFinished(() => server[Symbol.asyncDispose]())
  return server
}

const RESOURCE = 'https://mcp.example.com/mcp'
const foreign = createTestKey()

/** Every place in a token that can name an address, by RFC 7515, RFC 7800, RFC 9701 and OpenID Connect. */
const everywhere = (url: string) => ({
  header: {
    jku: url,
    x5u: url,
    kid: url,
    iss: url,
    jwk: { jku: url, x5u: url },
    url,
    typ: 'at+jwt',
  },
  claims: {
    iss: url,
    aud: [RESOURCE, url],
    azp: url,
    client_id: url,
    jku: url,
    x5u: url,
    jwks_uri: url,
    introspection_endpoint: url,
    cnf: { jku: url, kid: url },
    _claim_names: { roles: 'one' },
    _claim_sources: { one: { endpoint: url, access_token: 'x' } },
    picture: url,
    sub: 'user',
  },
})

describe('explain and a token that names addresses', () => {
  it('calls none of them, and without --fetch nobody at all', async () => {
    const canary = await startServer()
    const issuer = await startServer()
    const { header, claims } = everywhere(`${canary.origin}/`)
    const own = { ...claims, iss: issuer.origin }
    const tokens = await Promise.all([
      foreign.sign({ ...claims, exp: 4e9, iat: 1 }, header),
      foreign.sign({ ...own, exp: 4e9, iat: 1 }, header),
      issuer.kit.token({ claims: { ...own, aud: RESOURCE }, header }),
    ])
    tokens.push(`${canary.origin}/token`, Buffer.from(JSON.stringify(claims)).toString('base64url'))
    const client = { clientId: 'me', clientSecret: 'the-secret-of-me' }
    const config = file(
      JSON.stringify({
        resource: RESOURCE,
        authorizationServer: {
          issuer: issuer.origin,
          profile: 'keycloak',
          introspection: { ...client, opaqueTokens: true },
          notBefore: { member: 'notBefore' },
          backchannelLogout: { clientIds: 'me' },
          securityEvents: { delivery: 'poll', client, audience: 'me' },
        },
      }),
    )
    for (const token of tokens) {
      for (const mode of [[], ['--json']]) {
        await runCommand(['explain', '--config', config, ...mode], { input: token })
      }
    }
    expect([canary.accepted, issuer.accepted]).toEqual([0, 0])
    for (const input of tokens) {
      const { err } = await runCommand(['explain', '--config', config, '--fetch'], { input })
      expect(err).toBe('')
    }
    expect(canary.accepted).toBe(0)
    const called = issuer.kit.requests.map(
      ({ method, url }) => `${method} ${new URL(url).pathname}`,
    )
    expect([...new Set(called)].sort()).toEqual([
      'GET /.well-known/oauth-authorization-server',
      'GET /jwks',
      'POST /introspect',
    ])
    const sent = issuer.kit.requests.map(({ body }) => body).join()
    expect(sent).not.toContain(tokens[0])
  })

  it('S1.7: prints no piece of the token, whatever introspection and the metadata repeat', async () => {
    const issuer = await startServer()
    const options = {
      resource: RESOURCE,
      authorizationServer: {
        issuer: issuer.origin,
        introspection: { clientId: 'me', clientSecret: 'the-secret-of-me', opaqueTokens: true },
        verification: 'introspection',
      },
    }
    const config = file(JSON.stringify(options))
    const base = { active: true, iss: issuer.origin, aud: RESOURCE, sub: 'user', exp: 4e9, iat: 1 }
    const jwt = await foreign.sign({ ...base, client_id: 'c', jti: 'j', scope: 'mcp:tools' }, {})
    const opaque = 'opaque-0123456789-abcdefghijklmnopqrstuvwxyz'
    const answers = (token: string): object[] => [
      ...[
        'iss',
        'aud',
        'sub',
        'scope',
        'client_id',
        'exp',
        'nbf',
        'iat',
        'typ',
        'token_type',
        'jti',
        'cnf',
        'active',
      ].flatMap((name) =>
        [
          token,
          `x ${token} y`,
          [token],
          { jkt: token, [token]: token },
          Buffer.from(token).toString('base64'),
        ].map((value) => ({
          status: 200,
          body: { ...base, [name]: value },
        })),
      ),
      { status: 200, body: { ...base, [token]: token } },
      { status: 200, body: `${token} is no JSON` },
      { status: 200, body: `{"a":1,"a":"${token}"}` },
      { status: 400, body: { error: token, error_description: token } },
      {
        status: 401,
        body: { error: token },
        headers: { 'www-authenticate': `Bearer error="${token}"` },
      },
      { status: 302, headers: { location: `https://a.example/?token=${token}` } },
      { status: 200, headers: { 'content-type': token }, body: token },
    ]
    for (const token of [jwt, opaque]) {
      for (const answer of answers(token)) {
        using _ = issuer.kit.replaceAnswer('introspection', answer)
        for (const mode of [[], ['--json']]) {
          const run = await runCommand(['explain', '--config', config, '--fetch', ...mode], {
            input: token,
          })
          const printed = run.out + run.err
          for (let at = 0; at + 12 <= token.length; at += 1) {
            const piece = token.slice(at, at + 12)
            if (printed.includes(piece))
              expect([answer, piece, printed]).toBe('nothing of the token')
          }
          expect(printed).not.toContain('the-secret-of-me')
        }
      }
    }
  })
})

const misplaced = await foreign.sign({ iss: 'https://sso.example.com', aud: RESOURCE, exp: 4e9 })

describe('explain and a configuration that is anything', () => {
  const VALUES: readonly unknown[] = [
    null,
    true,
    0,
    -1,
    1e308,
    '',
    'x',
    '\u001b[31m\u202e',
    [],
    [[]],
    {},
    { a: {} },
    [null],
    'https://user:pass@a.example',
    misplaced,
    [misplaced],
    `https://a.example/${misplaced}`,
    { issuer: 'https://a.example', __proto__: null },
    ['https://a.example', 'https://a.example'],
    'x'.repeat(100_000),
  ]
  const OPTIONS = [
    'resource',
    'authorizationServer',
    'requiredScopes',
    'policy',
    'dpop',
    'clientCertificate',
    'http',
    'cache',
    'clock',
    'verifier',
    'sharedStore',
    'sessions',
    'revocation',
    'allowedOrigins',
    'scopeHierarchy',
    'maxTokenLength',
    'realm',
    'correlationId',
    'initialScopes',
    'additionalAudiences',
    'exclusiveAudience',
    'streamGrace',
    'metadata',
    'algorithms',
    'clockTolerance',
    'constructor',
    'toString',
    'hasOwnProperty',
  ]
  const SERVER = [
    'issuer',
    'profile',
    'introspection',
    'keys',
    'jwksUri',
    'keySet',
    'verification',
    'confirm',
    'notBefore',
    'backchannelLogout',
    'securityEvents',
    'inspect',
    'algorithms',
    'dpop',
    'token',
    'toString',
  ]

  const whole = (more: object, server: object = {}) =>
    JSON.stringify({
      resource: RESOURCE,
      authorizationServer: { issuer: 'https://sso.example.com', ...server },
      ...more,
    })

  it('names what is wrong, or explains; it never fails, and draws nothing', async () => {
    const token = misplaced
    const signature = token.slice(token.lastIndexOf('.') + 1)
    const texts = [
      ...OPTIONS.flatMap((name) => VALUES.map((value) => whole({ [name]: value }))),
      ...SERVER.flatMap((name) => VALUES.map((value) => whole({}, { [name]: value }))),
    ]
    const bad: unknown[] = []
    for (const text of texts) {
      try {
        const { code, out, err } = await runCommand(['explain', '--config', file(text)], {
          input: token,
        })
        if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(`${out}${err}`.replaceAll('\n', '')))
          bad.push([text.slice(0, 200), 'draws', err])
        if (![1, 2].includes(code)) bad.push([text, code])
        if (`${out}${err}`.includes(signature.slice(0, 12))) bad.push([text, 'token', err])
        if (`${out}${err}`.includes(':pass@')) bad.push([text, 'password', err])
      } catch (error) {
        bad.push([text.slice(0, 200), String(error)])
      }
    }
    expect(bad).toEqual([])
  })
})

describe('S1.7: doctor and secrets among its arguments', () => {
  it.each([
    [misplaced],
    [`https://user:hunter2@a.example/`],
    ['https://a.example/mcp', '--origin', misplaced],
  ])('does not repeat %s', async (...args) => {
    const { code, out, err } = await runCommand(['doctor', ...args])
    expect(code).toBe(2)
    expect(out + err).not.toMatch(/hunter2|eyJ/)
  })

  it('reads no endless file', async () => {
    const { code, err } = await runCommand(['doctor', RESOURCE, '--token-file', '/dev/zero'])
    expect(code).toBe(2)
    expect(err).toContain('--token-file: the file has more than 1048576 bytes')
  })
})
