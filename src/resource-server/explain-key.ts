import type { ExplainedUse } from '../gate/explain-decision.ts'
import type { RuleResult } from '../token/explanation.ts'

/**
 * The property key under which a resource server explains its decisions. `Symbol.for` gives the same key in
 * every copy of the package.
 *
 * @internal
 */
export const EXPLAIN: unique symbol = Symbol.for('mcp-resource-server/explain')

/** The part of a resource server that explains its decisions. @internal */
export interface Explaining {
  [EXPLAIN](token: string, use: ExplainedUse): Promise<readonly RuleResult[]>
}
