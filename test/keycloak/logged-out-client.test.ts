import express from 'express'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { adminOf } from '../../scripts/keycloak/admin.ts'
import { expressGate } from '../../src/adapters/express.ts'
import { createResourceServer } from '../../src/index.ts'
import { keycloak, keycloakRealm } from '../../src/keycloak/index.ts'
import { MemorySharedStore } from '../support/memory-shared-store.ts'
import { listen, sessionfulV1 } from '../support/stock-servers.ts'
import { ask, importRealm, type Undo, undoAll } from './support/examples.ts'
import { SessionClient } from './support/session-client.ts'
import { MAJORS } from './support/stock.ts'
import { realmUrl } from './support/tokens.ts'

// Two instances of a server have one store. Clients use the first instance, and Keycloak tells the
// second one. Stock clients, real sessions, and Keycloak's own pages: nothing in between.

const REALM = 'logged-out-client'
const admin = adminOf(inject('keycloakUrl'), inject('administrator'))
const undo: Undo = []
const store = new MemorySharedStore()
let url: string
let toldUrl: string

beforeAll(async () => {
  const first = await listen()
  const told = await listen()
  url = first.resource
  toldUrl = told.resource
  for (const { listener, close } of [first, told]) {
    const resourceServer = createResourceServer({
      resource: url,
      authorizationServer: keycloak(realmUrl(REALM), { backchannelLogout: 'desktop' }),
      requiredScopes: ['mcp:tools'],
      policy: { tools: { read_notes: 'allow' } },
      sharedStore: { store: store.connect() },
    })
    const app = express().use(expressGate(resourceServer))
    listener(app.all('/mcp', express.json(), sessionfulV1(resourceServer)))
    undo.push(close, () => resourceServer.close())
  }
  const realm = keycloakRealm({
    realm: REALM,
    resource: url,
    clients: [{ clientId: 'desktop', redirectUris: ['http://127.0.0.1/callback'] }],
    users: ['alice', 'bob'].map((username) => ({ username, password: `password-of-${username}` })),
    revocation: { backchannelLogout: true, serverUrl: toldUrl },
  })
  undo.push(await importRealm(realm))
})
afterAll(() => undoAll(undo))

async function logOut(user: string): Promise<void> {
  const [found] = (await admin.call('GET', `/${REALM}/users?username=${user}&exact=true`)) as {
    id: string
  }[]
  await admin.call('POST', `/${REALM}/users/${found?.id}/logout`)
}

async function arrive(major: (typeof MAJORS)[number], user: string): Promise<SessionClient> {
  const client = new SessionClient(major, url, user)
  await client.connect()
  undo.push(() => client.close())
  return client
}

describe.each(MAJORS)('a stock client of SDK %s', (major) => {
  it('BCL-1 REV-1: the administrator logs its user out: stream and session end on every instance, and a new login works at once', async () => {
    const alice = await arrive(major, 'alice')
    const bob = await arrive(major, 'bob')
    const [stream, streamOfBob] = [await alice.stream(), await bob.stream()]
    const { token, sessionId } = alice
    expect(await alice.call()).toMatchObject({ clientId: 'desktop' })
    expect((await ask(toldUrl, token)).status).not.toBe(401)

    await logOut('alice')
    expect((await ask(toldUrl, token)).status).toBe(401)
    await stream.ended
    alice.posts.length = 0
    const refused = await alice.call().catch((error: unknown) => error)
    expect(alice.posts).toEqual([401])
    await alice.finish(refused)
    expect(alice.token).not.toBe(token)
    // The session of the old login is unknown, also to the new token. Then a client opens another one.
    await expect(alice.call()).rejects.toThrow()
    expect(alice.posts.at(-1)).toBe(404)
    await alice.close()
    await alice.connect()
    expect(alice.sessionId).not.toBe(sessionId)
    expect(await alice.call()).toMatchObject({ clientId: 'desktop' })
    expect((await alice.stream()).isOpen).toBe(true)

    expect(streamOfBob.isOpen).toBe(true)
    expect(await bob.call()).toMatchObject({ clientId: 'desktop' })
    expect(bob.posts).not.toContain(404)
  })
})
