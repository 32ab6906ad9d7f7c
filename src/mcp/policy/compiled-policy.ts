import { RequestRefusedError, UnavailableError } from '../../errors.ts'
import { rolesClaim } from '../../token/roles.ts'
import type { ExpandScopes } from '../../token/scope-hierarchy.ts'
import type { VerifiedToken } from '../../token/verified-token.ts'
import type { Call } from '../messages.ts'
import { describeRules } from './describe.ts'
import { describeOperation, targetsOf } from './operation.ts'
import type { Operation, PolicyOptions } from './options.ts'
import { askedFor, isMet, nameOf, type Rule } from './rule.ts'
import { RuleBook } from './rule-book.ts'

/**
 * Whether a caller may do something. `scopes` are all that the operation needs, for a challenge to
 * name; where it is `denied`, no scope would help, and `detail` says why, for the operator.
 */
export type PolicyDecision =
  | { readonly outcome: 'allowed' | 'scope_missing'; readonly scopes: readonly string[] }
  | {
      readonly outcome: 'denied'
      readonly detail: string
      /** Set when no rule names the method of a call that names nothing else. */
      readonly unruled?: 'methods'
    }

/** @internal */
export type Denied = Extract<PolicyDecision, { outcome: 'denied' }>

/** A call to be judged: `tools/call` with `{ name }` in its parameters, and so on. */
export interface PolicyCall {
  readonly method: string
  readonly params?: Readonly<Record<string, unknown>> | undefined
}

/** What callers may do. Made by `createPolicy`, or by `createResourceServer`. */
export interface Policy {
  /**
   * Judges one call, as it would be judged in a request. Rights that no scope gives come first:
   * nobody is to be asked for a consent that would not help.
   *
   * @throws {TypeError} when there is no method or no verified token
   * @throws {UnavailableError} `policy_failed` when a function of the policy does not answer
   */
  check(call: PolicyCall, token: VerifiedToken): Promise<PolicyDecision>
  /** Every scope that a rule names, in the order of the rules. */
  readonly scopes: readonly string[]
  /** The rules as a text, a line for each. */
  describe(): string
}

/** A rule, and the operation that it is asked about. @internal */
export interface Question {
  readonly rule: Rule
  readonly operation: Operation
}

type RolesOf = (token: VerifiedToken) => readonly string[]

/** What a token holds, looked up often. */
interface Holdings {
  readonly scopes: ReadonlySet<string>
  readonly roles: ReadonlySet<string>
}

const NO_SCOPES: PolicyDecision = Object.freeze({ outcome: 'allowed', scopes: Object.freeze([]) })

/** @internal */
export class CompiledPolicy implements Policy {
  readonly scopes: readonly string[]
  /** Scopes required by method rules and by the default rule. */
  readonly basicScopes: readonly string[]
  readonly book: RuleBook
  readonly showStepUp: boolean
  readonly #usesRoles: boolean
  /** The option `rolesOf`. */
  readonly #rolesOf: RolesOf | undefined
  /** Reads the roles where there is no option `rolesOf`: from the token alone. */
  readonly #rolesByDefault: RolesOf
  readonly #expand: ExpandScopes
  /**
   * Tokens are frozen, and the same one comes again with every hit of the cache. Only what follows from
   * the token alone is kept: a `rolesOf` of the user's may look elsewhere, where roles are taken away.
   */
  readonly #holdings = new WeakMap<VerifiedToken, Holdings>()

  /**
   * @param rolesByDefault reads a token's roles where `options.rolesOf` does not
   * @throws {TypeError} naming the rule that cannot be
   */
  constructor(
    where: string,
    path: string,
    options: PolicyOptions,
    expand: ExpandScopes,
    rolesByDefault: RolesOf = ({ claims }) => rolesClaim(claims),
  ) {
    this.book = new RuleBook(where, `${path}resources`, options)
    const rules = this.book.all()
    this.scopes = scopesOf(rules)
    this.basicScopes = scopesOf([...this.book.methods.values(), this.book.fallback])
    this.showStepUp = options.showStepUp ?? true
    this.#usesRoles = rules.some(({ roles }) => roles !== undefined)
    this.#rolesOf = this.#usesRoles ? options.rolesOf : undefined
    this.#rolesByDefault = rolesByDefault
    this.#expand = expand
  }

  async check({ method, params }: PolicyCall, token: VerifiedToken): Promise<PolicyDecision> {
    if (typeof method !== 'string' || token?.claims === undefined) {
      throw new TypeError(
        'judge: takes a call such as { method: "tools/call", params: { name: "add" } }, and a ' +
          'verified token, which createVerifiedToken() makes',
      )
    }
    try {
      return await this.checkCall({ id: null, method, params }, token)
    } catch (error) {
      // In a request that would be 400, since nobody can say what is asked for.
      if (!(error instanceof RequestRefusedError)) throw error
      return { outcome: 'denied', detail: error.message }
    }
  }

  /** {@link check}, without a promise where no function of the policy makes one. */
  checkCall(call: Call, token: VerifiedToken): PolicyDecision | Promise<PolicyDecision> {
    const { method, params } = call
    const questions: Question[] = []
    for (const target of targetsOf(call)) {
      for (const { rule, name } of this.book.rulesFor(method, target)) {
        questions.push({ rule, operation: { method, name, params } })
      }
    }
    return this.answer(questions, token)
  }

  /** Whether all of these rules hold. */
  answer(
    questions: readonly Question[],
    token: VerifiedToken,
  ): PolicyDecision | Promise<PolicyDecision> {
    const held = this.#held(token)
    const pending: Promise<PolicyDecision | undefined>[] = []
    for (const question of questions) {
      const denial = this.#denial(question, token, held)
      if (denial instanceof Promise) {
        // Another question may end this before anybody waits for it.
        denial.catch(() => {})
        pending.push(denial)
      } else if (denial !== undefined) return denial
    }
    const judgement = checkScopes(questions, held)
    if (pending.length === 0) return judgement
    return Promise.all(pending).then(
      (denials) => denials.find((denial) => denial !== undefined) ?? judgement,
    )
  }

  describe(): string {
    return describeRules(this.book)
  }

  #denial(
    { rule, operation }: Question,
    token: VerifiedToken,
    held: Holdings,
  ): PolicyDecision | undefined | Promise<PolicyDecision | undefined> {
    if (rule.denied !== undefined) {
      const judgement = denied(operation, rule.denied)
      const unruled = rule.name === undefined && operation.name === undefined
      return unruled ? { ...judgement, unruled: 'methods' } : judgement
    }
    if (rule.roles !== undefined && !isMet(rule.roles, held.roles)) {
      const needed = rule.roles.words.join(' ')
      const has = held.roles.size === 0 ? 'none' : [...held.roles].slice(0, 20).join(' ')
      return denied(
        operation,
        `${nameOf(rule)} needs the roles ${needed}; of the token rolesOf reads ${has}`,
      )
    }
    if (rule.allow === undefined) return undefined
    const judge = (answer: unknown) => {
      if (answer === true) return undefined
      if (answer === false) return denied(operation, `the function of ${nameOf(rule)} said no`)
      throw new UnavailableError(
        'policy_failed',
        `${describeOperation(operation)}: not true or false`,
      )
    }
    const failed = (cause: unknown): never => {
      if (cause instanceof UnavailableError) throw cause
      // Its message may hold what its own store told it.
      const name = cause instanceof Error ? cause.name : typeof cause
      throw new UnavailableError('policy_failed', `${describeOperation(operation)}: ${name}`, {
        cause,
      })
    }
    try {
      const answer: unknown = rule.allow(token, operation)
      return isThenable(answer) ? Promise.resolve(answer).then(judge).catch(failed) : judge(answer)
    } catch (cause) {
      return failed(cause)
    }
  }

  #held(token: VerifiedToken): Holdings {
    let held = this.#holdings.get(token)
    if (held === undefined) {
      const roles = new Set(this.#usesRoles ? this.#rolesByDefault(token) : [])
      held = { scopes: new Set(this.#expand(token.scopes)), roles }
      this.#holdings.set(token, held)
    }
    if (this.#rolesOf === undefined) return held
    return { scopes: held.scopes, roles: new Set(readRoles(this.#rolesOf, token)) }
  }
}

/** Query builders and other libraries have promises of their own. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | undefined)?.then === 'function'
}

function scopesOf(rules: readonly Rule[]): readonly string[] {
  return [...new Set(rules.flatMap(({ scopes }) => scopes?.words ?? []))]
}

function checkScopes(questions: readonly Question[], { scopes }: Holdings): PolicyDecision {
  let missing = false
  let asked: Set<string> | undefined
  for (const { rule } of questions) {
    if (rule.scopes === undefined) continue
    if (!isMet(rule.scopes, scopes)) missing = true
    asked ??= new Set()
    for (const scope of askedFor(rule.scopes, scopes)) asked.add(scope)
  }
  if (asked === undefined) return NO_SCOPES
  return { outcome: missing ? 'scope_missing' : 'allowed', scopes: [...asked] }
}

function readRoles(rolesOf: RolesOf, token: VerifiedToken): readonly string[] {
  let roles: unknown
  try {
    roles = rolesOf(token)
  } catch (cause) {
    throw new UnavailableError('policy_failed', 'rolesOf threw', { cause })
  }
  if (Array.isArray(roles)) return roles
  throw new UnavailableError('policy_failed', 'rolesOf gave no list')
}

function denied(operation: Operation, why: string): Denied {
  return { outcome: 'denied', detail: `${describeOperation(operation)}: ${why}` }
}
