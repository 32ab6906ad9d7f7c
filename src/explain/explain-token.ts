import { REVOCATION_RULE } from '../gate/explain-decision.ts'
import { optionError } from '../options/option-error.ts'
import { readOptions } from '../options/read-options.ts'
import { EXPLAIN, type Explaining } from '../resource-server/explain-key.ts'
import type { ResourceServer } from '../resource-server/interface.ts'
import type { RuleResult } from '../token/explanation.ts'
import type { ExplainOptions } from './options.ts'
import { explainSchema } from './options-schema.ts'
import { otherKindOf } from './token-kind.ts'

const WHERE = 'explainToken'

/** What the gate would decide about a token, and why. It contains no token and no signature. */
export interface TokenExplanation {
  /**
   * `accepted`: every rule holds; only revocations may be unknown. `refused`: a rule is broken. `undecided`:
   * no rule is broken, but at least one that counts is unchecked.
   */
  readonly verdict: 'accepted' | 'refused' | 'undecided'
  /**
   * The rules in the order of the gate. The first one that does not hold is the reason that the gate would
   * give. Rules that the token has not reached are missing.
   */
  readonly rules: readonly RuleResult[]
  /** What the token is instead of an access token, such as a refresh token, in words; else `undefined`. */
  readonly otherKind: string | undefined
}

/**
 * Explains what a resource server decides about a token, rule by rule. It runs the checks of the gate, and
 * goes on after the first broken rule. The result may be logged: it quotes short pieces of claims, but
 * never the token, its signature, or the user's id.
 *
 * Nothing is cached, and no event is published.
 *
 * @throws {TypeError} naming the option that is wrong
 *
 * @example
 * ```ts
 * import { createResourceServer } from 'mcp-resource-server'
 * import { explainToken } from 'mcp-resource-server/explain'
 *
 * const resourceServer = createResourceServer({
 *   resource: 'https://mcp.example.com/mcp',
 *   authorizationServer: 'https://sso.example.com',
 * })
 * const { verdict, rules } = await explainToken('a.b.c', resourceServer, { fetch: false })
 * const broken = rules.filter(({ outcome }) => outcome === 'broken')
 * console.log(verdict, broken.map(({ rule, detail }) => `${rule}: ${detail}`))
 * ```
 */
export async function explainToken(
  token: string,
  resourceServer: ResourceServer,
  options: ExplainOptions = {},
): Promise<TokenExplanation> {
  const { fetch: online, tool } = readOptions(WHERE, explainSchema, options)
  const explaining = resourceServer as Partial<Explaining> | undefined
  if (explaining?.[EXPLAIN] === undefined) {
    const wants = 'must be the object that createResourceServer() returned, and not a copy of it'
    throw optionError(WHERE, 'resourceServer', wants, resourceServer)
  }
  if (typeof token !== 'string') throw optionError(WHERE, 'token', 'must be a string', typeof token)
  const rules = await explaining[EXPLAIN](token, { online, tool })
  return { verdict: verdictOf(rules), rules, otherKind: otherKindOf(token) }
}

function verdictOf(rules: readonly RuleResult[]): TokenExplanation['verdict'] {
  if (rules.some(({ outcome }) => outcome === 'broken')) return 'refused'
  const isOpen = rules.some(
    ({ rule, outcome, reason }) =>
      outcome === 'unchecked' && !(rule === REVOCATION_RULE && reason === undefined),
  )
  // Without the last rule, the token was not read to its end.
  return isOpen || rules.at(-1)?.rule !== 'scopes' ? 'undecided' : 'accepted'
}
