import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createResourceServer } from '../../src/index.ts'
import { type KeycloakOptions, keycloak } from '../../src/keycloak/index.ts'
import { REVOCATION_CHANNEL, type RevocationEvent } from '../../src/telemetry/index.ts'
import { type Undo, undoAll } from './support/examples.ts'
import { SERVER_SECRET } from './support/realms.ts'
import { type RevokingRealm, revokingRealm } from './support/revoking-realm.ts'
import { streamCommand } from './support/stream-command.ts'
import { realmUrl } from './support/tokens.ts'

// The built command on a real realm. `revoked-by-security-event.test.ts` creates, pauses and enables
// its stream with it, too.

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

describe('mcp-resource-server stream', () => {
  it('SSF-1 PUSH-1: creates, shows, verifies and deletes a stream that is pushed', async () => {
    const name = 'stream-command-push'
    const realm = await revokingRealm(undo, name, { securityEvents: true }, (resource) => ({
      securityEvents: { authorization: AUTHORIZATION, audience: `${resource}/security-events` },
    }))
    const stream = streamCommand(undo, name, realm.url)
    const pushUrl = `${realm.url}/security-events`
    expect(await stream.create(pushUrl, AUTHORIZATION)).toMatchObject({ code: 0, err: '' })
    expect((await stream.create(pushUrl, AUTHORIZATION)).out).toContain('is right already')
    const shown = await stream.run('show')
    expect(shown.out).toContain(`push to ${pushUrl}\n`)
    expect(shown.out).toContain(`audience: '${pushUrl}'`)
    expect(shown.out).not.toContain(AUTHORIZATION)
    expect(await stream.run('status')).toMatchObject({ code: 0, out: 'enabled\n' })
    // Keycloak sends an event of verification by itself when a stream is made.
    const verified = await stream.run('verify')
    expect([verified.code, verified.err + verified.out]).toEqual([
      0,
      expect.stringContaining('sends a verification event'),
    ])
    expect(await stream.run('delete')).toMatchObject({ code: 0 })
    expect(await stream.run('show')).toMatchObject({
      code: 1,
      err: expect.stringContaining('has no stream'),
    })
  })

  it('SSF-1 POLL-1: the printed options of a polled stream work', async () => {
    const name = 'stream-command-poll'
    const clientId = 'mcp-polling'
    const realm = await revokingRealm(undo, name, { securityEvents: true }, () => ({}), clientId)
    const stream = streamCommand(undo, name, clientId)
    const made = await stream.run('create', '--poll')
    expect(made).toMatchObject({ code: 0, err: '' })
    const securityEvents = optionsIn(made.out)
    const server = createResourceServer({
      resource: realm.url,
      authorizationServer: keycloak(realmUrl(name), { securityEvents }),
    })
    undo.push(() => server.close())
    await server.ready()
    const token = await realm.signIn()
    expect(await stateOf(server, token.access_token)).toBe('allowed')
    await realm.logOut()
    await expect.poll(() => stateOf(server, token.access_token)).toBe('token_revoked')
    expect((await stream.run('delete')).code).toBe(0)
  })
})

const stateOf = async (
  server: ReturnType<typeof createResourceServer>,
  token: string,
): Promise<string | undefined> => {
  const decision = await server.authenticate({
    method: 'POST',
    url: '/mcp',
    headers: { authorization: `Bearer ${token}` },
  })
  return decision.outcome === 'allowed' ? 'allowed' : decision.reason
}

/** What an operator copies into the program. */
function optionsIn(printed: string): NonNullable<KeycloakOptions['securityEvents']> {
  const [, options = ''] = /securityEvents: (\{[\s\S]*\})/.exec(printed) ?? []
  return new Function('process', `return (${options})`)({
    env: { MCP_CLIENT_SECRET: SERVER_SECRET },
  })
}

describe('a stream that the server manages', () => {
  const wait = { interval: 100 }
  const heard = (part: string) =>
    expect
      .poll(() => told.map(({ kind, detail }) => `${kind}: ${detail}`), wait)
      .toContainEqual(expect.stringContaining(part))
  let polled: RevokingRealm
  const poll = () => streamCommand(undo, 'healed-poll', 'mcp-polling')
  beforeAll(async () => {
    polled = await revokingRealm(
      undo,
      'healed-poll',
      { securityEvents: true },
      () => ({ securityEvents: { delivery: 'poll', pollInterval: 1 } }),
      'mcp-polling',
    )
    await polled.server.ready()
  })

  it('SSF-1: deleted behind its back: is made again', async () => {
    expect((await poll().run('delete')).code).toBe(0)
    await heard('is gone, and events since then may be lost')
    const token = await polled.signIn()
    await polled.logOut()
    await polled.refused(token)
  })
})
