import { describe, expect, it, onTestFinished } from 'vitest'
import { eventually } from '../../support/decisions.ts'
import { dpopRequest, makeDpopKey, signProof } from '../../support/dpop.ts'
import { MemorySharedStore, type StoreConnection } from '../../support/memory-shared-store.ts'
import { bearer, signToken, testResourceServer } from '../../support/tokens.ts'
import { collectWarnings } from '../../support/warnings.ts'

collectWarnings()

const key = await makeDpopKey()
const bound = await signToken({ claims: { cnf: { jkt: key.thumbprint } } })
const plain = await signToken({ claims: { sid: 'session-1' } })
const proven = async () => dpopRequest(bound, await signProof(key, { token: bound }))

const refused = {
  outcome: 'unavailable',
  status: 503,
  headers: { 'Retry-After': expect.stringMatching(/^[1-9]\d*$/) },
  body: { error: 'temporarily_unavailable' },
}
const replayed = { status: 401, reason: 'dpop_proof_replayed' }

function start(
  store: StoreConnection | MemorySharedStore,
  onOutage: 'local' | 'refuse' = 'refuse',
) {
  const server = testResourceServer({ sharedStore: { store, onOutage } })
  onTestFinished(() => server.close())
  return server
}

describe('resource servers that share a store', () => {
  it('RFC9449-6: a proof works once, on every instance, without a store of the operator', async () => {
    const store = new MemorySharedStore()
    const [first, second] = [start(store), start(store)]
    const used = await proven()
    expect(await first.authenticate(used)).toMatchObject({ outcome: 'allowed' })
    expect(await second.authenticate(used)).toMatchObject(replayed)
    expect(await first.authenticate(used)).toMatchObject(replayed)
  })

  it('RFC9449-6 REV-2: `refuse` answers 503 with Retry-After while the store is away, and never 401', async () => {
    const store = new MemorySharedStore()
    const server = start(store)
    await server.ready()
    store.state = 'down'
    const [revocation, replay] = ['shared_store_failed', 'replay_store_failed']
    await eventually(async () =>
      expect(await server.authenticate(bearer(plain))).toMatchObject({
        ...refused,
        reason: revocation,
      }),
    )
    expect(await server.authenticate(await proven())).toMatchObject({ ...refused, reason: replay })
    await expect(server.verify(plain)).rejects.toMatchObject({ reason: revocation, status: 503 })
    await expect(server.ready()).rejects.toMatchObject({ reason: revocation })
    await expect(server.revoke({ session: 'session-1' })).rejects.toMatchObject({
      reason: revocation,
    })
    store.state = 'up'
    await eventually(async () =>
      expect(await server.authenticate(bearer(plain))).toMatchObject({ reason: 'token_revoked' }),
    )
  })

  it('RFC9449-6: `local` lets a proof work once on each instance while the store is away', async () => {
    const store = new MemorySharedStore()
    const [first, second] = [start(store, 'local'), start(store, 'local')]
    await Promise.all([first.ready(), second.ready()])
    store.state = 'down'
    const used = await proven()
    for (const server of [first, second]) {
      expect(await server.authenticate(used)).toMatchObject({ outcome: 'allowed' })
      expect(await server.authenticate(used)).toMatchObject(replayed)
    }
  })

  it('RFC9449-6: a store that was emptied gets the used proofs back', async () => {
    const store = new MemorySharedStore()
    const [first, second] = [start(store), start(store)]
    await Promise.all([first.ready(), second.ready()])
    const used = await proven()
    expect(await first.authenticate(used)).toMatchObject({ outcome: 'allowed' })
    store.wipe()
    await eventually(() => expect(store.dump()).toContain('replay/dpop/'))
    expect(await second.authenticate(used)).toMatchObject(replayed)
  })
})
