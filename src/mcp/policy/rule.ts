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
  /** Where a rule was given that was collected from an MCP server; `undefined` for other rules. */
  readonly place: string | undefined
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

/**
 * @param name `undefined` for the default rule
 * @param place for a collected rule: where it was given
 * @internal
 */
export function compileRule(rule: PolicyRule, name: string | undefined, place?: string): Rule {
  const { scopes, roles, allow, dpop = false } = typeof rule === 'string' ? {} : rule
  const why = name === undefined ? 'no rule names it' : `the rule ${quoted(name)} says deny`
  const denied = rule === 'deny' ? why : undefined
  const [scopeNames, roleNames] = [compileNames(scopes), compileNames(roles)]
  return { name, denied, scopes: scopeNames, roles: roleNames, allow, dpop, place }
}

/**
 * Whether two rules require the same. Functions are the same if their source text is the same, because a
 * program that makes a server for each request makes its functions again each time. A bound function has no
 * source text, so it is the same as itself only.
 *
 * @internal
 */
export function isSameRule(one: Rule, other: Rule): boolean {
  if (one.allow !== other.allow && one.allow !== undefined && isNative(one.allow)) return false
  return requirementOf(one) === requirementOf(other)
}

/** What rules require, as text. Rules of a policy are compared for each new server. */
const requirements = new WeakMap<Rule, string>()

function requirementOf(rule: Rule): string {
  const known = requirements.get(rule)
  if (known !== undefined) return known
  const { denied, scopes, roles, allow, dpop } = rule
  const text = JSON.stringify([denied !== undefined, scopes, roles, allow && sourceOf(allow), dpop])
  requirements.set(rule, text)
  return text
}

function isNative(callback: NonNullable<Rule['allow']>): boolean {
  return /\{\s*\[native code\]\s*\}$/.test(sourceOf(callback))
}

function sourceOf(callback: NonNullable<Rule['allow']>): string {
  return Function.prototype.toString.call(callback)
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
  return any ? [...names.filter((name) => granted.has(name)), ...names].slice(0, 1) : names
}
