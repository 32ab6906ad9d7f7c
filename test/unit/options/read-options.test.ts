import { describe, expect, it } from 'vitest'
import { keycloak } from '../../../src/keycloak/keycloak.ts'
import { createResourceServer } from '../../../src/resource-server/resource-server.ts'
import { createTokenExchanger } from '../../../src/token-exchange/token-exchanger.ts'
import { ISSUER, RESOURCE } from '../../support/tokens.ts'

const SERVER = { resource: RESOURCE, authorizationServer: ISSUER }

describe('an option that does not exist: the one that was meant', () => {
  it.each<[object, string, string]>([
    [{ scope: 'mcp:tools' }, 'scope', 'requiredScopes'],
    [{ scopes: ['a'] }, 'scopes', 'requiredScopes'],
    [{ audience: 'a' }, 'audience', 'additionalAudiences'],
    [{ operations: {} }, 'operations', 'policy'],
    [{ scopesSupported: ['a'] }, 'scopesSupported', 'initialScopes'],
    [{ scopes: ['a'] }, 'scopes', 'requiredScopes'],
    [{ operations: {} }, 'operations', 'policy'],
    [{ audiences: ['a'] }, 'audiences', 'additionalAudiences'],
    [{ soleAudience: true }, 'soleAudience', 'exclusiveAudience'],
    [{ challengeScopes: 'required' }, 'challengeScopes', 'challengeIncludesGranted'],
    [{ profile: {} }, 'profile', 'authorizationServer.profile'],
    [{ verification: 'jwt' }, 'verification', 'authorizationServer.verification'],
    [{ introspection: {} }, 'introspection', 'authorizationServer.introspection'],
    [{ tools: {} }, 'tools', 'policy.tools'],
    [{ maxEntries: 5 }, 'maxEntries', 'cache.maxEntries'],
    [
      { authorizationServer: { issuer: ISSUER, clientId: 'a' } },
      'authorizationServer.clientId',
      'authorizationServer.introspection.clientId',
    ],
    [{ inititalScopes: ['a'] }, 'inititalScopes', 'initialScopes'],
    [{ authorisationServer: ISSUER }, 'authorisationServer', 'authorizationServer'],
    [{ issuer: ISSUER }, 'issuer', 'authorizationServer'],
    [{ clockSkew: 5 }, 'clockSkew', 'clockTolerance'],
    [{ Realm: 'a' }, 'Realm', 'realm'],
    [{ sessions: { idle: 5 } }, 'sessions.idle', 'sessions.maxIdle'],
    [{ policy: { tool: {} } }, 'policy.tool', 'policy.tools'],
    [
      { policy: { tools: { act: { scope: ['a'] } } } },
      'policy.tools.act.scope',
      'policy.tools.act.scopes',
    ],
    [
      { authorizationServer: [{ issuer: ISSUER, introspect: {} }] },
      'authorizationServer.0.introspect',
      'authorizationServer.0.introspection',
    ],
  ])('%j', (more, told, meant) => {
    expect(() => createResourceServer({ ...SERVER, ...more } as never)).toThrow(
      `createResourceServer: there is no option \`${told}\`: did you mean \`${meant}\`?`,
    )
  })

  it.each(['x', '', 'foo', 'zzz', 'tokenBinding7'])('is not guessed for %j', (name) => {
    expect(() => createResourceServer({ ...SERVER, [name]: 1 } as never)).toThrow(
      new TypeError(`createResourceServer: there is no option \`${name}\``),
    )
  })
})

describe('an option that is missing', () => {
  it('is not told where an unknown one is there, which may be the same, misspelt', () => {
    expect(() =>
      createResourceServer({ resourse: RESOURCE, authorizationServer: ISSUER } as never),
    ).toThrow('there is no option `resourse`: did you mean `resource`?')
  })

  it('is told where nothing else is wrong', () => {
    expect(() => createResourceServer({ authorizationServer: ISSUER } as never)).toThrow(
      "option `resource` must be this server's URL; got nothing",
    )
  })
})

describe('a value in a form that other products have', () => {
  it.each<[string, object, string]>([
    [
      'several scopes in one string',
      { requiredScopes: ['data:read data:write'] },
      'option `requiredScopes.0` must be one scope, without spaces, quotes and backslashes (RFC 6749 §3.3); got "data:read data:write"',
    ],
    [
      'a pattern of names',
      { policy: { tools: { 'data_*': 'allow' } } },
      'option `policy.tools` has a rule with `*` in its name, but names are literal; write a rule for each name, and for resources a template such as docs:///{+path}; got "data_*"',
    ],
    ...['openid-configuration', 'oauth-authorization-server'].map(
      (name): [string, object, string] => [
        `the address of ${name}`,
        { authorizationServer: `${ISSUER}/.well-known/${name}` },
        `option \`authorizationServer.issuer\` must be the issuer, which its metadata is found by; leave out /.well-known/…; got "${ISSUER}/.well-known/${name}"`,
      ],
    ),
    [
      'the name of a proxy as the format of its header',
      {
        clientCertificate: {
          header: 'client-cert',
          format: 'nginx',
          trustedProxies: ['10.0.0.7'],
        },
      },
      'option `clientCertificate.format` must be rfc9440, base64-der, escaped-pem, xfcc; got "nginx"',
    ],
  ])('%s is shown, with what to write instead', (_what, more, message) => {
    expect(() => createResourceServer({ ...SERVER, ...more } as never)).toThrow(
      new TypeError(`createResourceServer: ${message}`),
    )
  })
})

describe('an empty secret', () => {
  const introspection = { clientId: 'mcp-server', clientSecret: '' }

  it('is said to be empty, where it stands in the options', () => {
    expect(() =>
      createResourceServer({ ...SERVER, authorizationServer: { issuer: ISSUER, introspection } }),
    ).toThrow(
      new TypeError(
        "createResourceServer: option `authorizationServer.introspection.clientSecret` is empty; it must be the client's secret",
      ),
    )
    expect(() => createTokenExchanger({ issuer: ISSUER, ...introspection })).toThrow(
      "createTokenExchanger: option `clientSecret` is empty; it must be the client's secret",
    )
  })

  it('of keycloak() is named as it was written there', () => {
    expect(() => keycloak('https://sso.example.com/realms/acme', introspection)).toThrow(
      "keycloak: option `clientSecret` is empty; set it to the secret of this server's client",
    )
  })
})

describe('a credential in a wrong option', () => {
  it('S1.7: an assertion made elsewhere is not shown', () => {
    const clientAssertion = 'eyJhbGciOiJFUzI1NiJ9.e30.c2VjcmV0'
    const client = { issuer: ISSUER, clientId: 'a', clientAssertion }
    expect(() => createTokenExchanger(client as never)).toThrow(
      /option `clientAssertion` must be an object; got a string that is not shown$/,
    )
  })
})
