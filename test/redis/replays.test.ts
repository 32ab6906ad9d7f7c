import { createClient } from 'redis'
import { expect, it, onTestFinished } from 'vitest'
import { createRedisStore } from '../../src/storage/redis/create-redis-store.ts'
import { eventually } from '../support/decisions.ts'
import { dpopRequest, makeDpopKey, signProof } from '../support/dpop.ts'
import { clock, signToken, testResourceServer } from '../support/tokens.ts'
import { collectWarnings } from '../support/warnings.ts'
import { type RedisServer, startRedis } from './support/start-redis.ts'

collectWarnings()

const key = await makeDpopKey()
const token = await signToken({ claims: { cnf: { jkt: key.thumbprint } } })
const proof = () => signProof(key, { token })

async function instance({ host, port }: RedisServer, onOutage: 'local' | 'refuse') {
  const store = createRedisStore({ client: createClient({ socket: { host, port } }), clock })
  const server = testResourceServer({ dpop: 'required', sharedStore: { store, onOutage } })
  onTestFinished(async () => {
    await server.close()
    await store.close()
  })
  await server.ready()
  return async (used: string): Promise<string | undefined> => {
    const decision = await server.authenticate(dpopRequest(token, used))
    return decision.outcome === 'allowed' ? 'allowed' : decision.reason
  }
}

it.each(['refuse', 'local'] as const)(
  'RFC9449-6: a DPoP proof works once on all instances, also after a real Redis has lost it: %s',
  async (onOutage) => {
    const redis = await startRedis()
    onTestFinished(() => redis.stop())
    const [first, second] = [await instance(redis, onOutage), await instance(redis, onOutage)]
    const [before, during] = [await proof(), await proof()]
    expect(await first(before)).toBe('allowed')
    expect(await second(before)).toBe('dpop_proof_replayed')
    const raced = await proof()
    const said = await Promise.all([first, second, first, second].map((use) => use(raced)))
    expect(said.filter((one) => one === 'allowed')).toHaveLength(1)

    await redis.kill()
    const away = onOutage === 'local' ? 'allowed' : /_failed$/
    await eventually(async () => expect(await first(await proof())).toMatch(away))
    expect(await first(during)).toMatch(away)
    await redis.restart({ empty: true })
    const again = async () => {
      expect(await first(await proof())).toBe('allowed')
      expect(await second(await proof())).toBe('allowed')
    }
    await eventually(again)
    // Both instances have looked at the store since it is back.
    await new Promise((resolve) => setTimeout(resolve, 3000))
    expect(await second(before)).toBe('dpop_proof_replayed')
    const expected = onOutage === 'local' ? 'dpop_proof_replayed' : 'allowed'
    expect(await second(during)).toBe(expected)
    expect(await first(during)).toBe('dpop_proof_replayed')
  },
)
