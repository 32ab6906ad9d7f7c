import { quoted } from '../../quoted.ts'
import type { VerifiedToken } from '../../token/verified-token.ts'
import type { AllOrAny, Operation, PolicyRule } from './options.ts'

/** A rule, ready to be judged. @internal */
export interface Rule {
  /** The rule's name, as the operator wrote it; `undefined` for the default rule. */
  readonly name: string | undefined
  /** Nobody may, and why. */
  readonly denied: string | undefined
  readonly scopes: Need | undefined
  readonly roles: Need | undefined
  readonly allow:
    | ((token: VerifiedToken, operation: Operation) => boolean | Promise<boolean>)
    | undefined
}

/** @internal */
export interface Need {
  readonly words: readonly string[]
  readonly any: boolean
}

/** @param name `undefined` for the default @internal */
export function compileRule(rule: PolicyRule, name: string | undefined): Rule {
  const { scopes, roles, allow } = typeof rule === 'string' ? {} : rule
  const why = name === undefined ? 'no rule names it' : `the rule ${quoted(name)} says deny`
  const denied = rule === 'deny' ? why : undefined
  return { name, denied, scopes: need(scopes), roles: need(roles), allow }
}

/** @internal */
export const ALLOW: Rule = compileRule('allow', '')

/** @internal */
export const DENY: Rule = compileRule('deny', '')

/** Names a rule in a message to the operator. @internal */
export function nameOf({ name }: Rule): string {
  return name === undefined ? 'the default' : `the rule ${quoted(name)}`
}

function need(needed: AllOrAny | undefined): Need | undefined {
  if (needed === undefined) return undefined
  return 'anyOf' in needed ? { words: needed.anyOf, any: true } : { words: needed, any: false }
}

/** @internal */
export function isMet({ words, any }: Need, held: ReadonlySet<string>): boolean {
  return any ? words.some((word) => held.has(word)) : words.every((word) => held.has(word))
}

/**
 * The words to ask for. For `anyOf`: a word that the token already has, otherwise the first one listed.
 *
 * @internal
 */
export function askedFor({ words, any }: Need, held: ReadonlySet<string>): readonly string[] {
  return any ? [words.find((word) => held.has(word)) ?? words[0] ?? ''] : words
}

/** For people. @internal */
export function describeRule({ denied, scopes, roles, allow }: Rule): string {
  if (denied !== undefined) return 'deny'
  const parts = [
    ...(scopes === undefined ? [] : [describeNeed('scope', scopes)]),
    ...(roles === undefined ? [] : [describeNeed('role', roles)]),
    ...(allow === undefined ? [] : [`function ${allow.name || '(anonymous)'}`]),
  ]
  return parts.length === 0 ? 'allow' : parts.join(', ')
}

function describeNeed(what: string, { words, any }: Need): string {
  const several = words.length > 1
  const how = several ? `${what}s ${any ? 'any of' : 'all of'}` : what
  return `${how} ${words.join(' ')}`
}
