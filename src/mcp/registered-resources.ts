import type { MaybePromise } from '../storage/maybe-promise.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { CompiledPolicy, PolicyDecision } from './policy/compiled-policy.ts'
import type { Rule } from './policy/rule.ts'

/**
 * Finds the rule of a resource by the URI or template under which the MCP server registered it. It
 * checks a read once more, after the SDK has matched the URI to a registered resource or template.
 *
 * @internal
 */
export class RegisteredResources {
  readonly #policy: CompiledPolicy
  /** Rules by URI as `new URL()` writes it: the SDKs give read callbacks this form. */
  readonly #uris = new Map<string, Rule>()
  /** Rules by the template's text without the names of its variables. */
  readonly #templates = new Map<string, Rule>()

  constructor(policy: CompiledPolicy) {
    this.#policy = policy
    for (const [name, rule] of policy.book.resources) {
      if (name.includes('{')) this.#templates.set(withoutVariableNames(name), rule)
      else this.#uris.set(URL.parse(name)?.href ?? name, rule)
    }
  }

  /**
   * Checks the rule whose name is the URI, otherwise the rule whose name is the registered template.
   *
   * @returns `undefined` when there is neither rule; then the check of the URI was enough
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
  return template.replace(/\{([+#./;?&]?)[^}]*\}/g, '{$1}')
}
