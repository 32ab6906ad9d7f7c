import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { adminOf } from '../../scripts/keycloak/admin.ts'
import { createResourceServer, type ResourceServer } from '../../src/index.ts'
import { keycloak, keycloakRealm } from '../../src/keycloak/index.ts'
import { OUTBOUND_CHANNEL, type OutboundEvent } from '../../src/telemetry/events.ts'
import { movedClock } from '../support/clock.ts'
import { importRealm, type Undo, undoAll } from './support/examples.ts'
import { load } from './support/load.ts'
import { RESOURCE, SECRET, SERVER_SECRET } from './support/realms.ts'
import { verdict } from './support/resource-servers.ts'
import { decoded, realmUrl, serviceToken } from './support/tokens.ts'

const REALM = 'rotation'
const KEY_PROVIDER = 'org.keycloak.keys.KeyProvider'
const MAX_AGE = 300
const admin = adminOf(inject('keycloakUrl'), inject('administrator'))
const undo: Undo = []

beforeAll(async () => {
  undo.push(
    await importRealm(
      keycloakRealm({
        realm: REALM,
        resource: RESOURCE,
        server: { secret: SERVER_SECRET },
        clients: [{ clientId: 'service', serviceAccount: true, secret: SECRET }],
        // So that it is the key's end, and not the token's, that is seen.
        accessTokenLifetime: 86_400,
      }),
    ),
  )
})
afterAll(() => undoAll(undo))

interface Component {
  readonly id: string
  readonly name: string
  readonly config: Readonly<Record<string, readonly string[]>>
}

/** How often the keys have been fetched. */
let fetched = 0
const count = (message: unknown): void => {
  if ((message as OutboundEvent).purpose === 'key_set') fetched += 1
}
subscribe(OUTBOUND_CHANNEL, count)
afterAll(() => void unsubscribe(OUTBOUND_CHANNEL, count))

const path = `/${REALM}/components`
const signingKeys = async (): Promise<Component[]> => {
  const all = (await admin.call('GET', `${path}?type=${KEY_PROVIDER}`)) as Component[]
  return all.filter(({ config }) => config.algorithm?.[0] === 'RS256')
}
/** A key that is preferred to all that are there, as an administrator adds one. */
async function addKey(name: string): Promise<void> {
  const { id: parentId } = (await admin.call('GET', `/${REALM}`)) as Component
  const priorities = (await signingKeys()).map(({ config }) => Number(config.priority?.[0]))
  await admin.call('POST', path, {
    name,
    parentId,
    providerId: 'rsa-generated',
    providerType: KEY_PROVIDER,
    config: { algorithm: ['RS256'], priority: [String(Math.max(...priorities) + 1)] },
  })
}
const removeKey = ({ id }: Component) => admin.call('DELETE', `${path}/${id}`)
const newToken = async () => (await serviceToken('service', { realm: REALM })).access_token
const kidOf = (token: string) => decoded(token).header.kid

const judge = async (gate: ResourceServer, token: string): Promise<string> =>
  verdict(
    await gate.authenticate({
      method: 'POST',
      url: '/mcp',
      headers: { authorization: `Bearer ${token}` },
    }),
  )

describe.each([
  ['every token is verified each time', false],
  ['results are kept', {}],
] as const)('the keys of a realm are rotated while requests come in: %s', (_what, cache) => {
  it('RFC8725-2 RFC9068-2: nobody is refused, until the old key is gone and noticed', async () => {
    const clock = movedClock()
    const options = {
      resource: RESOURCE,
      authorizationServer: { ...keycloak(realmUrl(REALM)), keySet: { maxAge: MAX_AGE } },
      clock,
      cache,
    } as const
    const gate = createResourceServer(options)
    undo.push(() => gate.close())
    const [oldKey] = await signingKeys()
    if (oldKey === undefined) throw new Error('the realm has no RS256 key')
    const old = await newToken()
    const tokens = [old]
    const requests = load(() => tokens.map((token) => judge(gate, token)))

    // The new key signs at once; the old one is published still.
    await addKey(`newer than ${oldKey.name}`)
    const fresh = await newToken()
    expect(kidOf(fresh)).not.toBe(kidOf(old))
    tokens.push(fresh)
    await requests.rounds(20)
    // What is known of the keys grows old, and is fetched again.
    const before = fetched
    clock.advance(MAX_AGE + 1)
    await expect.poll(() => fetched).toBeGreaterThan(before)
    await requests.rounds(20)
    expect(await requests.end()).toEqual(new Set(['allowed']))

    // The old key is taken away: that is noticed when the set is fetched again, and not before.
    await removeKey(oldKey)
    expect(await judge(gate, old)).toBe('allowed')
    const later = load(() => [judge(gate, fresh)])
    clock.advance(MAX_AGE + 1)
    await expect.poll(() => judge(gate, old)).toBe('401 key_unknown')
    expect(await judge(gate, old)).toBe('401 key_unknown')
    expect(await later.end()).toEqual(new Set(['allowed']))
  })
})

it('RFC8725-2: a key that was stopped before it was removed verifies until it is removed', async () => {
  const [key] = await signingKeys()
  if (key === undefined) throw new Error('the realm has no RS256 key')
  const old = await newToken()
  await addKey(`newer than ${key.name}`)
  const put = (config: object) =>
    admin.call('PUT', `${path}/${key.id}`, { ...key, config: { ...key.config, ...config } })
  const now = async () => {
    const gate = createResourceServer({
      resource: RESOURCE,
      authorizationServer: keycloak(realmUrl(REALM)),
    })
    return judge(gate, old).finally(() => gate.close())
  }
  // Passive in Keycloak's console: signs no more, is published still.
  await put({ active: ['false'] })
  expect(await now()).toBe('allowed')
  // Disabled: not published.
  await put({ active: ['false'], enabled: ['false'] })
  expect(await now()).toBe('401 key_unknown')
})
