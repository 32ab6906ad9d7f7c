import { RequestRefusedError } from '../../errors/request-refused-error.ts'
import { UnavailableError } from '../../errors/unavailable-error.ts'
import { isThenable, type MaybePromise, whenSettled } from '../../storage/maybe-promise.ts'
import { rolesClaim } from '../../token/roles.ts'
import type { ExpandScopes } from '../../token/scope-hierarchy.ts'
import type { VerifiedToken } from '../../token/verified-token.ts'
import type { Call } from '../messages.ts'
import { callAllow } from './allow-function.ts'
import { describeRules } from './describe-rules.ts'
import { describeOperation, type Target, targetsOf } from './operation.ts'
import type { Operation } from './options.ts'
import type { BodyLimits, PolicySettings } from './options-schema.ts'
import {
  type AppliedRule,
  describeRuleName,
  hasRequired,
  type Rule,
  scopesToRequest,
} from './rule.ts'
import { RuleBook } from './rule-book.ts'

/**
 * The answer to the question whether a caller may do something. `scopes` contains all scopes that the
 * operation requires; a challenge names them. `dpop_required` means that the token must be bound to a
 * DPoP key, and is not. `denied` means that no other token would help; `detail` is the reason, for the
 * operator only.
 */
export type PolicyDecision =
  | {
      readonly outcome: 'allowed' | 'scope_missing' | 'dpop_required'
      readonly scopes: readonly string[]
    }
  | {
      readonly outcome: 'denied'
      readonly detail: string
      /** Set when the call names no tool, resource or prompt, and no rule names its method. */
      readonly unknownMethod?: true
    }

/** @internal */
export type Denied = Extract<PolicyDecision, { outcome: 'denied' }>

/** The call to check, for example `{ method: 'tools/call', params: { name: 'add' } }`. */
export interface PolicyCall {
  readonly method: string
  readonly params?: Readonly<Record<string, unknown>> | undefined
}

/** A compiled policy: decides what callers may do. Made by `createPolicy`, or by `createResourceServer`. */
export interface Policy {
  /**
   * Checks one call, with the same rules as for a request. Roles and functions are checked before
   * scopes, so that users are not asked to consent to a scope that would not help.
   *
   * @throws {TypeError} when the method or the verified token is missing
   * @throws {UnavailableError} `policy_failed` when a function of the policy fails
   */
  check(call: PolicyCall, token: VerifiedToken): Promise<PolicyDecision>
  /** All scopes in the rules, in the order of the rules. */
  readonly scopes: readonly string[]
  /** Describes the rules as text, one rule in each line. */
  describe(): string
}

type RolesOf = (token: VerifiedToken) => readonly string[]

/** The roles of a token, and its scopes together with the scopes that they include. */
interface Grants {
  readonly scopes: ReadonlySet<string>
  readonly roles: ReadonlySet<string>
}

const ALLOWED_WITHOUT_SCOPES: PolicyDecision = Object.freeze({
  outcome: 'allowed',
  scopes: Object.freeze([]),
})

/** The largest number of roles that a message to the operator lists. */
const MOST_ROLES_LISTED = 20

/** @internal */
export class CompiledPolicy implements Policy {
  readonly scopes: readonly string[]
  /** The scopes that method rules and the default rule require. */
  readonly basicScopes: readonly string[]
  readonly book: RuleBook
  /** A rule that needs a token that is bound to a DPoP key; `undefined` if there is none. */
  readonly dpopRule: Rule | undefined
  readonly showStepUp: boolean
  readonly limits: BodyLimits
  readonly #usesRoles: boolean
  /** The option `rolesOf`. */
  readonly #rolesOf: RolesOf | undefined
  readonly #rolesByDefault: RolesOf
  readonly #expand: ExpandScopes
  /**
   * Grants by token. This works because tokens are frozen, and each cache hit returns the same token
   * object. The result of the option `rolesOf` is not kept, because the function may read a database in
   * which roles change.
   */
  readonly #grants = new WeakMap<VerifiedToken, Grants>()

  /**
   * @param rolesByDefault reads the roles of a token when there is no option `rolesOf`
   * @throws {TypeError} names the rule that is wrong
   */
  constructor(
    where: string,
    path: string,
    options: PolicySettings,
    expand: ExpandScopes,
    rolesByDefault: RolesOf = ({ claims }) => rolesClaim(claims),
  ) {
    this.book = new RuleBook(where, `${path}resources`, options)
    const rules = this.book.all()
    this.scopes = scopesOf(rules)
    this.basicScopes = scopesOf([...this.book.methods.values(), this.book.fallback])
    this.dpopRule = rules.find(({ dpop }) => dpop)
    this.showStepUp = options.showStepUp
    this.limits = {
      maxBodySize: options.maxBodySize,
      maxBatchSize: options.maxBatchSize,
    }
    this.#usesRoles = rules.some(({ roles }) => roles !== undefined)
    this.#rolesOf = this.#usesRoles ? options.rolesOf : undefined
    this.#rolesByDefault = rolesByDefault
    this.#expand = expand
  }

  async check({ method, params }: PolicyCall, token: VerifiedToken): Promise<PolicyDecision> {
    if (typeof method !== 'string' || token?.claims === undefined) {
      throw new TypeError(
        'Policy.check takes a call such as { method: "tools/call", params: { name: "add" } }, and a ' +
          'verified token, which createVerifiedToken() makes',
      )
    }
    try {
      return await this.checkCall({ id: null, method, params }, token)
    } catch (error) {
      // The parameters do not name a tool, prompt or resource. The gate would answer 400.
      if (!(error instanceof RequestRefusedError)) throw error
      return { outcome: 'denied', detail: error.message }
    }
  }

  /**
   * Checks a call as {@link check} does. The result is a promise only when a function of the policy
   * returns one.
   *
   * @throws {RequestRefusedError} `body_malformed` when the parameters do not name a target
   * @throws {UnavailableError} `policy_failed`
   */
  checkCall(call: Call, token: VerifiedToken): MaybePromise<PolicyDecision> {
    return this.checkTargets(call, targetsOf(call), token)
  }

  /** Checks a call whose targets have been read already. @throws {UnavailableError} `policy_failed` */
  checkTargets(
    { method, params }: Call,
    targets: readonly Target[],
    token: VerifiedToken,
  ): MaybePromise<PolicyDecision> {
    const applied: AppliedRule[] = []
    for (const target of targets) applied.push(...this.book.rulesFor(method, target, params))
    return this.checkRules(applied, token)
  }

  /** Checks that each of the rules allows its operation. @throws {UnavailableError} `policy_failed` */
  checkRules(applied: readonly AppliedRule[], token: VerifiedToken): MaybePromise<PolicyDecision> {
    const grants = this.#grantsOf(token)
    const pending: Promise<Denied | undefined>[] = []
    for (const one of applied) {
      const denial = this.#denialBy(one, token, grants)
      if (isThenable(denial)) {
        // A later rule may deny before this promise is awaited. This keeps its rejection from ending
        // the process.
        denial.catch(() => {})
        pending.push(denial)
      } else if (denial !== undefined) return denial
    }
    const decision = checkToken(applied, grants, token)
    if (pending.length === 0) return decision
    return Promise.all(pending).then(
      (denials) => denials.find((denial) => denial !== undefined) ?? decision,
    )
  }

  describe(): string {
    return describeRules(this.book)
  }

  /**
   * Returns the denial by a rule for a reason other than scopes; `undefined` when there is no such
   * reason.
   */
  #denialBy(
    { rule, operation }: AppliedRule,
    token: VerifiedToken,
    grants: Grants,
  ): MaybePromise<Denied | undefined> {
    if (rule.denied !== undefined) {
      const denial = denied(operation, rule.denied)
      const unknownMethod = rule.name === undefined && operation.name === undefined
      return unknownMethod ? { ...denial, unknownMethod } : denial
    }
    if (rule.roles !== undefined && !hasRequired(rule.roles, grants.roles)) {
      const required = rule.roles.names.join(' ')
      const found = [...grants.roles].slice(0, MOST_ROLES_LISTED).join(' ') || 'none'
      const why = `${describeRuleName(rule)} requires the roles ${required}; the token has ${found}`
      return denied(operation, why)
    }
    if (rule.allow === undefined) return undefined
    return whenSettled(callAllow(rule.allow, operation, token), (allowed) =>
      allowed
        ? undefined
        : denied(operation, `the function of ${describeRuleName(rule)} returned false`),
    )
  }

  #grantsOf(token: VerifiedToken): Grants {
    let grants = this.#grants.get(token)
    if (grants === undefined) {
      const roles = new Set(this.#usesRoles ? this.#rolesByDefault(token) : [])
      grants = { scopes: new Set(this.#expand(token.scopes)), roles }
      this.#grants.set(token, grants)
    }
    if (this.#rolesOf === undefined) return grants
    return { scopes: grants.scopes, roles: new Set(callRolesOf(this.#rolesOf, token)) }
  }
}

function scopesOf(rules: readonly Rule[]): readonly string[] {
  return [...new Set(rules.flatMap(({ scopes }) => scopes?.names ?? []))]
}

/** Checks the conditions that another token could meet: its scopes, and that it is bound to a DPoP key. */
function checkToken(
  applied: readonly AppliedRule[],
  { scopes }: Grants,
  { confirmation }: VerifiedToken,
): PolicyDecision {
  let missing = false
  let unbound = false
  let requested: Set<string> | undefined
  for (const { rule } of applied) {
    if (rule.dpop && confirmation?.jkt === undefined) unbound = true
    if (rule.scopes === undefined) continue
    if (!hasRequired(rule.scopes, scopes)) missing = true
    requested ??= new Set()
    for (const scope of scopesToRequest(rule.scopes, scopes)) requested.add(scope)
  }
  if (unbound) return { outcome: 'dpop_required', scopes: [...(requested ?? [])] }
  if (requested === undefined) return ALLOWED_WITHOUT_SCOPES
  return { outcome: missing ? 'scope_missing' : 'allowed', scopes: [...requested] }
}

function callRolesOf(rolesOf: RolesOf, token: VerifiedToken): readonly string[] {
  let roles: unknown
  try {
    roles = rolesOf(token)
  } catch (cause) {
    throw new UnavailableError('policy_failed', 'rolesOf threw', { cause })
  }
  if (Array.isArray(roles)) return roles
  throw new UnavailableError('policy_failed', 'rolesOf did not return a list')
}

function denied(operation: Operation, why: string): Denied {
  return { outcome: 'denied', detail: `${describeOperation(operation)}: ${why}` }
}
