import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Undo, undoAll } from './support/examples.ts'
import { type RevokingRealm, revokingRealm } from './support/revoking-realm.ts'
import { type StreamCommand, streamCommand } from './support/stream-command.ts'
import type { TokenAnswer } from './support/tokens.ts'

// Keycloak sends security events at the pace of its outbox drainer, which is one second in this tier.

const REALM = 'security-events'
const AUTHORIZATION = 'Bearer agreed-between-keycloak-and-the-server'
// The operator sets the stream up with the command.
const undo: Undo = []
let realm: RevokingRealm
let stream: StreamCommand

beforeAll(async () => {
  realm = await revokingRealm(undo, REALM, { securityEvents: true }, (resource) => ({
    securityEvents: { authorization: AUTHORIZATION, audience: `${resource}/security-events` },
  }))
  stream = streamCommand(undo, REALM, realm.url)
  const made = await stream.create(`${realm.url}/security-events`, AUTHORIZATION)
  expect(made.out).toContain('The stream was created.')
})
afterAll(() => undoAll(undo))

/** Sessions that end in the second of the event would be met by it: a token has no finer time. */
const nextSecond = () => new Promise((resolve) => setTimeout(resolve, 1000 - (Date.now() % 1000)))

/** Ends the session of a token as its user does it. */
async function signOut({ refresh_token = '' }: TokenAnswer): Promise<void> {
  const answer = await fetch(realm.endpoint('logout'), {
    method: 'POST',
    body: new URLSearchParams({ client_id: 'person', refresh_token }),
  })
  expect(answer.status).toBe(204)
}

describe('a security event of Keycloak, pushed', () => {
  it('CAEP-1 PUSH-1: the administrator logs a user out of all sessions: session-revoked for ALL', async () => {
    const tokens = [await realm.signIn('person'), await realm.signIn('other')]
    const ofBob = await realm.signIn('person', 'bob')
    await realm.logOut()
    for (const token of tokens) await realm.refused(token)
    expect(await realm.status(ofBob)).toBe(200)
    await nextSecond()
    expect(await realm.status(await realm.signIn())).toBe(200)
  })

  it('CAEP-1: a user signs out: session-revoked for one session, and the other sessions go on', async () => {
    const [first, second] = [await realm.signIn(), await realm.signIn()]
    await signOut(first)
    await realm.refused(first)
    expect(await realm.status(second)).toBe(200)
  })

  it('CAEP-1: a password is changed: credential-change', async () => {
    const token = await realm.signIn()
    const id = await realm.idOf('alice')
    const credential = { type: 'password', value: 'password-of-alice', temporary: false }
    await realm.admin.call('PUT', `/${REALM}/users/${id}/reset-password`, credential)
    await realm.refused(token)
    await nextSecond()
    expect(await realm.status(await realm.signIn())).toBe(200)
  })

  it('SSF-1: Keycloak keeps the events of a paused stream, and sends them when it is enabled', async () => {
    const token = await realm.signIn()
    expect((await stream.run('status', '--set', 'paused')).out).toMatch(/^paused/)
    await realm.logOut()
    await nextSecond()
    await nextSecond()
    expect(await realm.status(token)).toBe(200)
    expect((await stream.run('status', '--set', 'enabled')).out).toMatch(/^enabled/)
    await realm.refused(token)
  })

  // What no event tells. Introspection notices each of them: see `not-before.test.ts`.
  describe.each<[string, (token: TokenAnswer) => Promise<unknown>]>([
    ['the administrator ends one session', (token) => realm.endSession(token)],
    ['the administrator disables the account', async () => change('bob', { enabled: false })],
    ['the user’s email address changes', async () => change('bob', { email: 'b@example.com' })],
    [
      'the client revokes its token (RFC 7009)',
      async ({ access_token }) =>
        fetch(realm.endpoint('revoke'), {
          method: 'POST',
          body: new URLSearchParams({ client_id: 'person', token: access_token }),
        }),
    ],
  ])('%s', (_what, act) => {
    it('is told by no security event', async () => {
      await change('bob', { enabled: true })
      const token = await realm.signIn('person', 'bob')
      const witness = await realm.signIn('person', 'alice')
      await act(token)
      // An event about another user comes later, and arrives.
      await realm.logOut('alice')
      await realm.refused(witness)
      expect(await realm.status(token)).toBe(200)
    })
  })
})

async function change(user: string, changes: object): Promise<void> {
  const path = `/${REALM}/users/${await realm.idOf(user)}`
  const before = (await realm.admin.call('GET', path)) as object
  await realm.admin.call('PUT', path, { ...before, ...changes })
}
