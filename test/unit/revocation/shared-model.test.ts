import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Revocations } from '../../../src/revocation/revocations.ts'
import {
  MemorySharedStore,
  type StoreConnection,
  type StoreState,
} from '../../support/memory-shared-store.ts'
import { revocationsOf, tokenOf, verdict } from '../../support/revocation-instance.ts'
import { NOW } from '../../support/tokens.ts'
import { collectWarnings } from '../../support/warnings.ts'

collectWarnings()
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => void vi.useRealTimers())

interface Instance {
  readonly revocations: Revocations
  readonly connection: StoreConnection
  /** What was revoked here. */
  readonly revoked: Set<string>
}

const STATES: readonly StoreState[] = ['down', 'hanging', 'answers_lost', 'full', 'read_only']

/** Numbers that look random, and are the same for the same seed. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return Math.floor((state / 0x80000000) * below)
  }
}

class Model {
  readonly store = new MemorySharedStore()
  readonly instances: Instance[] = []
  /** Everything that was ever revoked, also at instances that are gone. */
  readonly ever = new Set<string>()
  readonly #random: (below: number) => number
  #revocations = 0

  constructor(seed: number) {
    this.#random = randomNumbers(seed)
    this.store.readLimit = 1 + this.#random(20)
    for (let at = 0; at < 3; at += 1) this.#start()
  }

  #start(): void {
    const connection = this.store.connect()
    const revocations = revocationsOf(connection)
    // An instance that starts during an outage is not ready. It must get there later.
    revocations.ready().catch(() => {})
    this.instances.push({ revocations, connection, revoked: new Set() })
  }

  #one(): Instance {
    return this.instances[this.#random(this.instances.length)] as Instance
  }

  #state(): StoreState {
    return STATES[this.#random(STATES.length)] as StoreState
  }

  /** Does one thing that can happen, and lets some time pass. */
  async step(): Promise<void> {
    const what = this.#random(16)
    if (what < 7) this.#revoke()
    else if (what === 7) this.store.state = this.#state()
    else if (what === 8) this.#one().connection.state = this.#state()
    else if (what === 9) this.#heal()
    else if (what === 10) this.store.wipe(this.#random(2) === 0)
    else if (what === 11) this.store.lose(1 + this.#random(3))
    else if (what === 12) this.#restart()
    else if (what === 13) this.store.twice = !this.store.twice
    else if (what === 14) this.store.delay = this.#random(2) * this.#random(300)
    else await vi.advanceTimersByTimeAsync(this.#random(5000))
    await vi.advanceTimersByTimeAsync(this.#random(100))
  }

  #revoke(): void {
    const { revocations, revoked } = this.#one()
    const session = `s${this.#revocations}`
    this.#revocations += 1
    this.ever.add(session)
    revoked.add(session)
    revocations.revoke({ session }).catch(() => {})
  }

  #heal(): void {
    this.store.state = 'up'
    this.store.delay = 0
    for (const { connection } of this.instances) connection.state = 'up'
  }

  /** One instance ends, with what nobody else knows, and a new one starts. */
  #restart(): void {
    const [gone] = this.instances.splice(this.#random(this.instances.length), 1)
    gone?.revocations.close()
    this.#start()
  }

  /** The outage ends. @returns what is wrong afterwards */
  async end(): Promise<readonly string[]> {
    this.#heal()
    await vi.advanceTimersByTimeAsync(8000)
    const wrong: string[] = []
    const sessions = new Set(this.instances.flatMap(({ revoked }) => [...revoked]))
    for (const [at, { revocations }] of this.instances.entries()) {
      for (const session of sessions) {
        const said = await verdict(revocations, tokenOf(session))
        if (said !== 'token_revoked') wrong.push(`${at}: ${session} is ${said}`)
      }
      for (let other = 0; other < 5; other += 1) {
        const said = await verdict(revocations, tokenOf(`never-${other}`))
        if (said !== 'allowed') wrong.push(`${at}: never-${other} is ${said}`)
      }
    }
    for (const { revocations } of this.instances) revocations.close()
    return wrong
  }
}

describe('instances, faults and restarts in any order', () => {
  it.each(Array.from({ length: 60 }, (_, at) => at + 1))(
    'REV-1 REV-2: at the end, every living instance refuses what was revoked at a living one, and nothing else: %i',
    async (seed) => {
      const model = new Model(seed)
      await vi.advanceTimersByTimeAsync(100)
      for (let step = 0; step < 60; step += 1) await model.step()
      expect(await model.end()).toEqual([])
    },
  )

  it.each(Array.from({ length: 20 }, (_, at) => at + 1))(
    'REV-2: an instance that answers knows what another one was told that the store has: %i',
    async (seed) => {
      const random = randomNumbers(seed)
      const store = new MemorySharedStore()
      const connections = [store.connect(), store.connect(), store.connect()]
      const instances = connections.map((connection) => revocationsOf(connection))
      for (const instance of instances) instance.ready().catch(() => {})
      await vi.advanceTimersByTimeAsync(100)
      const confirmed: { session: string; at: number }[] = []
      for (let step = 0; step < 80; step += 1) {
        const at = random(3)
        if (random(3) === 0) {
          const state = random(2) === 0 ? 'up' : (STATES[random(STATES.length)] as StoreState)
          if (connections[at]) connections[at].state = state
        }
        const session = `s${step}`
        instances[at]?.revoke({ session }).then(
          () => confirmed.push({ session, at: performance.now() }),
          () => {},
        )
        await vi.advanceTimersByTimeAsync(random(800))
        for (const instance of instances) {
          for (const { session, at } of confirmed.slice(-20)) {
            const said = await verdictSoon(instance, session)
            // A silent partition is noticed within 3 s.
            if (said === 'allowed') expect(performance.now() - at, session).toBeLessThan(3000)
          }
        }
      }
      for (const instance of instances) instance.close()
    },
  )
})

/** What a check says now; `waits` for an instance that has not caught up yet. */
async function verdictSoon(revocations: Revocations, session: string): Promise<string> {
  const waits = new Promise<string>((resolve) => setImmediate(resolve, 'waits'))
  return Promise.race([verdict(revocations, tokenOf(session, NOW - 60)), waits])
}
