/** What one rule says of a token. It contains no token and no signature. */
export interface RuleResult {
  /** The rule, such as `audience`. */
  readonly rule: string
  /** `unchecked`: the rule could not be checked, for example because no keys are given. */
  readonly outcome: 'holds' | 'broken' | 'unchecked'
  /** What was found and what was expected. */
  readonly detail: string
}
