import { exportJWK, generateKeyPair } from 'jose'
import { afterEach, describe, expect, inject, it } from 'vitest'
import { adminOf } from '../../scripts/keycloak/admin.ts'
import {
  createResourceServer,
  createTokenExchanger,
  type ResourceServer,
  type TokenExchanger,
} from '../../src/index.ts'
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

const BACKEND = { audience: 'backend-api', scopes: ['backend:read'] } as const

/** What differs in the registration of the server's client. */
interface Registered {
  readonly clientAuthenticatorType?: string
  readonly secret?: string
  readonly attributes?: object
}

const keySet = (jwk: object): Registered => ({
  attributes: { 'use.jwks.string': 'true', 'jwks.string': JSON.stringify({ keys: [jwk] }) },
})

/** How the server's client is registered, what it sends, and what Keycloak refuses. For certificates see mutual-tls.test.ts. */
const METHODS: readonly [method: string, registered: Registered, good: object, wrong: object][] = [
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
    { clientAuthenticatorType: 'client-jwt', ...keySet(publicJwk) },
    { clientKey: privateJwk },
    { clientKey: { ...(await exportJWK(strangers.privateKey)), kid: 'k1' } },
  ],
]

interface Rotated {
  readonly credential: string | object
  readonly registered: Registered
}

const secrets: Readonly<Record<'before' | 'after', Rotated>> = {
  before: { credential: LONG_SECRET, registered: { secret: LONG_SECRET } },
  after: { credential: `${LONG_SECRET}-2`, registered: { secret: `${LONG_SECRET}-2` } },
}

const ROTATIONS: readonly [
  method: string,
  registered: Registered,
  rotated: typeof secrets,
  authentication: (credential: () => string | object) => object,
][] = [
  ['client_secret_basic', {}, secrets, (clientSecret) => ({ clientSecret })],
  [
    'client_secret_post',
    {},
    secrets,
    (clientSecret) => ({ clientSecret, authentication: 'client_secret_post' }),
  ],
  [
    'client_secret_jwt',
    { clientAuthenticatorType: 'client-secret-jwt' },
    secrets,
    (clientSecret) => ({ clientSecret, authentication: 'client_secret_jwt' }),
  ],
  [
    'private_key_jwt',
    { clientAuthenticatorType: 'client-jwt' },
    {
      before: { credential: privateJwk, registered: keySet(publicJwk) },
      after: {
        credential: { ...(await exportJWK(strangers.privateKey)), kid: 'k2' },
        registered: keySet({ ...publicJwk, ...(await exportJWK(strangers.publicKey)), kid: 'k2' }),
      },
    },
    (clientKey) => ({ clientKey }),
  ],
]

describe('each method of client authentication at a real Keycloak', () => {
  it.each(METHODS)('RFC7662-7: %s: introspection', async (method, registered, good, wrong) => {
    await register(registered)
    const gate = gateOf(good)
    await gate.ready()
    expect(await verdictOf(gate)).toBe('allowed')
    const refused = gateOf(wrong)
    const fault = {
      reason: 'introspection_refused_us',
      message: expect.stringMatching(
        new RegExp(`authenticates by ${method}; .*clientId.*\`client(?:Secret|Key)`),
      ),
    }
    await expect(refused.ready()).rejects.toMatchObject(fault)
    expect(await verdictOf(refused)).toBe('503 introspection_refused_us')
  })

  it.each(METHODS)('RFC7662-7: %s: token exchange', async (_method, registered, good, wrong) => {
    await register(registered)
    const { access_token: token } = await personToken('person')
    expect((await exchangerOf(good).exchange({ token }, BACKEND)).scopes).toEqual(BACKEND.scopes)
    await expect(exchangerOf(wrong).exchange({ token }, BACKEND)).rejects.toMatchObject({
      reason: 'client_refused',
    })
  })
})

describe('a credential that is changed at Keycloak while the server runs', () => {
  it.each(ROTATIONS)(
    'RFC7662-7: %s: the old one is refused, and each call is sent once more with the new one',
    async (_method, registered, { before, after }, authentication) => {
      let current = before
      const asked = { gate: 0, exchanger: 0 }
      const options = (who: keyof typeof asked) =>
        authentication(() => {
          asked[who] += 1
          return current.credential
        })
      await register({ ...registered, ...before.registered })
      const gate = gateOf(options('gate'))
      const exchanger = exchangerOf(options('exchanger'))
      const exchange = async () => {
        const { access_token: token } = await personToken('person')
        return (await exchanger.exchange({ token }, BACKEND)).scopes
      }
      await gate.ready()
      expect(await verdictOf(gate)).toBe('allowed')
      expect(await exchange()).toEqual(BACKEND.scopes)
      expect(asked).toEqual({ gate: 1, exchanger: 1 })

      current = after
      await register({ ...registered, ...after.registered })
      expect(await verdictOf(gate)).toBe('allowed')
      expect(await exchange()).toEqual(BACKEND.scopes)
      expect(await verdictOf(gate)).toBe('allowed')
      expect(await exchange()).toEqual(BACKEND.scopes)
      expect(asked).toEqual({ gate: 2, exchanger: 2 })
    },
  )
})

function gateOf(client: object): ResourceServer {
  const gate = createResourceServer({
    resource: RESOURCE,
    authorizationServer: keycloak(realmUrl('main'), {
      clientId: RESOURCE,
      verification: 'introspection',
      checkRealm: false,
      ...client,
    }),
  })
  undo.push(() => gate.close())
  return gate
}

/** A fresh token each time, so that Keycloak is asked. */
async function verdictOf(gate: ResourceServer): Promise<string> {
  const { access_token: token } = await personToken('person')
  const headers = { authorization: `Bearer ${token}` }
  return verdict(await gate.authenticate({ method: 'POST', url: '/mcp', headers }))
}

function exchangerOf(client: object): TokenExchanger {
  const exchanger = createTokenExchanger({
    issuer: realmUrl('main'),
    profile: keycloakProfile,
    clientId: RESOURCE,
    ...client,
  })
  undo.push(() => exchanger.close())
  return exchanger
}

async function register({ attributes, ...changes }: Registered): Promise<void> {
  const restore = await changeClient(admin, 'main', RESOURCE, (client) => ({
    ...changes,
    attributes: { ...client.attributes, ...attributes },
  }))
  undo.push(restore)
}
