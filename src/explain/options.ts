/** Options of `explainToken`. */
export interface ExplainOptions {
  /**
   * Whether keys are fetched, and introspection is asked, as the resource server does. Otherwise the
   * rules that need the network are `unchecked`.
   *
   * @defaultValue `true`
   */
  readonly fetch?: boolean
  /**
   * A tool that the caller wants to call, for a resource server with a `policy`. Without it, the rule
   * `tools` lists the tools of the policy that the token may call.
   *
   * @defaultValue none
   */
  readonly tool?: string
}
