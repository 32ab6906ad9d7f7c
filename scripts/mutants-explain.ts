import type { Mutant } from './mutants-list.ts'

/** The checks of `explain`: its verdict is the gate's, and it neither leaks a token nor asks too much. */
export const EXPLAIN_MUTANTS: readonly Mutant[] = [
  {
    name: 'explain: the list of tools calls functions of the policy',
    file: 'src/gate/explain-tools.ts',
    find: 'rule: { ...one.rule, allow: undefined }',
    replace: 'rule: one.rule',
  },
  {
    name: 'explain: the list of tools is made for a forged token',
    file: 'src/gate/explain-decision.ts',
    find: "rule: 'tools',\n      needs: decidedRules(explanation),",
    replace: "rule: 'tools',",
  },
  {
    name: 'explain: a broken rule counts as held',
    file: 'src/token/explanation.ts',
    find: "this.#add(rule, status === 503 ? 'unchecked' : 'broken', reason, detail)",
    replace: "this.#add(rule, 'holds', reason, detail)",
  },
  {
    name: 'explain: an outage is a refusal',
    file: 'src/token/explanation.ts',
    find: "status === 503 ? 'unchecked' : 'broken'",
    replace: "status < 0 ? 'unchecked' : 'broken'",
  },
  {
    name: 'explain: offline it asks the network',
    file: 'src/token/explanation.ts',
    find: 'if (offline !== undefined && !this.online) {',
    replace: 'if (offline === rule) {',
  },
  {
    name: 'explain: characters that a terminal obeys',
    file: 'src/token/explanation.ts',
    find: 'const detail = printable(withoutToken(text, this.#text))',
    replace: 'const detail = withoutToken(text, this.#text)',
  },
  {
    name: 'explain: pieces of the token in a detail',
    file: 'src/token/explanation.ts',
    find: 'const detail = printable(withoutToken(text, this.#text))',
    replace: 'const detail = printable(text)',
  },
  {
    name: 'explain: a JWT that fails is introspected',
    file: 'src/verification/hybrid-verification.ts',
    find: "needs: 'all',",
    replace: 'needs: [],',
  },
  {
    name: 'explain: a forged token reaches the functions of the policy',
    file: 'src/gate/explain-decision.ts',
    find: '// A rule may call a function of the user, which must not see a forged token.\n          needs: decidedRules(explanation),',
    replace: 'needs: [],',
  },
  {
    name: 'explain: a forged token reaches the revocation check of the user',
    file: 'src/gate/explain-decision.ts',
    find: 'rule: REVOCATION_RULE,\n    needs: decidedRules(explanation),',
    replace: 'rule: REVOCATION_RULE,',
  },
  {
    name: 'explain: an unchecked signature is accepted',
    file: 'src/explain/explain-token.ts',
    find: "return isOpen || rules.at(-1)?.rule !== 'scopes' ? 'undecided' : 'accepted'",
    replace: "return 'accepted'",
  },
  {
    name: 'explain: an undecided token has the exit code 0',
    file: 'src/cli/explain-command.ts',
    find: "return explanation.verdict === 'accepted' ? 0 : 1",
    replace: "return explanation.verdict === 'refused' ? 1 : 0",
  },
  {
    name: 'explain: a token as an argument is repeated',
    file: 'src/cli/explain-command.ts',
    find: "if (!/^Unexpected argument|'--?token'|eyJ/.test(message)) throw error",
    replace: 'if (message !== message.trim()) throw error\n    if (error) throw error',
  },
  {
    name: 'explain: an endless standard input is read',
    file: 'src/cli/read-input.ts',
    find: 'if (length > MOST_BYTES)',
    replace: 'if (length > MOST_BYTES * 10)',
  },
  {
    name: 'explain: one of several tokens is guessed',
    file: 'src/explain/pasted-token.ts',
    find: 'if (token === undefined || others.length > 0) throw several(others.length + 1)',
    replace: 'if (token === undefined) throw several(others.length + 1)',
  },
]
