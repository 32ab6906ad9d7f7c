import type { VerifiedToken } from '../token/verified-token.ts'
import type { CompiledPolicy, PolicyDecision } from './policy/compiled-policy.ts'
import type { Rule } from './policy/rule.ts'

/**
 * Finds the rule of a resource by the URI or template under which an MCP server registered it. It is
 * asked once the SDK has matched a URI to one of its resources or templates.
 *
 * @internal
 */
export class RegisteredResources {
  readonly #policy: CompiledPolicy
  /** By URI as `new URL()` writes it, which is what the SDKs give to read callbacks. */
  readonly #uris = new Map<string, Rule>()
  /** By the template's text without the names of its variables. */
  readonly #templates = new Map<string, Rule>()

  constructor(policy: CompiledPolicy) {
    this.#policy = policy
    for (const [name, rule] of policy.book.resources) {
      if (name.includes('{')) this.#templates.set(shapeOf(name), rule)
      else this.#uris.set(URL.parse(name)?.href ?? name, rule)
    }
  }

  /**
   * Judges by the rule whose name is the URI, else by the one whose name is the template that matched.
   * `undefined` where there is neither: the judgement of the URI stands.
   */
  judge(
    registered: string,
    uri: string,
    params: Readonly<Record<string, unknown>> | undefined,
    token: VerifiedToken,
  ): PolicyDecision | Promise<PolicyDecision> | undefined {
    const rule = this.#uris.get(uri) ?? this.#templates.get(shapeOf(registered))
    if (rule === undefined) return undefined
    const operation = { method: 'resources/read', name: uri, params }
    return this.#policy.answer([{ rule, operation }], token)
  }
}

function shapeOf(template: string): string {
  return template.replace(/\{([+#./;?&]?)[^}]*\}/g, '{$1}')
}
