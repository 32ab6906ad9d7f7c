import { exportJWK, generateKeyPair } from 'jose'
import { afterEach, describe, expect, inject, it } from 'vitest'
import { adminOf } from '../../scripts/keycloak/admin.ts'
import { type ClientOptions, createResourceServer, createTokenExchanger } from '../../src/index.ts'
import { keycloak, keycloakProfile } from '../../src/keycloak/index.ts'
import { changeClient } from './support/changes.ts'
import { RESOURCE, SERVER_SECRET } from './support/realms.ts'
import { verdict } from './support/resource-servers.ts'
import { personToken, realmUrl } from './support/tokens.ts'

const admin = adminOf(inject('keycloakUrl'), inject('administrator'))
const LONG_SECRET = 'a-secret-with-enough-bytes-for-hs256'
const keys = await generateKeyPair('ES256', { extractable: true })
const strangers = await generateKeyPair('ES256', { extractable: true })
const publicJwk = { ...(await exportJWK(keys.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }
const privateJwk = { ...(await exportJWK(keys.privateKey)), kid: 'k1' }
const undo: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

/**
 * How the server's client is registered, what it sends, and what Keycloak refuses. Certificates
 * (`client-x509`) need https, and the Keycloak of the tests speaks plain http.
 */
const METHODS: readonly [
  method: string,
  registered: { clientAuthenticatorType?: string; secret?: string; attributes?: object },
  good: object,
  wrong: object,
][] = [
  ['client_secret_basic', {}, { clientSecret: SERVER_SECRET }, { clientSecret: 'another' }],
  [
    'client_secret_post',
    {},
    { clientSecret: SERVER_SECRET, authentication: 'client_secret_post' },
    { clientSecret: 'another', authentication: 'client_secret_post' },
  ],
  [
    'client_secret_jwt',
    { clientAuthenticatorType: 'client-secret-jwt', secret: LONG_SECRET },
    { clientSecret: LONG_SECRET, authentication: 'client_secret_jwt' },
    { clientSecret: LONG_SECRET.toUpperCase(), authentication: 'client_secret_jwt' },
  ],
  [
    'private_key_jwt',
    {
      clientAuthenticatorType: 'client-jwt',
      attributes: {
        'use.jwks.string': 'true',
        'jwks.string': JSON.stringify({ keys: [publicJwk] }),
      },
    },
    { clientKey: privateJwk },
    { clientKey: { ...(await exportJWK(strangers.privateKey)), kid: 'k1' } },
  ],
]

describe('each method of client authentication at a real Keycloak', () => {
  it.each(METHODS)('RFC7662-7: %s: introspection', async (_method, registered, good, wrong) => {
    await register(registered)
    const gateOf = (client: object) =>
      createResourceServer({
        resource: RESOURCE,
        authorizationServer: keycloak(realmUrl('main'), {
          clientId: RESOURCE,
          verification: 'introspection',
          checkRealm: false,
          ...client,
        }),
      })
    const gate = gateOf(good)
    await gate.ready()
    const { access_token: token } = await personToken('person')
    const headers = { authorization: `Bearer ${token}` }
    expect(verdict(await gate.authenticate({ method: 'POST', url: '/mcp', headers }))).toBe(
      'allowed',
    )
    await gate.close()
    const refused = gateOf(wrong)
    await expect(refused.ready()).rejects.toMatchObject({ reason: 'introspection_refused_us' })
    await refused.close()
  })

  it.each(METHODS)('RFC7662-7: %s: token exchange', async (_method, registered, good, wrong) => {
    await register(registered)
    const { access_token: token } = await personToken('person')
    const exchange = async (client: Partial<ClientOptions>) => {
      const exchanger = createTokenExchanger({
        issuer: realmUrl('main'),
        profile: keycloakProfile,
        clientId: RESOURCE,
        ...client,
      })
      try {
        const target = { audience: 'backend-api', scopes: ['backend:read'] }
        return (await exchanger.exchange({ token }, target)).scopes
      } finally {
        await exchanger.close()
      }
    }
    expect(await exchange(good)).toEqual(['backend:read'])
    await expect(exchange(wrong)).rejects.toMatchObject({ reason: 'client_refused' })
  })
})

async function register({ attributes, ...changes }: (typeof METHODS)[number][1]): Promise<void> {
  const restore = await changeClient(admin, 'main', RESOURCE, (client) => ({
    ...changes,
    attributes: { ...client.attributes, ...attributes },
  }))
  undo.push(restore)
}
