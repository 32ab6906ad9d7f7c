import { describe, expect, it } from 'vitest'
import type { AuthorizationServerOptions } from '../../../src/resource-server/authorization-server-options.ts'
import type { TokenVerifier } from '../../../src/verification/token-verifier.ts'
import {
  ISSUER,
  type Overrides,
  RESOURCE,
  rsaKey,
  testResourceServer,
} from '../../support/tokens.ts'

const keys = { keys: [rsaKey.publicKey as Record<string, unknown>] }
const introspection = { clientId: 'mcp', clientSecret: 's' }
const second: AuthorizationServerOptions = { issuer: 'https://b.example.com', introspection }
const verifier: TokenVerifier = {
  verify: async () => {
    throw new Error('not used')
  },
}

describe('options that do not go together', () => {
  it.each<[string, Overrides, string]>([
    [
      'given keys and where to fetch them',
      { server: { jwksUri: 'https://sso.example.com/jwks' } },
      'option `authorizationServer.keys` cannot be combined with `jwksUri` or `keySet`',
    ],
    [
      'given keys and how to keep fetched ones',
      { server: { keySet: { maxAge: 5 } } },
      'option `authorizationServer.keys` cannot be combined with `jwksUri` or `keySet`',
    ],
    [
      'how often to confirm, without introspection',
      { server: { confirm: 30 } },
      'option `authorizationServer.confirm` needs verification "hybrid"',
    ],
    [
      'how often to confirm what is asked for at every request',
      {
        authorizationServer: {
          issuer: ISSUER,
          introspection,
          verification: 'introspection',
          confirm: 'always',
        },
      },
      'option `authorizationServer.confirm` needs verification "hybrid"',
    ],
    [
      'verification by keys alone, and introspection',
      { server: { introspection, verification: 'jwt' } },
      'option `authorizationServer.verification` must be "hybrid", "introspection" or left out',
    ],
    [
      'introspection without credentials',
      { server: { verification: 'introspection' } },
      'option `authorizationServer.introspection` must be set for verification "introspection"',
    ],
    [
      'hybrid without credentials',
      { server: { verification: 'hybrid' } },
      'option `authorizationServer.introspection` must be set for verification "hybrid"',
    ],
    [
      'a built-in way to authenticate without a secret',
      { server: { introspection: { clientId: 'mcp' } } },
      'option `authorizationServer.introspection.clientSecret` must be set',
    ],
    [
      'one issuer twice',
      { authorizationServer: [ISSUER, { issuer: ISSUER, keys }] },
      'option `authorizationServer.1.issuer` is used twice',
    ],
    [
      'a fetch, and whether it keeps connections',
      { http: { fetch: async () => new Response(), reuseConnections: false } },
      'option `http.reuseConnections` has no effect on a `fetch` of your own',
    ],
    [
      'two issuers that both take opaque tokens',
      { authorizationServer: [{ issuer: ISSUER, introspection }, second] },
      'option `authorizationServer.1.introspection.opaqueTokens` must be false',
    ],
    [
      'a mirror of two servers',
      { authorizationServer: [ISSUER, second], mirrorAuthorizationServerMetadata: true },
      'option `mirrorAuthorizationServerMetadata` needs exactly one `authorizationServer`',
    ],
    [
      'a mirror beside a verifier of one’s own',
      { verifier, mirrorAuthorizationServerMetadata: true },
      'option `mirrorAuthorizationServerMetadata` needs exactly one `authorizationServer`',
    ],
    [
      'S1.12: a resource that is the issuer itself',
      { resource: ISSUER },
      'option `resource` must name this server, not the issuer',
    ],
  ])('%s', (_name, overrides, message) => {
    expect(() => testResourceServer(overrides)).toThrow(TypeError)
    expect(() => testResourceServer(overrides)).toThrow(`createResourceServer: ${message}`)
  })

  it.each<[string, Overrides]>([
    [
      'two issuers of which one takes opaque tokens',
      {
        authorizationServer: [
          { issuer: ISSUER, introspection: { ...introspection, opaqueTokens: false } },
          second,
        ],
      },
    ],
    [
      'an own way to authenticate, without a secret',
      {
        authorizationServer: {
          issuer: ISSUER,
          introspection: { clientId: 'mcp', authentication: { authenticate() {} } },
        },
      },
    ],
    ['given keys beside introspection', { server: { introspection } }],
    ['a verifier of one’s own', { verifier }],
    ['a mirror of the one server', { mirrorAuthorizationServerMetadata: true }],
  ])('but these do: %s', (_name, overrides) => {
    expect(() => testResourceServer(overrides)).not.toThrow()
  })
})

describe('plain http', () => {
  const REMOTE = 'http://sso.example.com/realms/acme'
  const places: readonly [string, (url: string) => Overrides][] = [
    ['resource', (resource) => ({ resource })],
    ['authorizationServer', (url) => ({ authorizationServer: url })],
    ['authorizationServer.issuer', (issuer) => ({ server: { issuer } })],
    ['authorizationServer.0.issuer', (issuer) => ({ authorizationServer: [{ issuer, keys }] })],
    [
      'authorizationServer.jwksUri',
      (jwksUri) => ({ authorizationServer: { issuer: ISSUER, jwksUri } }),
    ],
    [
      'authorizationServer.introspection.endpoint',
      (endpoint) => ({ server: { introspection: { ...introspection, endpoint } } }),
    ],
  ]

  it.each(places)('S1.5: as %s is refused, beyond loopback', (path, place) => {
    const named = path === 'authorizationServer' ? 'authorizationServer.issuer' : path
    expect(() => testResourceServer(place(REMOTE))).toThrow(TypeError)
    expect(() => testResourceServer(place(REMOTE))).toThrow(
      `createResourceServer: option \`${named}\` is plain http and not on loopback`,
    )
  })

  it.each(places)('S1.5: as %s is taken on loopback', (_path, place) => {
    for (const host of ['localhost:8080', '127.0.0.1', '[::1]:1', 'sso.localhost']) {
      expect(() => testResourceServer(place(`http://${host}/realms/acme`))).not.toThrow()
    }
  })

  it.each(places)('S1.5: as %s is taken where allowInsecureHttp says so', (_path, place) => {
    const insist = { ...place(REMOTE), allowInsecureHttp: true }
    expect(() => testResourceServer(insist)).not.toThrow()
    expect(() => testResourceServer({ ...insist, allowInsecureHttp: false })).toThrow(TypeError)
  })

  it.each([
    [REMOTE, 'is plain http'],
    ['sso', 'is not an absolute URL'],
    ['https://sso.example.com?a', 'must have no query'],
  ])('S1.5: issuers are judged beside a verifier of one’s own as well: %s', (issuer, fault) => {
    for (const authorizationServer of [issuer, { issuer }, [ISSUER, issuer]]) {
      const make = () => testResourceServer({ verifier, authorizationServer })
      expect(make).toThrow(TypeError)
      expect(make).toThrow(fault)
    }
  })
})

describe('identifiers that URL would mend', () => {
  // What is served and compared is the string itself, so a slip of the keyboard must show at once.
  it.each(['https:/mcp.example.com/mcp', 'https:mcp.example.com/mcp', 'https:///mcp.example.com/'])(
    'RFC9728-3 S1.9: the resource %s has no address for its metadata',
    (resource) => {
      expect(() => testResourceServer({ resource })).toThrow(/option `resource`/)
    },
  )

  it.each([
    ' https://mcp.example.com/mcp',
    'https://mcp.example.com/a"b',
    'https://bücher.example/',
  ])('RFC9728-3 RFC6750-5: the resource %j would break in the challenge', (resource) => {
    expect(() => testResourceServer({ resource })).toThrow(/option `resource`/)
  })

  it.each(['https:/sso.example.com', 'https:sso.example.com', 'https://sso.example.com/a b'])(
    'RFC8725-2: the issuer %j has no address for its metadata',
    (issuer) => {
      expect(() => testResourceServer({ authorizationServer: issuer })).toThrow(
        /option `authorizationServer.issuer`/,
      )
    },
  )

  it('MCP-3: upper-case schemes and hosts are as good as lower-case ones', () => {
    const resource = 'HTTPS://MCP.EXAMPLE.COM/mcp'
    expect(testResourceServer({ resource }).resource).toBe(resource)
    expect(RESOURCE).not.toBe(resource)
  })
})
