import { ChallengeError } from '../errors/challenge-error.ts'
import type { ChallengeReason, RefusalReason, UnavailableReason } from '../errors/reasons.ts'
import { RequestRefusedError } from '../errors/request-refused-error.ts'
import { printable } from '../quoted.ts'
import { redacted, withoutToken } from '../redaction.ts'
import type { MaybePromise } from '../storage/maybe-promise.ts'

/** What one rule says of a token. It contains no token and no signature. */
export interface RuleResult {
  /** The rule, such as `audience`. */
  readonly rule: string
  /** `unchecked`: the rule could not be checked, for example because no keys are given. */
  readonly outcome: 'holds' | 'broken' | 'unchecked'
  /**
   * The reason that the gate would give: of the refusal if the rule is broken, or of the failure if the
   * rule is unchecked because something failed.
   */
  readonly reason: ChallengeReason | RefusalReason | UnavailableReason | undefined
  /** What was found and what was expected, without characters that a terminal or a log would obey. */
  readonly detail: string
}

/** A rule to explain. @internal */
export interface ExplainedRule<T> {
  readonly rule: string
  /** Rules that must hold before this rule is checked. `all`: all rules before this one. */
  readonly needs?: readonly string[] | 'all' | undefined
  /** What is missing offline; `undefined` if the rule needs no network. */
  readonly offline?: string | undefined
  /** The check of the gate. It throws if the rule is broken. */
  check(): MaybePromise<T>
  /** Says what was found. */
  seen(found: T): string
  /** Says more than the error does when the rule is broken. */
  more?(): string | undefined
  /** Says what decides instead, if a failure for this reason decides nothing. */
  undecided?(reason: string): string | undefined
}

/**
 * Runs the checks of the gate for one token, and keeps what each of them says. Unlike the gate, it goes on
 * after the first broken rule.
 *
 * @internal
 */
export class Explanation {
  /** Whether the authorization server may be asked. */
  readonly online: boolean
  /** What the profile of the token's issuer says of a refusal. The first broken rule gets it. */
  hintAt: ((reason: ChallengeReason) => string | undefined) | undefined
  readonly #text: string
  readonly #results: RuleResult[] = []

  /** @param text the token. No result contains a piece of it. */
  constructor(text: string, online: boolean) {
    this.#text = text
    this.online = online
  }

  /** The results in the order of the gate. */
  get results(): readonly RuleResult[] {
    return this.#results
  }

  /** Whether a rule was checked, and holds. */
  holds(rule: string): boolean {
    return this.#results.some((result) => result.rule === rule && result.outcome === 'holds')
  }

  /** Whether a rule has a result already. */
  has(rule: string): boolean {
    return this.#results.some((result) => result.rule === rule)
  }

  /** Checks a rule. @returns `undefined` if the rule is broken or unchecked */
  async check<T>(explained: ExplainedRule<T>): Promise<T | undefined> {
    const { rule, needs, offline, check, seen } = explained
    const lacking =
      needs === 'all' ? this.#firstNotHolding() : needs?.find((one) => !this.holds(one))
    if (lacking !== undefined) {
      this.leave(rule, `not checked, because it needs the rule ${lacking}`)
      return undefined
    }
    if (offline !== undefined && !this.online) {
      this.leave(rule, offline)
      return undefined
    }
    try {
      const found = await check()
      this.#add(rule, 'holds', undefined, seen(found))
      return found
    } catch (error) {
      this.#fail(explained, error)
      return undefined
    }
  }

  /** Records that a rule was not checked. */
  leave(rule: string, why: string, reason?: RuleResult['reason']): void {
    this.#add(rule, 'unchecked', reason, why)
  }

  #firstNotHolding(): string | undefined {
    return this.#results.find(({ outcome }) => outcome !== 'holds')?.rule
  }

  #fail<T>({ rule, more, undecided }: ExplainedRule<T>, error: unknown): void {
    if (error instanceof RequestRefusedError) {
      this.#add(rule, 'broken', error.reason, error.message)
      return
    }
    const { reason, message, status } = redacted(error, this.#text)
    const open = undecided?.(reason)
    if (open !== undefined) {
      this.leave(rule, open, reason)
      return
    }
    const isFirst = this.#results.every(({ outcome }) => outcome !== 'broken')
    const hint =
      error instanceof ChallengeError && isFirst ? this.hintAt?.(error.reason) : undefined
    const detail = [message, more?.(), hint].filter((text) => text !== undefined).join('; ')
    // 503: nobody knows whether the token keeps the rule.
    this.#add(rule, status === 503 ? 'unchecked' : 'broken', reason, detail)
  }

  #add(
    rule: string,
    outcome: RuleResult['outcome'],
    reason: RuleResult['reason'],
    text: string,
  ): void {
    const detail = printable(withoutToken(text, this.#text))
    this.#results.push(Object.freeze({ rule, outcome, reason, detail }))
  }
}
