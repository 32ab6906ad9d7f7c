import { createClient } from 'redis'
import { onTestFinished } from 'vitest'
import type { Revocations } from '../../../src/revocation/revocations.ts'
import { createRedisStore } from '../../../src/storage/redis/create-redis-store.ts'
import type { RedisStoreOptions } from '../../../src/storage/redis/options.ts'
import { revocationsOf, tokenOf, verdict } from '../../support/revocation-instance.ts'
import type { Address } from './clients.ts'
import { until } from './start-redis.ts'

/** An instance of a resource server, as far as revocations are concerned. Its clock is the real one. */
export interface Instance {
  readonly revocations: Revocations
  close(): void
}

type Options = Parameters<typeof revocationsOf>[1]

/** Starts an instance over a server, or over any client. */
export function startInstance(
  over: Address | { readonly client: RedisStoreOptions['client'] },
  options: Options = {},
): Instance {
  const client =
    'client' in over ? over.client : createClient({ socket: { host: over.host, port: over.port } })
  const store = createRedisStore({ client })
  const revocations = revocationsOf(store, { clock: Date.now, ...options })
  revocations.ready().catch(() => {})
  const close = (): void => {
    revocations.close()
    void store.close()
  }
  onTestFinished(close)
  return { revocations, close }
}

/** What an instance says about the tokens of a session, without a wait for an instance that starts. */
export const says = (instance: Instance, session: string): Promise<string> =>
  verdict(instance.revocations, tokenOf(session, Date.now() / 1000 - 60))

/** Revokes a session at an instance. @returns whether the store has it */
export const revokeAt = ({ revocations }: Instance, session: string): Promise<boolean> =>
  revocations.revoke({ session }).then(
    () => true,
    () => false,
  )

/** Waits until every instance says the same about every session. @returns how long it took, in milliseconds */
export async function allSay(
  instances: readonly Instance[],
  said: string,
  sessions: readonly string[],
): Promise<number> {
  const start = performance.now()
  const check = async (): Promise<boolean> => {
    for (const instance of instances) {
      for (const session of sessions) if ((await says(instance, session)) !== said) return false
    }
    return true
  }
  await until(`every instance says ${said}`, check, 60_000)
  return performance.now() - start
}
