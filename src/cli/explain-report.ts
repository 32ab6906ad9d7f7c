import { styleText } from 'node:util'
import type { TokenExplanation } from '../explain/index.ts'
import type { RuleResult } from '../token/explanation.ts'

const COLOURS = { holds: 'green', broken: 'red', unchecked: 'yellow' } as const

/** What `explain` prints for people: what was found about each rule, and the verdict. @internal */
export function describeExplanation(
  { verdict, rules, otherKind }: TokenExplanation,
  notes: readonly string[],
  { inColour, fetched }: { readonly inColour: boolean; readonly fetched: boolean },
): string {
  const width = Math.max(0, ...rules.map(({ rule }) => rule.length))
  const painted = (text: string, { outcome }: Pick<RuleResult, 'outcome'>): string =>
    inColour ? styleText(COLOURS[outcome], text, { validateStream: false }) : text
  const lines = [
    ...notes.map((note) => `Note: ${note}.`),
    ...(otherKind === undefined
      ? []
      : [
          `This looks like ${otherKind}. The gate wants an access token: "access_token" of the token response.`,
        ]),
    ...(notes.length === 0 && otherKind === undefined ? [] : ['']),
    ...rules.map(
      (result) =>
        `${painted(result.outcome.padEnd(9), result)}  ${result.rule.padEnd(width)}  ${result.detail}`,
    ),
    '',
    ...verdictLines(verdict, rules, fetched).map((line, at) =>
      at === 0 ? painted(line, { outcome: OUTCOME_OF[verdict] }) : line,
    ),
  ]
  return `${lines.join('\n')}\n`
}

const OUTCOME_OF = { accepted: 'holds', refused: 'broken', undecided: 'unchecked' } as const

function verdictLines(
  verdict: TokenExplanation['verdict'],
  rules: readonly RuleResult[],
  fetched: boolean,
): readonly string[] {
  const unchecked = rules.filter(({ outcome }) => outcome === 'unchecked')
  const names = unchecked.map(({ rule }) => rule).join(', ')
  if (verdict === 'refused') {
    const [first, ...others] = rules.filter(({ outcome }) => outcome === 'broken')
    return [
      `Refused: ${first?.rule} (reason ${first?.reason}).`,
      ...(others.length === 0
        ? []
        : [`The token also breaks: ${others.map(({ rule }) => rule).join(', ')}.`]),
      ...(unchecked.length === 0 ? [] : [`Not checked: ${names}.`]),
    ]
  }
  if (verdict === 'accepted') {
    return [
      'Accepted: every rule holds.',
      ...(unchecked.length === 0 ? [] : ['Only a running server knows whether it was revoked.']),
    ]
  }
  const failed = unchecked.find(({ reason }) => reason !== undefined)
  return [
    `Undecided: no rule is broken, but not every rule was checked: ${names}.`,
    ...(fetched || failed !== undefined
      ? []
      : ['Give the keys of the issuer with --keys, or let the command ask it with --fetch.']),
  ]
}
