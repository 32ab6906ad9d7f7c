import { quoted } from '../../quoted.ts'
import type { MaybePromise } from '../../storage/maybe-promise.ts'
import type { VerifiedToken } from '../../token/verified-token.ts'
import type { AllOrAny, Operation, PolicyRule } from './options.ts'

/** A rule of the policy, compiled. @internal */
export interface Rule {
  /** The name of the rule in the options; `undefined` for the default rule. */
  readonly name: string | undefined
  /** Set for a rule that denies: the reason, for the operator. */
  readonly denied: string | undefined
  readonly scopes: RequiredNames | undefined
  readonly roles: RequiredNames | undefined
  readonly allow:
    | ((token: VerifiedToken, operation: Operation) => MaybePromise<boolean>)
    | undefined
  /** Whether the token must be bound to a DPoP key. */
  readonly dpop: boolean
}

/** The scopes or roles that a rule requires: all of them, or any one of them. @internal */
export interface RequiredNames {
  readonly names: readonly string[]
  readonly any: boolean
}

/** A rule, and the operation that it applies to. @internal */
export interface AppliedRule {
  readonly rule: Rule
  readonly operation: Operation
}

/** @param name `undefined` for the default rule @internal */
export function compileRule(rule: PolicyRule, name: string | undefined): Rule {
  const { scopes, roles, allow, dpop = false } = typeof rule === 'string' ? {} : rule
  const why = name === undefined ? 'no rule names it' : `the rule ${quoted(name)} says deny`
  const denied = rule === 'deny' ? why : undefined
  return { name, denied, scopes: compileNames(scopes), roles: compileNames(roles), allow, dpop }
}

/** @internal */
export const ALLOW: Rule = compileRule('allow', '')

/** @internal */
export const DENY: Rule = compileRule('deny', '')

/** Names a rule in a message to the operator. @internal */
export function describeRuleName({ name }: Rule): string {
  return name === undefined ? 'the default rule' : `the rule ${quoted(name)}`
}

function compileNames(required: AllOrAny | undefined): RequiredNames | undefined {
  if (required === undefined) return undefined
  return 'anyOf' in required
    ? { names: required.anyOf, any: true }
    : { names: required, any: false }
}

/** Whether the granted scopes or roles include the required ones. @internal */
export function hasRequired({ names, any }: RequiredNames, granted: ReadonlySet<string>): boolean {
  return any ? names.some((name) => granted.has(name)) : names.every((name) => granted.has(name))
}

/**
 * The scopes that a challenge names for a rule. For `anyOf`: a scope that the token already has,
 * otherwise the first one listed.
 *
 * @internal
 */
export function scopesToRequest(
  { names, any }: RequiredNames,
  granted: ReadonlySet<string>,
): readonly string[] {
  return any ? [names.find((name) => granted.has(name)) ?? names[0] ?? ''] : names
}
