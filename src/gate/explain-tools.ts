import type { CompiledPolicy } from '../mcp/policy/compiled-policy.ts'
import type { VerifiedToken } from '../token/verified-token.ts'

/** Names in one list, at most. */
const MOST_NAMES = 50

/**
 * Says which tools of the policy a token may call. A function of the policy is not called, because its
 * answer may depend on the arguments of the call.
 *
 * @throws {UnavailableError} `policy_failed`
 * @internal
 */
export async function explainTools(policy: CompiledPolicy, token: VerifiedToken): Promise<string> {
  const lists = {
    allowed: [] as string[],
    scope_missing: [] as string[],
    dpop_required: [] as string[],
    open: [] as string[],
    denied: [] as string[],
  }
  for (const name of policy.book.tools.keys()) {
    const applied = policy.book.rulesFor('tools/call', {
      table: 'tools',
      name,
      escapedUri: undefined,
    })
    const decision = await policy.checkRules(
      applied.map((one) => ({ ...one, rule: { ...one.rule, allow: undefined } })),
      token,
    )
    const isOpen = decision.outcome !== 'denied' && applied.some(({ rule }) => rule.allow)
    lists[isOpen ? 'open' : decision.outcome].push(
      decision.outcome === 'scope_missing' ? `${name} (${decision.scopes.join(' ')})` : name,
    )
  }
  const texts = [
    `may be called: ${listed(lists.allowed)}`,
    ...part('need more scopes', lists.scope_missing),
    ...part('need a token that is bound to a DPoP key', lists.dpop_required),
    ...part('a function decides', lists.open),
    ...part('denied whatever the scopes', lists.denied),
  ]
  return texts.join('; ')
}

function part(text: string, names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [`${text}: ${listed(names)}`]
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'none'
  const more = names.length - MOST_NAMES
  return `${names.slice(0, MOST_NAMES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
