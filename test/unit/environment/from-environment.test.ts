import { describe, expect, it } from 'vitest'
import { type Environment, fromEnvironment } from '../../../src/environment/from-environment.ts'
import { createResourceServer } from '../../../src/index.ts'
import { keycloakProfile } from '../../../src/keycloak/profile.ts'
import {
  auth0Profile,
  cognitoProfile,
  entraIdProfile,
  oktaProfile,
} from '../../../src/profiles/index.ts'

const OURS = { MCP_ISSUER: 'https://sso.example.com', MCP_RESOURCE: 'https://mcp.example.com/mcp' }
const TUTORIAL = {
  AUTH_REALM: 'acme',
  OAUTH_CLIENT_ID: 'test-server',
  OAUTH_CLIENT_SECRET: 'a-secret',
}
const DOWNSTREAM = {
  AUTHZ_SERVER_BASE_URL: 'https://sso.example.com/realms/ofbiz',
  MCP_SERVER_CLIENT_ID: 'mcp-ofbiz',
  MCP_SERVER_CLIENT_SECRET: 'a-secret',
  MCP_RESOURCE: 'https://mcp.example.com/mcp',
}

describe('our own variables', () => {
  it('give options that work, without options that are not set', () => {
    const options = fromEnvironment(OURS)
    expect(options).toEqual({
      resource: 'https://mcp.example.com/mcp',
      authorizationServer: { issuer: 'https://sso.example.com' },
      requiredScopes: [],
    })
    expect(createResourceServer(options).resource).toBe('https://mcp.example.com/mcp')
  })

  it('set every option that has a variable', () => {
    const options = fromEnvironment({
      ...OURS,
      MCP_SCOPES: ' mcp:tools  mcp:admin ',
      MCP_AUDIENCES: 'mcp-client-id',
      MCP_PROFILE: 'keycloak',
      MCP_CLIENT_ID: 'me',
      MCP_CLIENT_SECRET: 'a-secret',
      MCP_VERIFICATION: 'hybrid',
      MCP_CONFIRM: '15',
      MCP_DPOP: 'required',
      MCP_ALLOWED_ORIGINS: 'https://app.example.com  https://admin.example.com',
    })
    expect(options).toEqual({
      resource: 'https://mcp.example.com/mcp',
      authorizationServer: {
        issuer: 'https://sso.example.com',
        profile: keycloakProfile,
        verification: 'hybrid',
        confirm: 15,
        introspection: { clientId: 'me', clientSecret: 'a-secret' },
      },
      requiredScopes: ['mcp:tools', 'mcp:admin'],
      additionalAudiences: ['mcp-client-id'],
      dpop: 'required',
      allowedOrigins: ['https://app.example.com', 'https://admin.example.com'],
    })
    expect(() => createResourceServer(options)).not.toThrow()
  })

  it.each([
    ['auth0', auth0Profile],
    ['entra-id', entraIdProfile],
    ['okta', oktaProfile],
    ['cognito', cognitoProfile],
  ])('name the profile of a vendor: %s', (name, profile) => {
    const { authorizationServer } = fromEnvironment({ ...OURS, MCP_PROFILE: name })
    expect(authorizationServer).toEqual({ issuer: 'https://sso.example.com', profile })
  })

  it('MCP-19: may allow every origin', () => {
    expect(fromEnvironment({ ...OURS, MCP_ALLOWED_ORIGINS: '*' }).allowedOrigins).toBe('*')
    expect(fromEnvironment({ ...OURS, MCP_ALLOWED_ORIGINS: '' }).allowedOrigins).toBeUndefined()
  })
})

describe('the variables of the MCP tutorial', () => {
  it('S1: set a Keycloak realm, introspection and the tutorial’s defaults', () => {
    const options = fromEnvironment(TUTORIAL)
    expect(options).toEqual({
      resource: 'http://localhost:3000',
      authorizationServer: {
        issuer: 'http://localhost:8080/realms/acme',
        profile: keycloakProfile,
        verification: 'introspection',
        introspection: { clientId: 'test-server', clientSecret: 'a-secret' },
      },
      requiredScopes: ['mcp:tools'],
    })
    expect(createResourceServer(options).metadataUrl).toBe(
      'http://localhost:3000/.well-known/oauth-protected-resource',
    )
  })

  it('S1: each variable has its effect', () => {
    expect(
      fromEnvironment({
        ...TUTORIAL,
        HOST: '127.0.0.1',
        PORT: '4000',
        AUTH_HOST: 'localhost',
        AUTH_PORT: '9000',
        MCP_SCOPE: 'mcp:other',
        OAUTH_STRICT: 'true',
        TRANSPORT: 'streamable-http',
      }),
    ).toMatchObject({
      resource: 'http://127.0.0.1:4000',
      authorizationServer: { issuer: 'http://localhost:9000/realms/acme' },
      requiredScopes: ['mcp:other'],
    })
  })
})

it('S2: the variables with a client id make it an accepted audience', () => {
  const options = fromEnvironment(DOWNSTREAM)
  expect(options).toMatchObject({ additionalAudiences: ['mcp-ofbiz'] })
  expect(() => createResourceServer(options)).not.toThrow()
})

describe('a wrong variable is named', () => {
  it.each<readonly [string, Environment, RegExp]>([
    ['nothing at all', {}, /set one of MCP_ISSUER, AUTH_REALM, AUTHZ_SERVER_BASE_URL/],
    ['empty text', { MCP_ISSUER: '' }, /set one of/],
    ['two sets', { ...OURS, ...TUTORIAL }, /MCP_ISSUER and AUTH_REALM/],
    ['no resource', { MCP_ISSUER: 'https://sso.example.com' }, /MCP_RESOURCE is not set/],
    [
      'an id without a secret',
      { ...OURS, MCP_CLIENT_ID: 'me' },
      /MCP_CLIENT_SECRET must be set together/,
    ],
    ['hybrid without a client', { ...OURS, MCP_VERIFICATION: 'hybrid' }, /needs MCP_CLIENT_ID/],
    ['an unknown mode', { ...OURS, MCP_VERIFICATION: 'both' }, /MCP_VERIFICATION must be one of/],
    [
      'an unknown profile',
      { ...OURS, MCP_PROFILE: 'auth' },
      /one of rfc9068, keycloak, auth0, entra-id/,
    ],
    ['a bad interval', { ...OURS, MCP_CONFIRM: '-1' }, /MCP_CONFIRM must be/],
    ['too long an interval', { ...OURS, MCP_CONFIRM: '99999' }, /MCP_CONFIRM must be/],
    ['an unknown DPoP mode', { ...OURS, MCP_DPOP: 'on' }, /MCP_DPOP must be one of off/],
    ['an interval without a client', { ...OURS, MCP_CONFIRM: '5' }, /MCP_CONFIRM needs hybrid/],
    [
      'a client id with verification by keys only',
      { ...OURS, MCP_CLIENT_ID: 'a', MCP_CLIENT_SECRET: 'b', MCP_VERIFICATION: 'jwt' },
      /MCP_VERIFICATION=jwt does not use/,
    ],
    ['no client id', { ...TUTORIAL, OAUTH_CLIENT_ID: '' }, /OAUTH_CLIENT_ID is not set/],
    ['no secret', { ...TUTORIAL, OAUTH_CLIENT_SECRET: undefined }, /OAUTH_CLIENT_SECRET is not/],
    ['a bad port', { ...TUTORIAL, PORT: '70000' }, /PORT must be a port number/],
    ['a bad port over there', { ...TUTORIAL, AUTH_PORT: 'x' }, /AUTH_PORT must be a port/],
    ['S1.12 audiences off', { ...TUTORIAL, OAUTH_STRICT: 'false' }, /OAUTH_STRICT must be "true"/],
    ['stdio', { ...TUTORIAL, TRANSPORT: 'stdio' }, /TRANSPORT=stdio/],
    [
      'S2 no client id',
      { ...DOWNSTREAM, MCP_SERVER_CLIENT_ID: undefined },
      /MCP_SERVER_CLIENT_ID is/,
    ],
    ['S2 no resource', { ...DOWNSTREAM, MCP_RESOURCE: '' }, /MCP_RESOURCE is not set/],
  ])('%s', (_name, environment, message) => {
    expect(() => fromEnvironment(environment)).toThrow(TypeError)
    expect(() => fromEnvironment(environment)).toThrow(message)
  })

  it('S1.7: no secret is shown', () => {
    let message = ''
    try {
      fromEnvironment({ ...OURS, MCP_CLIENT_SECRET: 'a-secret', MCP_PROFILE: 'x' })
    } catch (error) {
      message = String(error)
    }
    expect(message).toContain('MCP_CLIENT_ID')
    expect(message).not.toContain('a-secret')
  })
})
