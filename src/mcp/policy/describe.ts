import { describeRule, type Rule } from './rule.ts'
import type { RuleBook } from './rule-book.ts'

/** @internal */
export function describeRules(book: RuleBook): string {
  const rows = [
    ...section('tool', book.tools),
    ...section('resource', book.resources),
    ...section('prompt', book.prompts),
    ...section('method', book.methods),
    ['the protocol', 'allow (initialize, ping, lists, notifications and their like)'] as const,
    ['anything else', describeRule(book.fallback)] as const,
  ]
  const width = Math.max(...rows.map(([what]) => what.length))
  return rows.map(([what, rule]) => `${what.padEnd(width)}  ${rule}`).join('\n')
}

function section(kind: string, rules: ReadonlyMap<string, Rule>): (readonly [string, string])[] {
  return [...rules].map(([name, rule]) => [`${kind} ${name}`, describeRule(rule)])
}
