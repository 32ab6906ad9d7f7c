import type { Mutant } from './mutants-list.ts'

const SEALING = 'src/storage/sealing.ts'
const VALUES = 'src/storage/sealed-values.ts'
const RESULTS = 'src/verification/shared-results.ts'
const SCOPE = 'src/verification/verification-scope.ts'
const SESSIONS = 'src/mcp/shared-session-store.ts'

/** Checks of what is in the shared store, taken out. */
export const SHARED_STATE_MUTANTS: readonly Mutant[] = [
  {
    name: 'sealed values: open under every store key',
    file: SEALING,
    find: 'Buffer.from(JSON.stringify([purpose, storeKey]))',
    replace: 'Buffer.from(JSON.stringify([purpose]))',
  },
  {
    name: 'sealed values: the tag is not checked',
    file: SEALING,
    find: 'Buffer.concat([text, decipher.final()])',
    replace: 'Buffer.concat([text])',
  },
  {
    name: 'sealed values: a placeholder is a key',
    file: SEALING,
    find: 'new Set(key).size >= FEWEST_BYTES ? key : undefined',
    replace: 'new Set(key).size > 0 ? key : undefined',
  },
  {
    name: 'sealed values: the last key seals',
    file: SEALING,
    find: '    const [key] = this.#keys\n',
    replace: '    const key = this.#keys.at(-1) ?? this.#keys[0]\n',
  },
  {
    name: 'shared store: the bare digest of a token is its key',
    file: VALUES,
    find: 'digestOf(JSON.stringify([purpose, scope, key]))',
    replace: 'key',
  },
  {
    name: 'shared store: every scope has the same keys',
    file: VALUES,
    find: 'JSON.stringify([purpose, scope, key])',
    replace: 'JSON.stringify([purpose, key])',
  },
  {
    name: 'shared results: servers with other common rules share',
    file: SCOPE,
    find: 'const common = { resource, additionalAudiences, allowInsecureHttp, introspectionMaxAge, rules }',
    replace:
      'const common = { resource, additionalAudiences, introspectionMaxAge } && (rules, allowInsecureHttp, {})',
  },
  {
    name: 'shared results: servers with other issuer options share',
    file: SCOPE,
    find: 'return [chosen(options, names), ',
    replace: 'return [names.length, ',
  },
  {
    name: 'shared results: servers with another client or endpoint share',
    file: SCOPE,
    find: 'chosen(introspection, asked), chosen',
    replace: 'asked.length, chosen',
  },
  {
    name: 'shared results: servers with another profile share',
    file: SCOPE,
    find: 'chosen(profile, deciding)]',
    replace: '[profile, deciding].length]',
  },
  {
    name: 'shared results: the code of a profile does not count',
    file: SCOPE,
    find: "typeof value === 'function' ? String(value) : value",
    replace: "typeof value === 'function' ? 'function' : value",
  },
  {
    name: 'shared results: begin to live anew at every instance',
    file: RESULTS,
    find: 'const end = this.#givenUp(verification, until)',
    replace: 'const end = this.#givenUp(verification, now + verification.maxAge * 1000)',
  },
  {
    name: 'shared results: a clock far ahead makes results live longer',
    file: RESULTS,
    find: 'if (until > now + (verification.maxAge + clockTolerance) * 1000) return undefined',
    replace: '',
  },
  {
    name: 'shared results: a result that has ended counts once more',
    file: RESULTS,
    find: 'if (!isShared(verification) || now > end) return undefined',
    replace: 'if (!isShared(verification)) return undefined',
  },
  {
    name: 'shared results: a revoked token stays in the shared store',
    file: RESULTS,
    find: 'memory.delete(key)\n    return this.#calls.run(() => values.delete(key))',
    replace: 'memory.delete(key)\n    return values && undefined',
  },
  {
    name: 'shared results: a hanging store is asked at every request',
    file: 'src/storage/brief-calls.ts',
    find: '      this.#failed = true\n      this.#rest()\n',
    replace: '',
  },
  {
    name: 'shared results: what JSON changes is shared',
    file: 'src/verification/stored-result.ts',
    find: 'return isDeepStrictEqual(read, { verification, until }) ? text : undefined',
    replace: 'return isDeepStrictEqual(read, { verification, until }) ? text : text',
  },
  {
    name: 'shared results: a stored result may lack members',
    file: 'src/verification/stored-result.ts',
    find: 'if (!success || !isObject(claims)) return undefined',
    replace: 'if (!success) return undefined',
  },
  {
    name: 'shared sessions: the last owner counts',
    file: SESSIONS,
    find: 'this.#values.add(key, JSON.stringify({ owner, until }), until)',
    replace: 'this.#values.set(key, JSON.stringify({ owner, until }), until).then(() => true)',
  },
  {
    name: 'shared sessions: an idle session never ends',
    file: SESSIONS,
    find: 'if (stored === undefined || this.#clock() > stored.until) return undefined',
    replace: 'if (stored === undefined) return undefined',
  },
  {
    name: 'shared sessions: a renewal brings back a removed session',
    file: SESSIONS,
    find: 'if (removed !== undefined) await',
    replace: 'if (removed === key) await',
  },
  {
    name: 'shared sessions: an owner may lack what revokes it',
    file: SESSIONS,
    find: ' && isOpening(opening)',
    replace: ' || isOpening(opening)',
  },
  {
    name: 'shared sessions: an owner may lack its principal',
    file: SESSIONS,
    find: "if (typeof principal !== 'string' || typeof subject !== 'string') return false",
    replace: "if (typeof subject !== 'string') return false",
  },
  {
    name: 'shared sessions: a principal has any number of them',
    file: SESSIONS,
    find: 'this.#remove(key).catch(() => {})',
    replace: 'Promise.resolve(key).catch(() => {})',
  },
  {
    name: 'shared sessions: sealing keys may be left out',
    file: 'src/resource-server/shared-state.ts',
    find: 'if (!shared[option] || shared.sealingKeys !== undefined) continue',
    replace: 'if (option !== undefined) continue',
  },
]
