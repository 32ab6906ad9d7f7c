/** Options of `createInstrumentation`. */
export interface InstrumentationOptions {
  /**
   * Whether spans and metrics begin at once. If `false`, `enable()` begins them. `NodeSDK` and
   * `registerInstrumentations` call `enable()`.
   *
   * @defaultValue `true`
   */
  readonly enabled?: boolean
  /**
   * Whether spans have the subject of the token, in the attribute `enduser.id`. A subject is personal
   * data. Metrics never have it.
   *
   * @defaultValue `false`
   */
  readonly subject?: boolean
  /**
   * Whether spans have the URI of a resource, in the attribute `mcp.resource.uri`, without its query. A
   * URI may contain names of customers or files. Metrics never have it.
   *
   * @defaultValue `false`
   */
  readonly resourceUris?: boolean
  /**
   * What is done with the trace context that a caller sends in `_meta` of a message (`traceparent`,
   * `tracestate`, `baggage`). `'parent'`: the span of the operation belongs to the caller's trace, as
   * OpenTelemetry's conventions for MCP say. `'link'`: it belongs to this server's trace, and has a link to
   * the caller's. `'ignore'`: it is not read.
   *
   * With `'parent'`, a caller chooses the id of the trace, whether it is recorded if your sampler follows its
   * parent, and the baggage of your outgoing calls. Only callers with a verified token can do this.
   *
   * @defaultValue `parent`
   */
  readonly traceContext?: 'parent' | 'link' | 'ignore'
}
