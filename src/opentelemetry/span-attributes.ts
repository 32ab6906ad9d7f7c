import type { Attributes } from '@opentelemetry/api'
import { printable } from '../quoted.ts'
import type {
  OperationTrace,
  OutboundTrace,
  RequestTrace,
  TracedCall,
  VerificationTrace,
} from '../telemetry/traces.ts'
import type { InstrumentationSettings } from './options-schema.ts'

/** The longest attribute, in characters. */
const LONGEST = 256
/** How many values an attribute with a list has at most. */
const MOST_VALUES = 20

/** The methods of HTTP that OpenTelemetry's conventions know. Callers may send any other word. */
const HTTP_METHODS: ReadonlySet<unknown> = new Set([
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'TRACE',
])

/** The attributes that the span of a request has from its beginning, for samplers. @internal */
export function requestStart({ correlationId, resource, method }: RequestTrace): Attributes {
  return bounded({
    'mcp_resource_server.correlation_id': correlationId,
    'mcp_resource_server.resource': resource,
    'http.request.method': method && (HTTP_METHODS.has(method) ? method : '_OTHER'),
  })
}

/** The attributes of a request that has been decided. @internal */
export function requestEnd(
  { decision, call }: RequestTrace,
  settings: InstrumentationSettings,
): Attributes {
  if (decision === undefined) return {}
  const { outcome, status, reason, nearMiss, cache, possession, issuer, clientId } = decision
  return bounded({
    ...(call && callAttributes(call, settings)),
    'mcp_resource_server.outcome': outcome,
    'mcp_resource_server.status': status,
    'mcp_resource_server.reason': reason,
    'mcp_resource_server.near_miss': nearMiss,
    'mcp_resource_server.cache': cache,
    'mcp_resource_server.possession': possession && [...possession],
    'mcp_resource_server.issuer': issuer,
    'mcp_resource_server.client_id': clientId,
    'enduser.id': settings.subject ? decision.subject : undefined,
    'error.type': outcome === 'unavailable' ? reason : undefined,
  })
}

/** The attributes of a verification. @internal */
export function verificationEnd({ reason, unavailable }: VerificationTrace): Attributes {
  return bounded({
    'mcp_resource_server.reason': reason,
    'error.type': unavailable ? (reason ?? '_OTHER') : undefined,
  })
}

/** The attributes that the span of a call has from its beginning. @internal */
export function outboundStart({
  correlationId,
  purpose,
  issuer,
  method,
  url,
}: OutboundTrace): Attributes {
  return bounded({
    'mcp_resource_server.correlation_id': correlationId,
    'mcp_resource_server.purpose': purpose,
    'mcp_resource_server.issuer': issuer,
    'http.request.method': method,
    ...addressOf(url),
  })
}

/** The attributes of a finished call. @internal */
export function outboundEnd({ call, errorType }: OutboundTrace): Attributes {
  return bounded({ 'http.response.status_code': call?.status, 'error.type': errorType })
}

/** The attributes that the span of an operation has from its beginning. @internal */
export function operationStart(
  trace: OperationTrace,
  settings: InstrumentationSettings,
): Attributes {
  return bounded({
    ...callAttributes(trace, settings),
    'mcp.session.id': trace.sessionId,
    'network.transport': 'tcp',
    'mcp_resource_server.correlation_id': trace.correlationId,
    'mcp_resource_server.resource': trace.resource,
    'mcp_resource_server.issuer': trace.issuer,
    'mcp_resource_server.client_id': trace.clientId,
    'enduser.id': settings.subject ? trace.subject : undefined,
  })
}

/** The attributes of an operation that has ended. @internal */
export function operationEnd({ end, protocolVersion }: OperationTrace): Attributes {
  return bounded({
    'mcp.protocol.version': protocolVersion,
    'mcp_resource_server.operation.outcome': end?.outcome,
    'rpc.response.status_code': end?.errorCode === undefined ? undefined : String(end.errorCode),
    'error.type': end?.errorType,
  })
}

/**
 * The name of the span of an operation: `tools/call add`. Callers choose methods and names, so only a
 * method and a name that the server has are in it.
 *
 * @internal
 */
export function operationName(trace: OperationTrace): string {
  const { method, methodKnown, nameKnown, tool, prompt } = trace
  if (!methodKnown) return 'unknown method'
  const target = tool ?? prompt
  return nameKnown && target !== undefined ? `${method} ${target}` : method
}

/** The attributes of an MCP message, as OpenTelemetry's conventions for MCP name them. */
function callAttributes(call: TracedCall, settings: InstrumentationSettings): Attributes {
  return {
    'mcp.method.name': call.method,
    'mcp.protocol.version': call.protocolVersion,
    'mcp.resource.uri': settings.resourceUris ? call.resourceUri : undefined,
    'jsonrpc.request.id': call.requestId,
    'gen_ai.tool.name': call.tool,
    'gen_ai.prompt.name': call.prompt,
    'gen_ai.operation.name': call.tool === undefined ? undefined : 'execute_tool',
  }
}

function addressOf(url: string): Attributes {
  if (!URL.canParse(url)) return {}
  const { origin, pathname, protocol, hostname, port } = new URL(url)
  return {
    'url.full': `${origin}${pathname}`,
    'server.address': hostname,
    'server.port': port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port),
  }
}

/** Some receivers refuse half a character, so it is replaced after the cut. */
function cut(text: string): string {
  return printable(text.slice(0, LONGEST))
}

/** Leaves out attributes without a value, and cuts the others. */
function bounded(attributes: Attributes): Attributes {
  const result: Attributes = {}
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) continue
    if (typeof value === 'string') result[name] = cut(value)
    else if (Array.isArray(value)) {
      result[name] = value.slice(0, MOST_VALUES).map((one) => cut(String(one)))
    } else result[name] = value
  }
  return result
}
