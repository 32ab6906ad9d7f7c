import type { Mutant } from './mutants-list.ts'

const SHARED = 'src/revocation/shared-revocations.ts'
const LOG = 'src/revocation/followed-log.ts'
const LIST = 'src/revocation/revocation-list.ts'
const PENDING = 'src/revocation/pending-entries.ts'
const ENTRY = 'src/revocation/shared-entry.ts'
const CHECK = 'src/revocation/store-check.ts'
const REVOCATIONS = 'src/revocation/revocations.ts'
const REPLAYS = 'src/storage/shared-replay-store.ts'

/** The shared store: outages, losses, damaged entries, and used ids. */
export const REVOCATION_OUTAGE_MUTANTS: readonly Mutant[] = [
  {
    name: 'outage: requests pass before the instance has caught up',
    file: REVOCATIONS,
    find: 'if (!shared.isCaughtUp && !shared.isAway) {',
    replace: 'if (!shared.isCaughtUp && shared.isAway) {',
  },
  {
    name: 'outage: `refuse` lets requests pass',
    file: REVOCATIONS,
    find: "if (!shared.isCaughtUp || this.#options.onOutage === 'refuse') throw shared.away()",
    replace: 'if (!shared.isCaughtUp) throw shared.away()',
  },
  {
    name: 'outage: `local` lets an instance answer that never caught up',
    file: REVOCATIONS,
    find: "if (!shared.isCaughtUp || this.#options.onOutage === 'refuse') throw shared.away()",
    replace: "if (this.#options.onOutage === 'refuse') throw shared.away()",
  },
  {
    name: 'outage: what the store has lost is not appended',
    file: SHARED,
    find: 'for (const entry of lacking.values()) this.#pending.add(entry)',
    replace: '',
  },
  {
    name: 'outage: an older entry of the store counts as the later one',
    file: SHARED,
    find: 'if (known !== undefined && covers(entry, known)) lacking.delete(entry.key)',
    replace: 'lacking.delete(entry.key)',
  },
  {
    name: 'outage: a lost position is not noticed',
    file: SHARED,
    find: 'if (hasLost || !this.#log.isWhole || !(await this.#log.hasPosition())) await this.#readAll()',
    replace: 'if (!this.#log.isWhole) await this.#readAll()',
  },
  {
    name: 'outage: a cut behind new entries is not noticed',
    file: LOG,
    find: 'if (isCut) this.#cuts += 1',
    replace: '',
  },
  {
    name: 'outage: pending entries are dropped when the list merges them',
    file: PENDING,
    find: 'if (all !== undefined && !this.#pending.has(all.key)) {',
    replace: 'if (all === null) {',
  },
  {
    name: 'outage: a message that is sent again succeeds before the store has it',
    file: PENDING,
    find: 'return pending === undefined || pending.stored !== undefined ? undefined : this.#current(at)',
    replace: 'return pending?.sending === false ? undefined : this.#current(at)',
  },
  {
    name: 'outage: a full or read-only store is not noticed',
    file: CHECK,
    find: "await answered(this.#store.set(WRITABLE, '1', this.#clock() + MINUTE))",
    replace: '',
  },
  {
    name: 'outage: used ids are not given back',
    file: SHARED,
    find: 'if (hasLost || this.#mayLack) void this.#giveBack()',
    replace: '',
  },
  {
    name: 'outage: used ids are not given back after a failure',
    file: SHARED,
    find: 'if (hasLost || this.#mayLack) void',
    replace: 'if (hasLost) void',
  },
  {
    name: 'outage: used ids are given back once, also in vain',
    file: SHARED,
    find: 'if (!(await this.#options.onLost())) this.#mayLack = true',
    replace: 'await this.#options.onLost()',
  },
  {
    name: 'outage: a loss between two questions is accepted',
    file: CHECK,
    find: 'this.#life = this.#asked',
    replace: 'void this.#readLife().then((life) => (this.#life = life))',
  },
  {
    name: 'outage: what a clock that was behind has shortened stays so',
    file: LOG,
    find: 'if (offset - this.#offset > LARGEST_STEP) this.#cuts += 1',
    replace: '',
  },
  {
    name: 'outage: every read of the log leaves memory behind',
    file: 'src/storage/linked-abort.ts',
    find: "signal?.removeEventListener('abort', abort)",
    replace: '',
  },
  {
    name: 'outage: a forged entry takes a revocation over',
    file: LIST,
    find: 'if (isForged) this.#mergeIntoEverything(known, now)',
    replace: 'if (known === null) this.#mergeIntoEverything(known, now)',
  },
  {
    name: 'outage: a forged entry takes the revocation of everything over',
    file: REVOCATIONS,
    find: 'const isForged = key !== everything && issuers.has(key)',
    replace: 'const isForged = key === undefined',
  },
  {
    name: 'outage: an entry of the far future stays',
    file: ENTRY,
    find: 'at: Math.min(at, latest),',
    replace: 'at,',
  },
  {
    name: 'outage: an entry revokes what is not issued yet',
    file: ENTRY,
    find: 'Math.min(issuedUntil, Math.floor(latest))',
    replace: 'issuedUntil',
  },
  {
    name: 'outage: a shared entry may have any key',
    file: ENTRY,
    find: 'if (!isDigest(key) || !isDigest(everything) || !isTime(at)) return undefined',
    replace: 'if (!isTime(at)) return undefined',
  },
  {
    name: 'replay: an id works once on each instance',
    file: REPLAYS,
    find: 'return away || this.#add(id, until, owner)',
    replace: 'return true',
  },
  {
    name: 'replay: `refuse` goes on without the store',
    file: REPLAYS,
    find: "if (onOutage === 'local') return true",
    replace: 'if (onOutage) return true',
  },
  {
    name: 'replay: the store keeps an id no longer than its own clock says',
    file: REPLAYS,
    find: 'until + CLOCK_DIFFERENCE))',
    replace: 'until))',
  },
  {
    name: 'replay: ids are new while the store gets them back',
    file: REPLAYS,
    find: "if (this.#isLacking) throw failure('the shared store gets back the ids that it has lost')",
    replace: '',
  },
]
