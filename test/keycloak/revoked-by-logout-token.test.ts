import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Undo, undoAll } from './support/examples.ts'
import { type RevokingRealm, revokingRealm } from './support/revoking-realm.ts'

// Keycloak posts the logout token before it answers the administrator. So nothing here waits.

const undo: Undo = []
let realm: RevokingRealm
beforeAll(async () => {
  realm = await revokingRealm(undo, 'logout', { backchannelLogout: true }, () => ({}))
})
afterAll(() => undoAll(undo))

describe('a logout token of Keycloak', () => {
  it('BCL-1 REV-1: the administrator logs a user out: the token is refused, and a new login works at once', async () => {
    const token = await realm.signIn()
    const ofBob = await realm.signIn('person', 'bob')
    expect(await realm.status(token)).toBe(200)
    await realm.logOut()
    expect(await realm.status(token)).toBe(401)
    expect(await realm.status(ofBob)).toBe(200)
    expect(await realm.status(await realm.signIn())).toBe(200)
  })

  it('BCL-1: one session ends, and the other sessions of the user go on', async () => {
    const [first, second] = [await realm.signIn(), await realm.signIn()]
    await realm.endSession(first)
    expect(await realm.status(first)).toBe(401)
    expect(await realm.status(second)).toBe(200)
  })

  it('BCL-1: the session of every client of the list ends', async () => {
    const tokens = [await realm.signIn('person'), await realm.signIn('other')]
    await realm.logOut()
    for (const token of tokens) expect(await realm.status(token)).toBe(401)
  })
})
