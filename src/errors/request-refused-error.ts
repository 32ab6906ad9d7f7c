import { brand } from './brand.ts'
import type { RefusalReason } from './reasons.ts'

/**
 * The HTTP status and the JSON-RPC error code of each refusal. The code is one of JSON-RPC, `-32020` of
 * MCP, or otherwise the HTTP status: the other codes of JSON-RPC's server range are reserved (MCP-24).
 */
const REQUEST_REFUSALS = {
  origin_refused: [403, 403],
  session_unknown: [404, 404],
  media_type_unsupported: [415, -32600],
  body_too_large: [413, -32600],
  body_unreadable: [400, -32700],
  body_malformed: [400, -32600],
  header_mismatch: [400, -32020],
  operation_denied: [403, 403],
} as const satisfies Record<RefusalReason, readonly [status: number, code: number]>

/** The answer of an MCP server that has no such method, tool, prompt or resource. @internal */
export interface Absence {
  readonly status: 200 | 400 | 404
  readonly code: -32601 | -32602
  readonly message: string
  readonly data?: Readonly<Record<string, string>>
}

/**
 * A refusal of a request for another reason than its token. It is not a {@link ChallengeError}, because
 * a client answers a challenge by asking for another token, which would be refused too.
 *
 * @internal
 */
export class RequestRefusedError extends Error {
  static {
    brand(RequestRefusedError, 'RequestRefusedError')
  }

  override readonly name = 'RequestRefusedError'
  readonly reason: RefusalReason
  readonly status: 200 | 400 | 403 | 404 | 413 | 415
  /** The code of the JSON-RPC error. */
  readonly rpcCode: number
  /** The id of the JSON-RPC request; `null` if unknown. */
  readonly id: string | number | null
  /** The answer that hides the refusal: the caller learns that no such thing exists. */
  readonly absence: Absence | undefined

  /** @param options.code the JSON-RPC code, instead of the default of the reason */
  constructor(
    reason: RefusalReason,
    message: string,
    options: {
      id?: string | number | null
      code?: number
      absence?: Absence | undefined
    } = {},
  ) {
    super(message)
    const [status, code] = REQUEST_REFUSALS[reason]
    this.reason = reason
    this.status = options.absence?.status ?? status
    this.rpcCode = options.absence?.code ?? options.code ?? code
    this.id = options.id ?? null
    this.absence = options.absence
  }
}
