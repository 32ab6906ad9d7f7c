import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Undo, undoAll } from './support/examples.ts'
import { type RevokingRealm, revokingRealm } from './support/revoking-realm.ts'
import { decoded, type TokenAnswer } from './support/tokens.ts'

// The server verifies signatures, and asks Keycloak about no token.

const undo: Undo = []
afterAll(() => undoAll(undo))

/** Sets the not-before time of the realm to the birth of a token: the token is met, and no later one. */
async function setNotBefore(
  { admin }: RevokingRealm,
  path: string,
  { access_token }: TokenAnswer,
): Promise<void> {
  const before = (await admin.call('GET', path)) as object
  await admin.call('PUT', path, {
    ...before,
    notBefore: Number(decoded(access_token).claims.iat) + 1,
  })
}

/** A token that is issued after the not-before time of `setNotBefore`. */
async function youngerToken(realm: RevokingRealm): Promise<TokenAnswer> {
  await new Promise((resolve) => setTimeout(resolve, 2000 - (Date.now() % 1000)))
  return realm.signIn()
}

describe('not-before of the realm, polled', () => {
  const name = 'not-before-polled'
  let realm: RevokingRealm
  beforeAll(async () => {
    realm = await revokingRealm(undo, name, {}, () => ({ notBefore: 1 }))
  })

  it('REV-1: older tokens are refused, and younger ones are not', async () => {
    const token = await realm.signIn()
    await setNotBefore(realm, `/${name}`, token)
    await realm.refused(token)
    expect(await realm.status(await youngerToken(realm))).toBe(200)
  })

  it('REV-1: the administrator signs everybody out: Keycloak raises the time of the realm', async () => {
    const token = await youngerToken(realm)
    await realm.admin.call('POST', `/${name}/logout-all`)
    await realm.refused(token)
    expect(await realm.status(await youngerToken(realm))).toBe(200)
  })

  it('the time of a client is not in the public document, and signatures alone do not notice it', async () => {
    const token = await youngerToken(realm)
    await setNotBefore(realm, await clientPath(realm, name, 'person'), token)
    await new Promise((resolve) => setTimeout(resolve, 2500))
    expect(await realm.status(token)).toBe(200)
  })
})

describe('not-before of the realm, pushed', () => {
  const name = 'not-before-pushed'
  let realm: RevokingRealm
  beforeAll(async () => {
    // The recipe gives the server's client its Admin URL, and the server polls every 30 seconds.
    realm = await revokingRealm(undo, name, { notBefore: true }, () => ({}))
  })

  it('REV-1: the administrator pushes it: it counts at once, and younger tokens are let in', async () => {
    const token = await realm.signIn()
    await setNotBefore(realm, `/${name}`, token)
    const pushed = await realm.admin.call('POST', `/${name}/push-revocation`)
    expect(pushed).toMatchObject({ successRequests: [`${realm.url}/keycloak`] })
    expect(await realm.status(token)).toBe(401)
    expect(await realm.status(await youngerToken(realm))).toBe(200)
  })

  it('REV-1: the administrator signs everybody out: it counts at once', async () => {
    const token = await youngerToken(realm)
    await realm.admin.call('POST', `/${name}/logout-all`)
    expect(await realm.status(token)).toBe(401)
    expect(await realm.status(await youngerToken(realm))).toBe(200)
  })
})

async function clientPath({ admin }: RevokingRealm, realm: string, id: string): Promise<string> {
  const [client] = (await admin.call('GET', `/${realm}/clients?clientId=${id}`)) as { id: string }[]
  return `/${realm}/clients/${client?.id}`
}
