import type { RequiredNames, Rule } from './rule.ts'
import type { RuleBook } from './rule-book.ts'
import { describePlaceBriefly } from './rule-place.ts'

/** Describes all rules as text for people, one rule in each line. @internal */
export function describeRules(book: RuleBook): string {
  const rows = [
    ...describeTable('tool', book.tools),
    ...describeTable('resource', book.resources),
    ...describeTable('prompt', book.prompts),
    ...describeTable('method', book.methods),
    ['the protocol', 'allow (initialize, ping, lists, notifications and similar methods)'] as const,
    ['anything else', describeRule(book.fallback)] as const,
  ]
  const width = Math.max(...rows.map(([what]) => what.length))
  return rows.map(([what, rule]) => `${what.padEnd(width)}  ${rule}`).join('\n')
}

function describeTable(
  kind: string,
  rules: ReadonlyMap<string, Rule>,
): (readonly [string, string])[] {
  return [...rules].map(([name, rule]) => [
    `${kind} ${name}`,
    `${describeRule(rule)}${describePlaceBriefly(rule.place)}`,
  ])
}

function describeRule({ denied, scopes, roles, allow, dpop }: Rule): string {
  if (denied !== undefined) return 'deny'
  const parts = [
    ...(scopes === undefined ? [] : [describeRequired('scope', scopes)]),
    ...(roles === undefined ? [] : [describeRequired('role', roles)]),
    ...(allow === undefined ? [] : [`function ${allow.name || '(anonymous)'}`]),
    ...(dpop ? ['a token bound to a DPoP key'] : []),
  ]
  return parts.length === 0 ? 'allow' : parts.join(', ')
}

function describeRequired(kind: string, { names, any }: RequiredNames): string {
  const prefix = names.length > 1 ? `${kind}s ${any ? 'any of' : 'all of'}` : kind
  return `${prefix} ${names.join(' ')}`
}
