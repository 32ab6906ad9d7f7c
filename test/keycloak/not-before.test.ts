import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { adminOf } from '../../scripts/keycloak/admin.ts'
import { keycloakRealm } from '../../src/keycloak/index.ts'
import { importRealm, type Undo, undoAll } from './support/examples.ts'
import { RESOURCE, SECRET, SERVER_CLIENT, SERVER_SECRET } from './support/realms.ts'
import { decide, MODES, type Mode, verdict } from './support/resource-servers.ts'
import { decoded, personToken, serviceToken } from './support/tokens.ts'

// "Revoke all tokens issued before now", as an administrator does it.

const realm = 'not-before'
const admin = adminOf(inject('keycloakUrl'), inject('administrator'))
const undo: Undo = []

beforeAll(async () => {
  undo.push(
    await importRealm(
      keycloakRealm({
        realm,
        resource: RESOURCE,
        server: { clientId: SERVER_CLIENT, secret: SERVER_SECRET },
        clients: [
          { clientId: 'person', passwordGrant: true, scopes: ['mcp:tools'] },
          { clientId: 'service', serviceAccount: true, secret: SECRET },
        ],
        users: [{ username: 'alice', password: 'password-of-alice' }],
      }),
    ),
  )
})
afterAll(() => undoAll(undo))

interface Representation {
  readonly id: string
}

/** Sets it one second past the token's birth, so that no clock decides what is older. */
async function setNotBefore(path: string, token: string): Promise<() => Promise<void>> {
  const before = (await admin.call('GET', path)) as Representation
  const notBefore = Number(decoded(token).claims.iat) + 1
  await admin.call('PUT', path, { ...before, notBefore })
  return async () => {
    await admin.call('PUT', path, { ...before, notBefore: 0 })
  }
}

const pathOf: Readonly<Record<string, () => Promise<string>>> = {
  'the realm': async () => `/${realm}`,
  'the client': async () => {
    const [client] = (await admin.call(
      'GET',
      `/${realm}/clients?clientId=person`,
    )) as Representation[]
    return `/${realm}/clients/${client?.id}`
  },
}

describe.each(Object.entries(pathOf))('not-before of %s', (what, path) => {
  const judgedAfter = async (mode: Mode): Promise<string> => {
    const { access_token } = await personToken('person', { realm })
    expect(verdict(await decide(mode, access_token, { realm }))).toBe('allowed')
    const putBack = await setNotBefore(await path(), access_token)
    try {
      return verdict(await decide(mode, access_token, { realm }))
    } finally {
      await putBack()
    }
  }

  it.each(['introspection', 'hybrid'] as const)('refuses older tokens: %s', async (mode) => {
    expect(await judgedAfter(mode)).toBe('401 token_inactive')
  })

  it(`signatures alone do not notice ${what}`, async () => {
    expect(await judgedAfter('jwt')).toBe('allowed')
  })
})

it.each(MODES)('lets in tokens that are younger: %s', async (mode) => {
  const old = (await serviceToken('service', { realm })).access_token
  const path = `/${realm}`
  const before = (await admin.call('GET', path)) as Representation
  // The moment at which it was issued, and not the second after.
  await admin.call('PUT', path, { ...before, notBefore: decoded(old).claims.iat })
  undo.push(async () => {
    await admin.call('PUT', path, { ...before, notBefore: 0 })
  })
  const { access_token } = await serviceToken('service', { realm })
  expect(verdict(await decide(mode, access_token, { realm }))).toBe('allowed')
})
