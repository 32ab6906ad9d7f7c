import { describe, expect, it } from 'vitest'
import type { ResourceServerOptions } from '../../../src/resource-server/options.ts'
import { createResourceServer } from '../../../src/resource-server/resource-server.ts'
import { ISSUER, RESOURCE, rsaKey } from '../../support/tokens.ts'

const SERVER = { issuer: ISSUER, keys: { keys: [rsaKey.publicKey as Record<string, unknown>] } }

/** What the construction throws, or nothing. */
function thrown(options: unknown): unknown {
  try {
    createResourceServer(options as ResourceServerOptions)
    return undefined
  } catch (error) {
    return error
  }
}

const over = (more: object) => thrown({ resource: RESOURCE, authorizationServer: SERVER, ...more })

const startOf = (option: string): RegExp =>
  new RegExp(`^${option.replaceAll('.', '\\.')}(?:\\.\\w+)*$`)

function expectNamed(error: unknown, option: string): void {
  expect(error).toBeInstanceOf(TypeError)
  const { message } = error as TypeError
  expect(message).toMatch(/^createResourceServer: /)
  // Or what of it is wrong: an entry, a member.
  const [, named = ''] = /`([^`]*)`/.exec(message) ?? []
  expect([named, message]).toEqual([expect.stringMatching(startOf(option)), expect.any(String)])
}

/** Wrong values for each option; none may be let through. */
const flag = ['true', 1, null, {}]
const text = [5, null, {}, [], true]
const texts = ['a', 5, null, {}, [5], [''], [null]]
const callable = ['f', 5, null, {}, true]
const amount = ['5', null, Number.NaN, Infinity, -Infinity, -1, true, {}]

const WRONG: Readonly<Record<string, readonly unknown[]>> = {
  resource: ['', ...text, 'mcp.example.com', '/mcp', 'mcp', 'urn:example:mcp', `${RESOURCE}#a`],
  requiredScopes: ['mcp:tools', null, {}, [5], [''], ['a b'], ['a"b'], ['a\\b'], ['ä'], ['a\n']],
  initialScopes: ['mcp:tools', null, {}, [5], [''], ['a b']],
  additionalAudiences: texts,
  realm: ['', 5, null, 'a"b', 'a\\b', 'a\nb', 'a\r\nX: y', 'größe'],
  metadata: [5, 'a', null, []],
  mirrorAuthorizationServerMetadata: flag,
  cache: [true, 5, 'no', null, []],
  revocation: [5, 'a', null, { check: 1 }, { maxRevocations: 0 }],
  sharedStore: [5, 'a', null, {}, { store: {} }],
  verifier: [5, 'a', null, {}, { verify: 1 }, () => {}],
  correlationId: callable,
  exclusiveAudience: flag,
  clockTolerance: [...amount, 60.001, 3600],
  maxTokenLifetime: [...amount, 0, 0.5, 31_536_001],
  maxTokenLength: [...amount, 0, 63, 8192.5, 65_537],
  allowInsecureHttp: flag,
  http: [5, 'a', null, []],
  clock: callable,
}

const WRONG_WITHIN: readonly [string, Readonly<Record<string, readonly unknown[]>>][] = [
  [
    'cache',
    {
      maxEntries: [...amount, 0, 1.5, 10_000_001],
      introspectionMaxAge: [...amount, 86_401],
      negativeMaxAge: [...amount, 3601],
      negativeMaxEntries: [...amount, 0, 1.5, 1_000_001],
    },
  ],
  [
    'http',
    {
      fetch: callable,
      dispatcher: [5, 'a', null, {}, { dispatch: 1 }, () => {}],
      connectTimeout: [...amount, 0, 301],
      headersTimeout: [...amount, 0, 301],
      timeout: [...amount, 0, 301],
      connections: [...amount, 0, 1.5, 1025],
      reuseConnections: ['false', 0, null, {}],
      maxPending: [...amount, 0, 1.5, 1_000_001],
      maxResponseSize: [...amount, 0, 1023, 1024.5, 64 * 1024 * 1024 + 1],
    },
  ],
  [
    'metadata',
    {
      jwks_uri: ['', ...text],
      bearer_methods_supported: texts,
      resource_signing_alg_values_supported: texts,
      tls_client_certificate_bound_access_tokens: flag,
      authorization_details_types_supported: texts,
      // The option `dpop` makes them.
      dpop_signing_alg_values_supported: [...texts, ['ES256']],
      dpop_bound_access_tokens_required: [...flag, true, false],
      signed_metadata: ['', ...text],
    },
  ],
]

const WRONG_SERVER: Readonly<Record<string, readonly unknown[]>> = {
  issuer: ['', ...text, 'sso.example.com', `${ISSUER}?a=b`, `${ISSUER}#a`, 'ftp://sso.example.com'],
  profile: ['', 'rfc9068', 'keycloak', 5, null, {}, { name: 5 }, { name: 'a', scopeClaims: [] }],
  additionalAudiences: texts,
  algorithms: ['RS256', null, {}, [], ['HS256'], ['none'], ['RS256', 'rs256'], [5], [null]],
  keys: ['pem', 5, null, [], {}, { keys: {} }, { keys: [5] }, { keys: ['pem'] }, { keys: [] }],
  jwksUri: ['', 5, null, {}],
  introspection: ['secret', 5, null, []],
  verification: ['', 'JWT', 'both', 5, null, true],
}

const within = (path: string, table: Readonly<Record<string, readonly unknown[]>>) =>
  Object.entries(table).map(([name, values]) => [`${path}${name}`, name, values] as const)

describe('a wrong value of an option of createResourceServer is a TypeError that names it', () => {
  it.each(Object.entries(WRONG))('%s', (name, values) => {
    for (const value of values) expectNamed(over({ [name]: value }), name)
  })

  for (const [group, table] of WRONG_WITHIN) {
    it.each(within(`${group}.`, table))('%s', (path, name, values) => {
      for (const value of values) expectNamed(over({ [group]: { [name]: value } }), path)
    })
  }

  it.each(within('authorizationServer.', WRONG_SERVER))('%s', (path, name, values) => {
    for (const value of values) {
      expectNamed(over({ authorizationServer: { ...SERVER, [name]: value } }), path)
    }
  })

  it.each(within('authorizationServer.1.', WRONG_SERVER))('%s', (path, name, values) => {
    const second = { ...SERVER, issuer: 'https://b.example.com' }
    for (const value of values) {
      expectNamed(over({ authorizationServer: [SERVER, { ...second, [name]: value }] }), path)
    }
  })

  it.each([
    ['maxAge', [...amount, 0, 86_401]],
    ['staleIfError', [...amount, 604_801]],
    ['unknownKeyCoolDown', [...amount, 0, 3601]],
    ['maxKeys', [...amount, 0, 1.5, 1001]],
  ])('authorizationServer.keySet.%s', (name, values) => {
    for (const value of values) {
      const authorizationServer = { issuer: ISSUER, keySet: { [name]: value } }
      expectNamed(over({ authorizationServer }), `authorizationServer.keySet.${name}`)
    }
  })

  it.each([
    ['clientId', ['', ...text]],
    ['clientSecret', ['', ...text]],
    ['authentication', ['none', '', 5, null, {}, [], ['none'], { authenticate: 1 }]],
    ['clientKey', ['', 'a-key', 5, null, {}, []]],
    ['clientCertificate', ['', 5, null, {}, { cert: 'a', key: 'b' }]],
    ['endpoint', ['', 5, null, 'introspect', 'ftp://sso.example.com', `${ISSUER}#a`]],
    ['opaqueTokens', flag],
  ])('authorizationServer.introspection.%s', (name, values) => {
    for (const value of values) {
      const introspection = { clientId: 'mcp', clientSecret: 's', [name]: value }
      const authorizationServer = { issuer: ISSUER, introspection }
      expectNamed(over({ authorizationServer }), `authorizationServer.introspection.${name}`)
    }
  })

  it('authorizationServer.confirm', () => {
    const introspection = { clientId: 'mcp', clientSecret: 's' }
    for (const confirm of ['', 'sometimes', 0, 0.5, 86_401, -1, null, true, Number.NaN]) {
      const authorizationServer = { issuer: ISSUER, introspection, confirm }
      expectNamed(over({ authorizationServer }), 'authorizationServer.confirm')
    }
  })

  it('authorizationServer', () => {
    for (const value of [undefined, null, 5, '', [], {}, [null], [5], true]) {
      const error = over({ authorizationServer: value })
      expect(error).toBeInstanceOf(TypeError)
      expect((error as Error).message).toMatch(
        /^createResourceServer: option `authorizationServer[.\w]*` /,
      )
    }
  })

  it.each([undefined, null, 5, 'https://mcp.example.com', true])('no options but %s', (options) => {
    expectNamed(thrown(options), 'options')
  })

  it.each(['resource_name', 'resource_documentation', 'resource_policy_uri', 'resource_tos_uri'])(
    'RFC9728-4: metadata.%s, also in another language',
    (name) => {
      for (const value of [5, null, [], {}, true]) {
        expectNamed(over({ metadata: { [name]: value } }), `metadata.${name}`)
        expectNamed(over({ metadata: { [`${name}#de`]: value } }), `metadata.${name}#de`)
      }
    },
  )
})

const DID_YOU_MEAN: Readonly<Record<string, string>> = {
  resources: 'resource',
  scope: 'requiredScopes',
  audience: 'additionalAudiences',
  'authorizationServer.audience': 'authorizationServer.additionalAudiences',
  'authorizationServer.jwks': 'authorizationServer.keys',
  'authorizationServer.introspection.secret': 'authorizationServer.introspection.clientSecret',
  'http.headers': 'http.headersTimeout',
}

describe('an option that does not exist is a TypeError that names it', () => {
  it.each([
    ['resources', { resources: [] }],
    ['scope', { scope: ['mcp:tools'] }],
    ['audience', { audience: RESOURCE }],
    ['cache.ttl', { cache: { ttl: 5 } }],
    ['http.headers', { http: { headers: {} } }],
    ['authorizationServer.audience', { authorizationServer: { ...SERVER, audience: 'a' } }],
    ['authorizationServer.jwks', { authorizationServer: { issuer: ISSUER, jwks: {} } }],
    [
      'authorizationServer.keySet.ttl',
      { authorizationServer: { issuer: ISSUER, keySet: { ttl: 1 } } },
    ],
    [
      'authorizationServer.introspection.secret',
      { authorizationServer: { issuer: ISSUER, introspection: { clientId: 'a', secret: 'b' } } },
    ],
    ['authorizationServer.1.realm', { authorizationServer: [SERVER, { ...SERVER, realm: 'a' }] }],
  ])('%s', (path, more) => {
    const error = over(more)
    expect(error).toBeInstanceOf(TypeError)
    const [told, hint = ''] = (error as Error).message.split(': did you mean ')
    expect(told).toBe(`createResourceServer: there is no option \`${path}\``)
    const nearest = DID_YOU_MEAN[path]
    expect(hint).toBe(nearest === undefined ? '' : `\`${nearest}\`?`)
  })

  it('__proto__ is no way round', () => {
    expectNamed(over(JSON.parse('{"__proto__":{"allowInsecureHttp":true}}')), '__proto__')
  })
})

describe('the message', () => {
  it('says what was got and what is wanted', () => {
    expect(over({ clockTolerance: 61 })).toEqual(
      new TypeError(
        'createResourceServer: option `clockTolerance` must be a number of seconds from 0 to 60; got 61',
      ),
    )
    expect(over({ resource: 'mcp' })).toEqual(
      new TypeError('createResourceServer: option `resource` is not an absolute URL; got "mcp"'),
    )
    expect(over({ requiredScopes: undefined })).toBeUndefined()
  })

  it('MCP-4: names offline_access where scopes may not', () => {
    for (const name of ['requiredScopes', 'initialScopes']) {
      expect(String(over({ [name]: ['mcp:tools', 'offline_access'] }))).toContain(
        `option \`${name}\` must not name offline_access`,
      )
    }
  })
})
