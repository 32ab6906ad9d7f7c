import type { RuleResult } from './explanation.ts'

/** A line about one rule. @internal */
export function describeResult({ rule, outcome, detail }: RuleResult): string {
  return `${outcome.padEnd(10)}${rule}: ${detail}`
}
