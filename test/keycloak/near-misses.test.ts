import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { keycloakRealm } from '../../src/keycloak/index.ts'
import {
  CLIENT_LOOPING_CHANNEL,
  type ClientLoopingEvent,
  DECISION_CHANNEL,
  type DecisionEvent,
} from '../../src/telemetry/events.ts'
import { listenTo } from '../support/events.ts'
import { importRealm, type Undo, undoAll } from './support/examples.ts'
import { connect, RememberingProvider } from './support/mcp-client.ts'
import { startMcpServer } from './support/mcp-server.ts'
import { Person } from './support/person.ts'

// Clients whose tokens nearly fit, with Keycloak's own pages: they sign in, are refused, and sign in again.

const REALM = 'near-misses'
const SECRET = 'secret-of-the-server'
const undo: Undo = []
let url: string

const decisions = listenTo<DecisionEvent>(DECISION_CHANNEL)
const loops = listenTo<ClientLoopingEvent>(CLIENT_LOOPING_CHANNEL)

beforeAll(async () => {
  url = await startMcpServer(undo, REALM)
  undo.push(
    await importRealm(
      keycloakRealm({
        realm: REALM,
        resource: url,
        scopes: ['mcp:tools'],
        optionalScopes: ['mcp:write'],
        server: { secret: SECRET },
        clients: [{ clientId: 'desktop', redirectUris: ['http://127.0.0.1/callback'] }],
        users: [{ username: 'alice', password: 'password-of-alice' }],
        registration: { trustedHosts: ['127.0.0.1', 'localhost'] },
      }),
    ),
  )
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

/** A client that sends no `resource`, as Claude Code 2.1.251 (see docs/clients.md). */
class WithoutResource extends RememberingProvider {
  validateResourceURL = async (): Promise<URL | undefined> => undefined
}

/** Signs in for other scopes than the challenge names. */
class WithOtherScopes extends Person {
  override openUntil(redirectUrl: string, start: URL): Promise<URL> {
    start.searchParams.set('scope', 'openid')
    return super.openUntil(redirectUrl, start)
  }
}

async function reported(): Promise<ClientLoopingEvent | undefined> {
  for (let wait = 0; wait < 100 && loops.events.length === 0; wait += 1) {
    await new Promise((done) => setTimeout(done, 20))
  }
  return loops.events[0]
}

describe('a client whose token lacks this server', () => {
  it('without `resource` and with the scope: the audience mapper adds this server', async () => {
    const alice = new Person('alice', 'password-of-alice')
    const provider = new WithoutResource(alice, { clientId: 'desktop' })
    const connection = await connect(url, provider, () => provider.authorizationCode())
    undo.push(() => connection.client.close())
    expect(decisions.events.at(-1)).toMatchObject({ outcome: 'allowed', nearMiss: undefined })
  })

  it('without the scope: three sign-ins are one loop, and the mapper is named', async () => {
    const alice = new WithOtherScopes('alice', 'password-of-alice')
    for (let signIn = 0; signIn < 3; signIn += 1) {
      const provider = new WithoutResource(alice, { clientId: 'desktop', refresh: false })
      await connect(url, provider, () => provider.authorizationCode()).catch(() => {})
    }
    const refused = decisions.events.filter(({ reason }) => reason?.startsWith('audience_'))
    expect(refused.length).toBeGreaterThanOrEqual(3)
    for (const { detail } of refused) expect(detail).toContain('audience mapper')
    expect(await reported()).toMatchObject({
      verified: true,
      clientId: 'desktop',
      reason: expect.stringMatching(/^audience_(mismatch|missing)$/),
      refusals: 3,
    })
  })
})

describe('a server whose `resource` is spelt in another way than the mapper has it', () => {
  it.each([
    ['audience_slash', (resource: string) => `${resource}/`],
    ['audience_loopback', (resource: string) => resource.replace('127.0.0.1', 'localhost')],
  ])('%s: the loop is seen, and named with its cure', async (nearMiss, spell) => {
    const other = await startMcpServer(undo, REALM, () => ({}), { resource: spell(url) })
    const alice = new Person('alice', 'password-of-alice')
    for (let signIn = 0; signIn < 3; signIn += 1) {
      const provider = new WithoutResource(alice, { clientId: 'desktop', refresh: false })
      await connect(other, provider, () => provider.authorizationCode()).catch(() => {})
    }
    expect(await reported()).toMatchObject({
      verified: true,
      clientId: 'desktop',
      reason: 'audience_mismatch',
      nearMiss,
      refusals: 3,
      remedy: expect.stringContaining('`additionalAudiences`'),
    })
  })
})
