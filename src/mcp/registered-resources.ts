import type { MaybePromise } from '../storage/maybe-promise.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { CompiledPolicy, PolicyDecision } from './policy/compiled-policy.ts'
import type { Rule } from './policy/rule.ts'

/**
 * Checks the reading of a resource a second time, after the SDK has matched the URI with a registered
 * resource or template. It finds the rule by the registered URI or template.
 *
 * @internal
 */
export class RegisteredResources {
  readonly #policy: CompiledPolicy
  /** Rules by URI, as `new URL()` writes the URI. The SDKs pass the URI to read callbacks in this form. */
  readonly #uris = new Map<string, Rule>()
  /** Rules by template, as text without the names of the variables. */
  readonly #templates = new Map<string, Rule>()

  constructor(policy: CompiledPolicy) {
    this.#policy = policy
    for (const [name, rule] of policy.book.resources) {
      if (name.includes('{')) this.#templates.set(withoutVariableNames(name), rule)
      else this.#uris.set(URL.parse(name)?.href ?? name, rule)
    }
  }

  /**
   * Checks the rule for exactly this URI. If there is none, checks the rule for the registered
   * template.
   *
   * @returns `undefined` when neither rule exists; then the first check was enough
   */
  check(
    registered: string,
    uri: string,
    params: Readonly<Record<string, unknown>> | undefined,
    token: VerifiedToken,
  ): MaybePromise<PolicyDecision> | undefined {
    const rule = this.#uris.get(uri) ?? this.#templates.get(withoutVariableNames(registered))
    if (rule === undefined) return undefined
    const operation = { method: 'resources/read', name: uri, params }
    return this.#policy.checkRules([{ rule, operation }], token)
  }
}

function withoutVariableNames(template: string): string {
  // Up to the last `}`, each `{` has a `}` after it. With `|$` many `{` without one take linear time too.
  const end = template.lastIndexOf('}') + 1
  return (
    template.slice(0, end).replace(/\{([+#./;?&]?)[^}]*(?:\}|$)/g, '{$1}') + template.slice(end)
  )
}
