import type { VerifiedToken } from '../token/verified-token.ts'
import type { Judgement, Policy } from './policy.ts'
import type { Rule } from './rule.ts'

/**
 * The rules of resources by the names under which an MCP server registers them: what counts once the
 * SDK has said which of its resources or templates a URI leads to.
 *
 * @internal
 */
export class RegisteredResources {
  readonly #policy: Policy
  /** By URI, as `URL` writes it: so the SDKs hand it to read callbacks. */
  readonly #uris = new Map<string, Rule>()
  /** By the text of the template, whatever its expressions are called. */
  readonly #templates = new Map<string, Rule>()

  constructor(policy: Policy) {
    this.#policy = policy
    for (const [name, rule] of policy.book.resources) {
      if (name.includes('{')) this.#templates.set(shapeOf(name), rule)
      else this.#uris.set(URL.parse(name)?.href ?? name, rule)
    }
  }

  /**
   * Judges by the rule whose name is the URI, else by the one whose name is the template that matched.
   * Where neither is there, what was judged before stands.
   */
  judge(
    registered: string,
    uri: string,
    params: Readonly<Record<string, unknown>> | undefined,
    token: VerifiedToken,
  ): Judgement | Promise<Judgement> | undefined {
    const rule = this.#uris.get(uri) ?? this.#templates.get(shapeOf(registered))
    if (rule === undefined) return undefined
    const operation = { method: 'resources/read', name: uri, params }
    return this.#policy.answer([{ rule, operation }], token)
  }
}

function shapeOf(template: string): string {
  return template.replace(/\{([+#./;?&]?)[^}]*\}/g, '{$1}')
}
