import { knownRevision } from '../mcp/traced-call.ts'
import type { OperationEnd, OperationTrace } from '../telemetry/traces.ts'
import type { MetricAttributes } from './metrics.ts'

/** The values of `OperationEnd.errorType` that are words, not codes. */
const ERRORS: ReadonlySet<string> = new Set(['tool_error', 'send_failed', 'delivery_failed'])

/** Replaces a value that a caller may have made up. */
const OTHER = '_OTHER'

/**
 * Returns the attributes of a finished operation. Callers choose methods, names and revisions, so only
 * those that this package or the MCP server knows become attributes.
 *
 * @internal
 */
export function operationAttributes(
  trace: OperationTrace,
  { errorCode, errorType }: OperationEnd,
): MetricAttributes<'operationDuration'> {
  const { method, methodKnown, nameKnown, tool, prompt, protocolVersion, resource } = trace
  return {
    'mcp_resource_server.resource': resource,
    'mcp.method.name': methodKnown ? method : OTHER,
    'gen_ai.operation.name': method === 'tools/call' ? 'execute_tool' : undefined,
    'gen_ai.tool.name': nameKnown ? tool : undefined,
    'gen_ai.prompt.name': nameKnown ? prompt : undefined,
    'mcp.protocol.version': knownRevision(protocolVersion),
    'rpc.response.status_code': isKnown(errorCode) ? String(errorCode) : undefined,
    'error.type': errorTypeOf(errorCode, errorType),
  }
}

function errorTypeOf(
  errorCode: number | undefined,
  errorType: string | undefined,
): string | undefined {
  if (errorType === undefined || ERRORS.has(errorType)) return errorType
  return isKnown(errorCode) ? String(errorCode) : OTHER
}

/**
 * Whether an error code is one that JSON-RPC reserves, or an HTTP status, which the refusals of this package
 * have. A handler may use any other number.
 */
function isKnown(code: number | undefined): boolean {
  if (code === undefined || !Number.isInteger(code)) return false
  return (code >= -32_768 && code <= -32_000) || (code >= 400 && code <= 599)
}
