import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createResourceServer } from '../../src/index.ts'
import { keycloak } from '../../src/keycloak/index.ts'
import { REVOCATION_CHANNEL, type RevocationEvent } from '../../src/telemetry/index.ts'
import { restartKeycloak, stopKeycloak } from './support/control.ts'
import { type Undo, undoAll } from './support/examples.ts'
import { SERVER_SECRET } from './support/realms.ts'
import { type RevokingRealm, revokingRealm } from './support/revoking-realm.ts'
import { streamOf } from './support/streams.ts'
import { realmUrl } from './support/tokens.ts'

// The server manages its stream by itself, with its own client.

const AUTHORIZATION = 'Bearer agreed-between-keycloak-and-the-server'
const undo: Undo = []
const told: RevocationEvent[] = []
const listen = (event: unknown): void => {
  told.push(event as RevocationEvent)
}
beforeAll(() => subscribe(REVOCATION_CHANNEL, listen))
afterAll(async () => {
  unsubscribe(REVOCATION_CHANNEL, listen)
  await undoAll(undo)
})

describe('a stream that is pushed', () => {
  const name = 'managed-stream'
  const options = { securityEvents: { authorization: AUTHORIZATION } }
  let realm: RevokingRealm
  beforeAll(async () => {
    realm = await revokingRealm(undo, name, { securityEvents: true }, () => options)
  })

  it('SSF-1: is created and verified when the server starts, and revokes', async () => {
    await realm.server.ready()
    expect(await (await streamOf(name, realm.url)).status()).toBe('enabled')
    const token = await realm.signIn()
    await realm.logOut()
    await realm.refused(token)
  })

  it('SSF-1: is adopted by another instance', async () => {
    const other = createResourceServer({
      resource: realm.url,
      authorizationServer: keycloak(realmUrl(name), {
        clientId: realm.url,
        clientSecret: SERVER_SECRET,
        ...options,
      }),
    })
    try {
      await other.ready()
    } finally {
      await other.close()
    }
    const token = await realm.signIn()
    await realm.logOut()
    await realm.refused(token)
  })

  it('SSF-1: operators hear that the stream was paused', async () => {
    const stream = await streamOf(name, realm.url)
    await stream.setStatus('paused')
    await expect
      .poll(() => told.filter(({ kind }) => kind === 'stream_changed').map(({ detail }) => detail))
      .toContainEqual(expect.stringContaining('paused'))
    await stream.setStatus('enabled')
  })

  it('SSF-1: goes on after a restart of Keycloak', async () => {
    await stopKeycloak()
    await restartKeycloak()
    const token = await realm.signIn()
    await realm.logOut()
    await realm.refused(token)
  })
})

describe('a stream that is polled', () => {
  it('POLL-1: revokes, without an address that Keycloak can reach', async () => {
    const name = 'polled-stream'
    const realm = await revokingRealm(
      undo,
      name,
      { securityEvents: true },
      () => ({ securityEvents: { delivery: 'poll', pollInterval: 1 } }),
      // An id that is a URL does not fit into the poll URL of Keycloak.
      'mcp-polling',
    )
    await realm.server.ready()
    const token = await realm.signIn()
    const ofBob = await realm.signIn('person', 'bob')
    await realm.logOut()
    await realm.refused(token)
    expect(await realm.status(ofBob)).toBe(200)
  })
})

describe('ready() of a server with security events', () => {
  const name = 'without-stream'
  /** What `ready()` says of a realm without security events, after a change of the realm. */
  async function fault(act: (realm: RevokingRealm) => Promise<unknown>): Promise<string> {
    const options = { securityEvents: { authorization: AUTHORIZATION } }
    const realm = await revokingRealm([], name, {}, () => options)
    try {
      await act(realm)
      return await realm.server.ready().then(
        () => 'ready',
        (error: Error) => error.message,
      )
    } finally {
      await realm.server.close()
      await realm.admin.call('DELETE', `/${name}`)
    }
  }

  it('SSF-1: says that the realm sends no security events', async () => {
    expect(await fault(async () => {})).toContain(
      'Keycloak needs its feature ssf and the realm attribute ssf.transmitterEnabled',
    )
  })

  it('SSF-1: says that its client has no service account', async () => {
    expect(
      await fault(({ admin }) =>
        admin.call('PUT', `/${name}`, { attributes: { 'ssf.transmitterEnabled': 'true' } }),
      ),
    ).toContain('the client may not use the client credentials grant')
  })
})
