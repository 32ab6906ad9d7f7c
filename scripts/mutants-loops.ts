import type { Mutant } from './mutants-list.ts'

const LOOPS = 'src/gate/loops/client-loops.ts'
const REPORTS = 'src/gate/loops/loop-reports.ts'
const DIFFERENCE = 'src/token/url-difference.ts'

/** Near misses, which must stay refused, and reports about clients, which nobody may forge. */
export const LOOP_MUTANTS: readonly Mutant[] = [
  {
    name: 'loops: a forged token counts as verified',
    file: LOOPS,
    find: '(await verification.isSigned(presented))',
    replace: '((await verification.isSigned(presented)) || true)',
  },
  {
    name: 'loops: forged tokens count towards the row of a real client',
    file: LOOPS,
    find: 'const rows = refusal.verified ? this.#rows : this.#unverifiedRows',
    replace: 'const rows = this.#rows',
  },
  {
    name: 'loops: signature checks of refused tokens without a limit',
    file: LOOPS,
    find: 'this.#checks.take() &&',
    replace: '',
  },
  {
    name: 'loops: the same token again is another login',
    file: LOOPS,
    find: 'if (row.tokens.includes(refusal.digest)) return',
    replace: '',
  },
  {
    name: 'loops: an old token is fresh',
    file: LOOPS,
    find: 'issuedAt >= now / 1000 - FRESH',
    replace: 'issuedAt >= 0',
  },
  {
    name: 'loops: an allowed request does not end the row',
    file: LOOPS,
    find: 'rows.delete(key)',
    replace: '',
  },
  {
    name: 'loops: an allowed request ends the row of a scope that is still lacking',
    file: LOOPS,
    find: "if (reason !== 'scope_missing') return false",
    replace: 'return false',
  },
  {
    name: 'loops: the warning names a client that may be made up',
    file: REPORTS,
    find: 'const who = verified',
    replace: 'const who = true',
  },
  {
    name: 'loops: warnings without a limit',
    file: REPORTS,
    find: '|| !limits.warnings.take()) return',
    replace: ') return',
  },
  {
    name: 'loops: events about made-up tokens without a limit',
    file: REPORTS,
    find: 'clientLoopingObserved() && limits.events.take()',
    replace: 'clientLoopingObserved()',
  },
  {
    name: 'loops: a client id of 5000 characters with line breaks in the event',
    file: 'src/gate/loops/claimed-identity.ts',
    find: 'withoutToken(printable(text.slice(0, MAX_LENGTH)), tokenText)',
    replace: 'text',
  },
  {
    name: 'loops: a token of an unknown issuer makes the server fetch keys',
    file: 'src/verification/jwt-verification.ts',
    find: 'if (known === undefined && jws.claims.iss !== rules.issuer) return false',
    replace: '',
  },
  {
    name: 'near miss: an audience with a final slash is accepted',
    file: 'src/token/audience.ts',
    find: '    : audience.some((entry) => accepted.has(entry))',
    replace:
      "    : audience.some((entry) => accepted.has(entry) || accepted.has(entry.replace(/\\/$/, '')))",
  },
  {
    name: 'near miss: another host is taken for this server',
    file: DIFFERENCE,
    find: "isLoopback(one.hostname) && isLoopback(two.hostname) ? 'loopback' : 'host'",
    replace: "'loopback'",
  },
  {
    name: 'near miss: an unknown issuer is compared with all of a thousand',
    file: 'src/token/near-miss.ts',
    find: 'all.slice(0, MOST_COMPARED)',
    replace: 'all',
  },
  {
    name: 'near miss: many accepted audiences cost many comparisons',
    file: 'src/token/near-miss.ts',
    find: 'Math.ceil(MOST_COMPARED / accepted.size)',
    replace: 'MOST_COMPARED',
  },
  {
    name: 'loops: a client id writes lines into the log',
    file: REPORTS,
    find: "printable(clientId ?? '(no client id)')",
    replace: "clientId ?? '(no client id)'",
  },
  {
    name: 'near miss: a query is passed over',
    file: DIFFERENCE,
    find: 'if (one.search !== two.search || one.hash !== two.hash) return undefined',
    replace: '',
  },
  {
    name: 'near miss: the caller is told',
    file: 'src/gate/answer.ts',
    find: 'error_description: describeChallenge(failure),\n    correlation_id: correlationId,\n  }\n  const nonce',
    replace:
      'error_description: failure.nearMiss ? failure.message : describeChallenge(failure),\n    correlation_id: correlationId,\n  }\n  const nonce',
  },
  {
    name: 'near miss: scopes of another user explain a refusal',
    file: 'src/gate/loops/remembered-scopes.ts',
    find: 'return principal === undefined ? undefined : digestOf(principal)',
    replace: "return principal === undefined ? undefined : digestOf('')",
  },
  {
    name: 'near miss: an older token has lost the scopes of a newer one',
    file: 'src/gate/loops/remembered-scopes.ts',
    find: 'if (before !== undefined && before.issuedAt >= issuedAt) return',
    replace: '',
  },
]
