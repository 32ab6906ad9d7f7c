import {
  createCachedVerifier,
  createPolicy,
  createResourceServer,
  type GuardOptions,
  type HybridVerifierOptions,
  type IntrospectionVerifierOptions,
  type JwtVerifierOptions,
  type Policy,
  type PolicyOptions,
  type ResourceServer,
  type ResourceServerOptions,
  rfc9068Profile,
  type TokenExchangerOptions,
  type TokenProfile,
  type TokenVerifier,
  type VerifiedToken,
} from 'mcp-resource-server'
import { keycloakProfile } from 'mcp-resource-server/keycloak'
import { describe, expectTypeOf, it } from 'vitest'

const resource = 'https://mcp.example.com/mcp'
const authorizationServer = 'https://sso.example.com'

describe('the options', () => {
  it('need a resource and an authorization server, and no more', () => {
    expectTypeOf(createResourceServer({ resource, authorizationServer })).toExtend<ResourceServer>()
    // @ts-expect-error no resource
    createResourceServer({ authorizationServer })
  })

  it('take an issuer, its options, or a list of both', () => {
    type Given = ResourceServerOptions['authorizationServer']
    expectTypeOf<string>().toExtend<Given>()
    expectTypeOf<{ issuer: string; profile: typeof keycloakProfile }>().toExtend<Given>()
    expectTypeOf<(string | { issuer: string })[]>().toExtend<Given>()
    // @ts-expect-error a name is not a profile
    createResourceServer({ resource, authorizationServer: { issuer: 'x', profile: 'keycloak' } })
    // @ts-expect-error options without an issuer
    createResourceServer({ resource, authorizationServer: { profile: keycloakProfile } })
  })

  it('refuse a misspelt name, at every level', () => {
    // @ts-expect-error scopes
    createResourceServer({ resource, authorizationServer, scope: ['mcp:tools'] })
    // @ts-expect-error clockTolerance
    createResourceServer({ resource, authorizationServer, clockTollerance: 10 })
    // @ts-expect-error algorithms
    createResourceServer({ resource, authorizationServer: { issuer: 'x', algorithm: ['RS256'] } })
    // @ts-expect-error maxEntries
    createResourceServer({ resource, authorizationServer, cache: { maxEntires: 10 } })
    // @ts-expect-error connectTimeout
    createResourceServer({ resource, authorizationServer, http: { connectionTimeout: 1 } })
  })

  it('refuse a value of another type', () => {
    // @ts-expect-error a list
    createResourceServer({ resource, authorizationServer, scopes: 'mcp:tools' })
    // @ts-expect-error seconds are a number
    createResourceServer({ resource, authorizationServer, clockTolerance: '10s' })
    // @ts-expect-error false or options
    createResourceServer({ resource, authorizationServer, cache: true })
    // @ts-expect-error never, always or seconds
    createResourceServer({ resource, authorizationServer: { issuer: 'x', confirm: 'sometimes' } })
  })
})

describe('the options of the gate', () => {
  it('are false or an object, a list or "*", false or seconds', () => {
    createResourceServer({ resource, authorizationServer, sessions: 'none' })
    createResourceServer({ resource, authorizationServer, sessions: 'unchecked' })
    createResourceServer({ resource, authorizationServer, sessions: { maxSessions: 5 } })
    createResourceServer({ resource, authorizationServer, allowedOrigins: '*' })
    createResourceServer({ resource, authorizationServer, allowedOrigins: ['https://a.example'] })
    createResourceServer({ resource, authorizationServer, streamGrace: false })
    // @ts-expect-error sessions are bound unless false says otherwise
    createResourceServer({ resource, authorizationServer, sessions: true })
    // @ts-expect-error maxIdle
    createResourceServer({ resource, authorizationServer, sessions: { ttl: 5 } })
    // @ts-expect-error a list
    createResourceServer({ resource, authorizationServer, allowedOrigins: 'https://a.example' })
    // @ts-expect-error there is no "on" beside the default
    createResourceServer({ resource, authorizationServer, streamGrace: true })
    // @ts-expect-error one of two
    createResourceServer({ resource, authorizationServer, challengeIncludesGranted: 'granted' })
  })

  it('let a guard switch the policy off, and not set another one', () => {
    expectTypeOf<GuardOptions['policy']>().toEqualTypeOf<false | undefined>()
    expectTypeOf<{ policy: false }>().toExtend<GuardOptions>()
    expectTypeOf<{ policy: object }>().not.toExtend<GuardOptions>()
  })
})

describe('a policy of operations', () => {
  it('is plain data and functions', () => {
    const policy: PolicyOptions = {
      tools: { add: 'allow', erase: { scopes: ['data:write'], roles: { anyOf: ['steward'] } } },
      resources: { 'docs:///{+path}': { allow: (token) => token.subject === 'alice' } },
      default: 'deny',
    }
    expectTypeOf(createPolicy(policy)).toEqualTypeOf<Policy>()
    createResourceServer({ resource, authorizationServer, policy })
    // @ts-expect-error allow or deny
    createPolicy({ tools: { add: 'permit' } })
    // @ts-expect-error scopes
    createPolicy({ tools: { add: { scope: ['data:write'] } } })
    // @ts-expect-error a list
    createPolicy({ tools: { add: { scopes: 'data:write' } } })
    // @ts-expect-error yes or no
    createPolicy({ tools: { add: { allow: () => 'yes' } } })
  })
})

describe('a verifier', () => {
  it('can be written by a user, by its one method', () => {
    const verifier = {
      async verify(token: string): Promise<VerifiedToken> {
        throw new Error(`no verdict on ${token.length} characters`)
      },
    }
    expectTypeOf(verifier).toExtend<TokenVerifier>()
    expectTypeOf(createCachedVerifier(verifier)).toExtend<TokenVerifier>()
    createResourceServer({ resource, authorizationServer, verifier })
  })

  it('must resolve with a verified token', () => {
    const verifier = { verify: async (token: string) => ({ subject: token }) }
    // @ts-expect-error a subject is no verified token
    createResourceServer({ resource, authorizationServer, verifier })
  })

  it('is what a resource server is', () => {
    expectTypeOf<ResourceServer>().toExtend<TokenVerifier>()
  })
})

describe('a token profile', () => {
  it('needs a name alone', () => {
    expectTypeOf({ name: 'acme' }).toExtend<TokenProfile>()
    expectTypeOf(keycloakProfile).toEqualTypeOf<TokenProfile>()
    expectTypeOf(rfc9068Profile).toExtend<TokenProfile>()
    // @ts-expect-error no name
    const nameless: TokenProfile = { scopeClaims: ['scp'] }
    // @ts-expect-error scopeClaims
    const misspelt: TokenProfile = { name: 'acme', scopeClaim: ['scp'] }
    void [nameless, misspelt]
  })

  it('knows what its functions get and give', () => {
    const profile: TokenProfile = {
      name: 'acme',
      checkType: ({ claims, headerType, source }) => {
        expectTypeOf(claims).toEqualTypeOf<Readonly<Record<string, unknown>>>()
        expectTypeOf(headerType).toEqualTypeOf<string | undefined>()
        expectTypeOf(source).toEqualTypeOf<'jwt' | 'introspection'>()
      },
      // @ts-expect-error a list of roles
      rolesOf: () => 'admin',
      // @ts-expect-error a reason that exists
      readExchangeRefusal: () => 'no_reason',
      // @ts-expect-error a member that binds
      confirmationNotes: { note: 'other' },
    }
    void profile
  })

  it('stands in the options of the gate and of every verifier', () => {
    const profile: TokenProfile = { name: 'acme' }
    const given = { issuer: 'x', audience: 'y', profile }
    expectTypeOf(given).toExtend<JwtVerifierOptions>()
    expectTypeOf<typeof given & { introspection: { clientId: string } }>().toExtend<
      IntrospectionVerifierOptions & HybridVerifierOptions
    >()
    expectTypeOf<{
      issuer: string
      clientId: string
      profile: TokenProfile
    }>().toExtend<TokenExchangerOptions>()
  })
})
