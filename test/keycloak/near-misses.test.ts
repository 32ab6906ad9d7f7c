import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { adminOf } from '../../scripts/keycloak/admin.ts'
import { type KeycloakRealm, keycloakRealm } from '../../src/keycloak/index.ts'
import {
  CLIENT_LOOPING_CHANNEL,
  type ClientLoopingEvent,
  DECISION_CHANNEL,
  type DecisionEvent,
} from '../../src/telemetry/events.ts'
import { eventually } from '../support/decisions.ts'
import { listenTo } from '../support/events.ts'
import { ChangedRealm } from './support/changed-realm.ts'
import { importRealm, type Undo, undoAll } from './support/examples.ts'
import { type ClientChoices, REDIRECT_URL, RememberingProvider } from './support/mcp-client.ts'
import { startMcpServer } from './support/mcp-server.ts'
import { Person } from './support/person.ts'
import { MAJORS, visit, visitWith } from './support/stock.ts'

// Stock clients whose tokens nearly fit: they sign in at Keycloak, are refused, and sign in again.

const REALM = 'near-misses'
const PASSWORD = 'password-of-alice'
const admin = adminOf(inject('keycloakUrl'), inject('administrator'))
const realm = new ChangedRealm(admin, REALM)
const undo: Undo = []
let url: string

/** Makes a client its own resource, as in https://github.com/anthropics/claude-code/issues/90497. */
function bothInOne<C extends KeycloakRealm['clients'][number]>(client: C): C {
  const { clientId, attributes } = client
  const mapper = {
    name: 'audience: itself',
    protocol: 'openid-connect',
    protocolMapper: 'oidc-audience-mapper',
    config: { 'included.client.audience': clientId, 'access.token.claim': 'true' },
  } as const
  return { ...client, attributes: { ...attributes, resource_url: url }, protocolMappers: [mapper] }
}

const decisions = listenTo<DecisionEvent>(DECISION_CHANNEL)
const loops = listenTo<ClientLoopingEvent>(CLIENT_LOOPING_CHANNEL)

beforeAll(async () => {
  url = await startMcpServer(undo, REALM, () => ({ verification: 'jwt' }), {
    initialScopes: ['mcp:write'],
  })
  const written = keycloakRealm({
    realm: REALM,
    resource: url,
    resourceIndicators: true,
    scopes: ['mcp:tools'],
    optionalScopes: [{ name: 'mcp:write', roles: ['writer'] }],
    clients: [
      { clientId: 'desktop', redirectUris: [REDIRECT_URL] },
      { clientId: 'both', redirectUris: [REDIRECT_URL] },
    ],
    users: [{ username: 'alice', password: PASSWORD, roles: ['writer'] }],
  })
  const clients = written.clients.map((client) =>
    client.clientId === 'both' ? bothInOne(client) : client,
  )
  undo.push(await importRealm({ ...written, clients }))
})
afterAll(async () => {
  decisions[Symbol.dispose]()
  loops[Symbol.dispose]()
  await undoAll(undo)
})
beforeEach(() => {
  decisions.clear()
  loops.clear()
})

/** Signs in for other scopes than the challenge names. */
class WithOtherScopes extends Person {
  override openUntil(redirectUrl: string, start: URL): Promise<URL> {
    start.searchParams.set('scope', 'openid')
    return super.openUntil(redirectUrl, start)
  }
}

const alice = (): Person => new Person('alice', PASSWORD)
const withoutScope = (): Person => new WithOtherScopes('alice', PASSWORD)

/** The signature of a refused token is checked after the answer. */
async function reported(): Promise<ClientLoopingEvent | undefined> {
  await eventually(() => expect(loops.events).not.toEqual([]))
  return loops.events[0]
}

describe.each(MAJORS)('SDK %s', (major) => {
  const DESKTOP = { clientId: 'desktop', refresh: false }

  /** The application is opened three times, and its user signs in each time. */
  async function signInThrice(person: Person, choices: ClientChoices): Promise<void> {
    for (let signIn = 0; signIn < 3; signIn += 1) await visit(major, url, person, choices)
  }

  // A request that is allowed ends the loop, so the next test begins a new one.
  afterEach(async () => {
    const { outcome } = await visit(major, url, alice(), DESKTOP)
    expect(outcome).toBe('called as desktop')
  })

  it('without `resource`: the audience mapper adds this server', async () => {
    const { outcome } = await visit(major, url, alice(), { ...DESKTOP, resource: null })
    expect(outcome).toBe('called as desktop')
  })

  it.each([
    ['audience_slash', ({ href }: URL) => `${href}/`],
    ['audience_origin', ({ origin }: URL) => origin],
    ['audience_loopback', ({ href }: URL) => href.replace('127.0.0.1', 'localhost')],
  ] as const)(
    '%s, from the mapper: the loop is seen, and named with its cure',
    async (nearMiss, spell) => {
      const audience = { 'included.custom.audience': spell(new URL(url)) }
      const mends = [
        await realm.mapper('mcp:tools', 'audience: resource', audience),
        await realm.mapper('mcp:write', 'audience: resource', audience),
      ]
      try {
        await signInThrice(alice(), { ...DESKTOP, resource: null })
        expect(await reported()).toMatchObject({
          verified: true,
          clientId: 'desktop',
          reason: 'audience_mismatch',
          nearMiss,
          refusals: 3,
          remedy: expect.stringContaining('`additionalAudiences`'),
        })
      } finally {
        for (const mend of mends) await mend()
      }
    },
  )

  it.each([
    ['a slash', ({ href }: URL) => `${href}/`],
    ['the origin', ({ origin }: URL) => `${origin}/`],
  ] as const)(
    '`resource` is %s: Keycloak gives no token, so nothing loops here',
    async (_, spell) => {
      const { outcome } = await visit(major, url, alice(), {
        ...DESKTOP,
        resource: spell(new URL(url)),
      })
      expect(outcome).toMatch(/resource is invalid/)
      expect(decisions.events.map(({ reason }) => reason)).toEqual(['credentials_missing'])
    },
  )

  it('audience_slash, from `resource_url`: a client that sends the slash gets it', async () => {
    const mend = await realm.client(url, {}, { resource_url: `${url}/` })
    try {
      await signInThrice(alice(), { ...DESKTOP, resource: `${url}/` })
      expect(await reported()).toMatchObject({ verified: true, nearMiss: 'audience_slash' })
    } finally {
      await mend()
    }
  })

  it('audience_several: without `resource` the recipe adds an audience of nobody', async () => {
    const exclusive = await startMcpServer(undo, REALM, () => ({ verification: 'jwt' }), {
      resource: url,
      exclusiveAudience: true,
    })
    for (let signIn = 0; signIn < 3; signIn += 1) {
      await visit(major, exclusive, alice(), { ...DESKTOP, resource: null })
    }
    expect(await reported()).toMatchObject({
      verified: true,
      reason: 'audience_mismatch',
      nearMiss: 'audience_several',
      refusals: 3,
      remedy: expect.stringContaining('sends `resource`'),
    })
  })

  it('audience_client: the client is the resource too, and sends no `resource`', async () => {
    await signInThrice(withoutScope(), { ...DESKTOP, clientId: 'both', resource: null })
    expect(await reported()).toMatchObject({
      verified: true,
      clientId: 'both',
      reason: 'audience_mismatch',
      nearMiss: 'audience_client',
      detail: expect.stringContaining('"aud" is "both"'),
      remedy: expect.stringContaining('by a scope'),
    })
  })

  it('without the scope: the mapper is named', async () => {
    await signInThrice(withoutScope(), { ...DESKTOP, resource: null })
    expect(await reported()).toMatchObject({
      verified: true,
      clientId: 'desktop',
      reason: 'audience_missing',
      detail: expect.stringContaining('audience mapper'),
    })
  })

  it('without the scope, with `resource`: Keycloak answers 500', async () => {
    const { outcome } = await visit(major, url, withoutScope(), DESKTOP)
    expect(outcome).toMatch(/consult the server log/)
    expect(decisions.events.map(({ reason }) => reason)).toEqual(['credentials_missing'])
  })

  it('scope_lost: a refresh gives fewer scopes after the user lost a role', async () => {
    const provider = new RememberingProvider(alice(), { clientId: 'desktop' })
    const write = () => visitWith(major, url, provider, 'write_note')
    expect(await write()).toBe('called as desktop')
    const mend = await realm.withoutRole('alice', 'writer')
    try {
      // Tokens of one second have no order.
      await new Promise((done) => setTimeout(done, 1000))
      // So the client refreshes before its token expires.
      provider.saveTokens({ ...provider.tokens(), access_token: 'expired', token_type: 'Bearer' })
      for (let call = 0; call < 3; call += 1) await write()
      expect(await reported()).toMatchObject({
        verified: true,
        clientId: 'desktop',
        reason: 'scope_missing',
        nearMiss: 'scope_lost',
        remedy: expect.stringContaining('keep the scopes'),
      })
    } finally {
      await mend()
    }
  })
})
