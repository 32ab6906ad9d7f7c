import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createResourceServer, type ResourceServer } from '../../src/index.ts'
import { keycloak } from '../../src/keycloak/index.ts'
import { type Undo, undoAll } from './support/examples.ts'
import { SERVER_SECRET } from './support/realms.ts'
import { verdict } from './support/resource-servers.ts'
import { type RevokingRealm, revokingRealm } from './support/revoking-realm.ts'
import { SessionClient } from './support/session-client.ts'
import { realmUrl } from './support/tokens.ts'

// What an administrator does, and what the two kinds of server notice: one that was told (the server of
// the realm: logout tokens and a stream, no introspection), and one that asks Keycloak each time.

const REALM = 'introspection-notices'
const undo: Undo = []
let realm: RevokingRealm
let asking: ResourceServer

beforeAll(async () => {
  realm = await revokingRealm(
    undo,
    REALM,
    { backchannelLogout: true, securityEvents: true },
    () => ({ securityEvents: { authorization: 'Bearer agreed-between-keycloak-and-the-server' } }),
  )
  await realm.server.ready()
  asking = createResourceServer({
    resource: realm.url,
    authorizationServer: keycloak(realmUrl(REALM), {
      clientId: realm.url,
      clientSecret: SERVER_SECRET,
      confirm: 'always',
    }),
  })
  undo.push(() => asking.close())
})
afterAll(() => undoAll(undo))

const asked = async (token: string): Promise<string> =>
  verdict(
    await asking.authenticate({
      method: 'POST',
      url: '/mcp',
      headers: { authorization: `Bearer ${token}` },
    }),
  )

/** What becomes of a token after the act, and after the logout token of another user. */
async function noticed(token: string, act: () => Promise<unknown>) {
  expect(await asked(token)).toBe('allowed')
  const witness = await realm.signIn('other', 'bob')
  await act()
  const introspection = await asked(token)
  await realm.logOut('bob')
  await realm.refused(witness)
  const told = await realm.status({ access_token: token, token_type: '', scope: '' })
  return `${introspection}, ${told}`
}

const userPath = async () => `/${REALM}/users/${await realm.idOf('alice')}`
const change = async (path: string, changes: object): Promise<void> => {
  const before = (await realm.admin.call('GET', path)) as object
  await realm.admin.call('PUT', path, { ...before, ...changes })
}
async function clientPath(clientId: string): Promise<string> {
  const path = `/${REALM}/clients`
  const [client] = (await realm.admin.call('GET', `${path}?clientId=${clientId}`)) as {
    id: string
  }[]
  return `${path}/${client?.id}`
}

describe('REV-1: introspection, and the status of a server that was told', () => {
  it('the client is disabled', async () => {
    const { access_token } = await realm.signIn()
    const found = await noticed(access_token, async () =>
      change(await clientPath('person'), { enabled: false }),
    )
    await change(await clientPath('person'), { enabled: true })
    expect(found).toBe('401 token_inactive, 200')
  })

  it('the consent of the user is withdrawn', async () => {
    const alice = new SessionClient('v1', realm.url, 'alice')
    await alice.connect()
    undo.push(() => alice.close())
    const found = await noticed(alice.token, async () =>
      realm.admin.call('DELETE', `${await userPath()}/consents/desktop`),
    )
    expect(found).toBe('401 token_inactive, 401')
  })

  it('the account is deleted', async () => {
    const { access_token } = await realm.signIn()
    const found = await noticed(access_token, async () =>
      realm.admin.call('DELETE', await userPath()),
    )
    expect(found).toBe('401 token_inactive, 200')
  })
})
