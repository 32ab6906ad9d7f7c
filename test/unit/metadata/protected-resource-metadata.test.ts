import { describe, expect, it } from 'vitest'
import type { ResourceDescription } from '../../../src/metadata/options.ts'
import { protectedResourceMetadata } from '../../../src/metadata/protected-resource-metadata.ts'
import { answerAtEndpoint } from '../../support/adapter.ts'
import { base64url, ISSUER, RESOURCE, signToken, testResourceServer } from '../../support/tokens.ts'

const LEAST = { resource: RESOURCE, authorization_servers: [ISSUER] }

describe('the document', () => {
  it('MCP-1 RFC9728-4: of the least: where tokens come from and how they are shown', () => {
    expect(protectedResourceMetadata(LEAST)).toEqual({
      resource: RESOURCE,
      authorization_servers: [ISSUER],
      bearer_methods_supported: ['header'],
    })
  })

  it('RFC9728-4: holds every registered member, and names in other languages', async () => {
    const everything = {
      ...LEAST,
      jwks_uri: 'https://mcp.example.com/jwks.json',
      scopes_supported: ['mcp:tools'],
      bearer_methods_supported: ['header'],
      resource_signing_alg_values_supported: ['ES256'],
      resource_name: 'Calculator',
      'resource_name#de': 'Rechner',
      'resource_name#ja-Kana-JP': 'デンタク',
      resource_documentation: 'https://mcp.example.com/docs',
      'resource_documentation#de': 'https://mcp.example.com/de/docs',
      resource_policy_uri: 'https://mcp.example.com/policy',
      'resource_policy_uri#de': 'https://mcp.example.com/de/policy',
      resource_tos_uri: 'https://mcp.example.com/tos',
      'resource_tos_uri#de': 'https://mcp.example.com/de/tos',
      tls_client_certificate_bound_access_tokens: false,
      authorization_details_types_supported: ['payment'],
      dpop_signing_alg_values_supported: ['ES256'],
      dpop_bound_access_tokens_required: true,
      signed_metadata: await signToken(),
    }
    expect(protectedResourceMetadata(everything)).toEqual(everything)
    const {
      resource: _,
      authorization_servers: _servers,
      scopes_supported,
      // The option `dpop` makes both.
      dpop_signing_alg_values_supported: _algorithms,
      dpop_bound_access_tokens_required: _required,
      ...metadata
    } = everything
    const dpop = { algorithms: ['ES256'], mode: 'required' } as const
    const server = testResourceServer({ metadata, requiredScopes: scopes_supported, dpop })
    expect(server.metadata).toEqual(everything)
    const answer = await answerAtEndpoint(server, {
      method: 'GET',
      url: '/.well-known/oauth-protected-resource',
      headers: {},
    })
    expect(JSON.parse(answer?.body ?? '')).toEqual(everything)
  })

  it('RFC9728-2: leaves empty lists and absent members out', () => {
    const document = protectedResourceMetadata({
      ...LEAST,
      scopes_supported: [],
      resource_signing_alg_values_supported: [],
      authorization_details_types_supported: [],
      dpop_signing_alg_values_supported: [],
    })
    expect(Object.keys(document).sort()).toEqual([
      'authorization_servers',
      'bearer_methods_supported',
      'resource',
    ])
  })

  it('RFC9728-2: keeps the one empty list that means something', () => {
    expect(
      protectedResourceMetadata({ ...LEAST, bearer_methods_supported: [] })
        .bearer_methods_supported,
    ).toEqual([])
  })

  it('MCP-4: never lists offline_access', () => {
    const scopes_supported = ['offline_access', 'mcp:tools', 'offline_access']
    expect(protectedResourceMetadata({ ...LEAST, scopes_supported }).scopes_supported).toEqual([
      'mcp:tools',
    ])
    const alone = protectedResourceMetadata({ ...LEAST, scopes_supported: ['offline_access'] })
    expect(alone).not.toHaveProperty('scopes_supported')
  })

  it('MCP-1: is not made without an authorization server', () => {
    expect(() => protectedResourceMetadata({ ...LEAST, authorization_servers: [] })).toThrow(
      new TypeError(
        'protectedResourceMetadata: `authorization_servers` must name at least one issuer',
      ),
    )
  })

  it.each(['a b', '', 'a"b', 'ä', 'a\n'])('RFC9728-4: %j is no scope to offer', (scope) => {
    expect(() => protectedResourceMetadata({ ...LEAST, scopes_supported: [scope] })).toThrow(
      /`scopes_supported`/,
    )
  })

  it.each(['resource_signing_alg_values_supported', 'dpop_signing_alg_values_supported'])(
    'RFC9728-4: %s never names "none"',
    (name) => {
      expect(() => protectedResourceMetadata({ ...LEAST, [name]: ['ES256', 'none'] })).toThrow(
        new TypeError(`protectedResourceMetadata: \`${name}\` must not name "none"`),
      )
    },
  )

  it('MCP-5: offers other scopes than every request needs, where they were given', () => {
    const server = testResourceServer({ requiredScopes: ['a'], initialScopes: ['a', 'b'] })
    expect(server.metadata.scopes_supported).toEqual(['a', 'b'])
    expect(testResourceServer({ requiredScopes: ['a'] }).metadata.scopes_supported).toEqual(['a'])
  })

  it('MCP-1: names every issuer, in order and verbatim', () => {
    const authorizationServer = ['https://b.example.com/', 'HTTPS://A.example.com/realms/%41']
    const server = testResourceServer({ authorizationServer })
    expect(server.metadata.authorization_servers).toEqual(authorizationServer)
  })

  it.each([
    ['resource', 'https://x.example'],
    ['authorization_servers', []],
    ['scopes_supported', ['x']],
    ['resource_nam', 'misspelt'],
  ])('RFC9728-3: an option `metadata.%s` is refused: it is not for that place', (name, value) => {
    const metadata = { [name]: value } as ResourceDescription
    expect(() => testResourceServer({ metadata })).toThrow(
      `option \`metadata.${name}\` is set by another option, or is no member of RFC 9728 §2`,
    )
  })
})

describe('signed_metadata', () => {
  const jws = (header: unknown, payload: unknown, signature = 'AAAA') =>
    `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(payload))}.${signature}`

  it.each([
    ['no JWS', 'abc', /must be a signed JWT/],
    ['unsigned', jws({ alg: 'none' }, { iss: ISSUER }), /must be a signed JWT: not signed/],
    ['without a signature', jws({ alg: 'ES256' }, { iss: ISSUER }, ''), /must be a signed JWT/],
    ['without iss', jws({ alg: 'ES256' }, { resource: RESOURCE }), /must have "iss"/],
    ['with an iss that is no string', jws({ alg: 'ES256' }, { iss: 1 }), /must have "iss"/],
    ['with claims that are a list', jws({ alg: 'ES256' }, []), /must be a signed JWT/],
    [
      'with another one inside',
      jws({ alg: 'ES256' }, { iss: ISSUER, signed_metadata: 'x' }),
      /must not contain `signed_metadata`/,
    ],
  ])('RFC9728-4: %s is refused at start', (_name, signed_metadata, expected) => {
    expect(() => protectedResourceMetadata({ ...LEAST, signed_metadata })).toThrow(expected)
    expect(() => testResourceServer({ metadata: { signed_metadata } })).toThrow(expected)
    expect(() => testResourceServer({ metadata: { signed_metadata } })).toThrow(TypeError)
  })

  it('RFC9728-4: is published unchanged', async () => {
    const signed_metadata = await signToken()
    expect(protectedResourceMetadata({ ...LEAST, signed_metadata })).toMatchObject({
      signed_metadata,
    })
  })
})
