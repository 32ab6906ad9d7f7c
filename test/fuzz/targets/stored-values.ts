import fc from 'fast-check'
import type { LogEntry, SharedLog, SharedStore } from '../../../src/index.ts'
import { MemorySharedStore } from '../../support/memory-shared-store.ts'
import type { Edit } from '../../support/mutators/edit.ts'
import { mutateText } from '../../support/mutators/mutate-text.ts'
import { mutateDocument } from '../../support/mutators/mutate-token.ts'
import { bearer, CLAIMS, NOW, testResourceServer } from '../../support/tokens.ts'
import { choice, edits } from '../support/arbitraries.ts'
import { check, checkDecision, watchEvents } from '../support/properties.ts'
import type { Target } from '../support/target.ts'
import { CLIENT } from '../support/upstream.ts'

const KEY = Buffer.from('0123456789abcdefghijklmnopqrstuv').toString('base64url')
const TOKEN = 'opaque-token-of-alice-0123456789'
const OTHER = 'opaque-token-of-mallory-01234567'

const DIGEST = 'a'.repeat(43)
const ENTRY = { key: DIGEST, everything: DIGEST, issuedUntil: NOW - 60, at: NOW - 60 }
const ENTRY_DONOR = { at: 1e308, issuedUntil: 1e308, key: '__proto__' }

/** A store in which somebody else writes: every value that is read has been mutated or exchanged. */
class HostileStore extends MemorySharedStore {
  damage: (value: string) => unknown = (value) => value
  entries: readonly string[] = []

  override async get(key: string): Promise<string | undefined> {
    const value = await super.get(key)
    return value === undefined ? undefined : (this.damage(value) as string)
  }

  override log(name: string): SharedLog {
    const log = super.log(name)
    const added = (): LogEntry[] => this.entries.map((text, at) => ({ position: `9${at}-1`, text }))
    return {
      ...log,
      read: async (after, wait, signal) =>
        after === undefined
          ? [...(await log.read(after, 0, signal)), ...added()]
          : log.read(after, wait, signal),
      has: async () => true,
    }
  }
}

/**
 * What stands in the shared store is written by other instances, or by somebody who broke into it. Nothing
 * there makes a token good, or the server fail: a value that was changed counts as absent.
 */
export const storedValues: Target<Input> = {
  name: 'stored-values',
  executions: 500,
  inputs: fc.record({
    how: choice,
    edits: edits(3),
    entries: fc.array(edits(3, 0), { maxLength: 3 }),
  }),
  start() {
    const checkEvents = watchEvents()
    return async ({ how, edits: changes, entries }) => {
      const store = new HostileStore()
      store.entries = entries.map((entry) => mutateDocument(ENTRY, entry, ENTRY_DONOR))
      const active = new Set([TOKEN, OTHER])
      let asked = 0
      const fetch: typeof globalThis.fetch = async (_url, init) => {
        asked += 1
        const token = String(new URLSearchParams(String(init?.body)).get('token'))
        const sub = token === TOKEN ? 'alice' : 'mallory'
        return Response.json(
          active.has(token) ? { active: true, ...CLAIMS, sub } : { active: false },
        )
      }
      const start = () =>
        testResourceServer({
          http: { fetch },
          server: { introspection: CLIENT, verification: 'introspection' },
          sharedStore: sharedBy(store),
        })
      const first = start()
      for (const token of active) {
        const decision = await first.authenticate(bearer(token))
        check(decision.outcome === 'allowed', 'before the damage', decision)
      }
      await first.close()
      const sealed = [...store.dump().matchAll(/"value":"([^"]*)"/g)].map(
        ([, value]) => value ?? '',
      )
      check(sealed.length > 0, 'nothing is shared')
      store.damage = (value) =>
        // Another token's value in place of the own one, or damage.
        how % 4 === 0 ? sealed.find((one) => one !== value) : changes.reduce(mutateText, value)
      // From here on, only what stands in the store could make these tokens good.
      active.clear()
      const second = start()
      for (const token of [TOKEN, OTHER]) {
        asked = 0
        const decision = await second.authenticate(bearer(token))
        checkDecision(decision, [token])
        check(decision.outcome !== 'unavailable', 'the store makes the server fail', decision)
        if (decision.outcome !== 'allowed') continue
        const subject = token === TOKEN ? 'alice' : 'mallory'
        check(
          decision.token.subject === subject,
          'a stored result of another token',
          decision.token,
        )
        check(asked === 0, 'an inactive token is accepted')
      }
      await second.close()
      checkEvents([TOKEN, OTHER, CLIENT.clientSecret])
    }
  },
}

const sharedBy = (store: SharedStore) =>
  ({ store, onOutage: 'local', introspection: true, sessions: true, sealingKeys: KEY }) as const

interface Input {
  readonly how: number
  readonly edits: readonly Edit[]
  readonly entries: readonly (readonly Edit[])[]
}
