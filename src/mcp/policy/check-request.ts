import { RequestRefusedError, UnavailableError } from '../../errors.ts'
import { headerValues } from '../../http/header-fields.ts'
import type { BodyReader, ResourceRequest } from '../../http/resource-request.ts'
import { quoted } from '../../quoted.ts'
import type { VerifiedToken } from '../../token/verified-token.ts'
import { absenceOf, removedMethod } from '../absence.ts'
import { type Call, parseBody, readMessages } from '../messages.ts'
import { checkMirroredHeaders, isModernCall } from '../mirrored-headers.ts'
import type { CompiledPolicy, PolicyDecision } from './compiled-policy.ts'
import { describeOperation, uriLengthOf } from './operation.ts'

/** @internal */
export interface BodyLimits {
  readonly maxBodySize: number
  readonly maxBatchSize: number
}

/** What all the operations of a request need together. @internal */
export interface Demand {
  /** The parsed body. */
  readonly message: unknown
  /** All scopes, for a challenge to name. */
  readonly scopes: readonly string[]
  /** In words, the operations that lack one; absent where none does. */
  readonly lacking: string | undefined
}

/** Methods whose bodies mean nothing (RFC 9110 §9.3); MCP's GET opens a stream, DELETE ends a session. */
const WITHOUT_BODY: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS'])

/**
 * Most characters of all URIs that one request names, together. The time to match URIs grows with their
 * length, and a batch or a list of subscriptions can name a hundred long ones.
 */
const MAX_URI_LENGTH = 32_768

const NOTHING: Demand = { message: undefined, scopes: [], lacking: undefined }

/**
 * Judges what a request asks the MCP server to do, by its body alone: headers choose nothing, they
 * only have to agree (MCP-23).
 *
 * @param seen is told the calls, also where they are refused
 * @throws {RequestRefusedError} @throws {UnavailableError} `policy_failed`
 * @internal
 */
export async function checkRequest(
  policy: CompiledPolicy,
  limits: BodyLimits,
  request: ResourceRequest,
  token: VerifiedToken,
  seen: { calls?: readonly Call[] | undefined },
): Promise<Demand> {
  if (WITHOUT_BODY.has(request.method)) {
    checkNoBody(request)
    return NOTHING
  }
  const message = await bodyOf(request, limits.maxBodySize)
  const messages = readMessages(message, limits.maxBatchSize)
  const { calls } = messages
  seen.calls = calls
  checkMirroredHeaders(request.headers, messages)
  let uriLength = 0
  const judgements: (PolicyDecision | Promise<PolicyDecision>)[] = []
  for (const call of calls) {
    // It may name a hundred resources, so a hundred of it would be too many.
    if (calls.length > 1 && call.method === 'subscriptions/listen') {
      const message = 'a subscription that is not alone in its request'
      throw new RequestRefusedError('body_malformed', message, { id: call.id })
    }
    const absence = removedMethod(call, isModernCall(request.headers, call))
    if (absence !== undefined) {
      const message = `${describeOperation(call)}: the revision of the request has no such method`
      throw new RequestRefusedError('operation_denied', message, { id: call.id, absence })
    }
    uriLength += uriLengthOf(call)
    if (uriLength > MAX_URI_LENGTH) {
      const message = `the URIs of the request have more than ${MAX_URI_LENGTH} characters`
      throw new RequestRefusedError('body_malformed', message)
    }
    const judgement = policy.checkCall(call, token)
    // A later call may end this before anybody waits for it.
    if (judgement instanceof Promise) judgement.catch(() => {})
    judgements.push(judgement)
  }
  const [only] = judgements
  // Most requests are one call, and most policies have no asynchronous function.
  if (judgements.length === 1 && only !== undefined && !(only instanceof Promise)) {
    return demandOf(request, message, [only], calls)
  }
  return demandOf(request, message, await Promise.all(judgements), calls)
}

function demandOf(
  { headers }: ResourceRequest,
  message: unknown,
  judgements: readonly PolicyDecision[],
  calls: readonly Call[],
): Demand {
  const scopes = new Set<string>()
  let lacking: string | undefined
  judgements.forEach((judgement, at) => {
    const call = calls[at]
    if (judgement.outcome === 'denied') {
      const alone = calls.length === 1
      throw new RequestRefusedError('operation_denied', judgement.detail, {
        // The error answers one request; a batch of several it refuses as a whole.
        id: alone ? (call?.id ?? null) : null,
        absence: call && absenceOf(call, judgement, { modern: isModernCall(headers, call), alone }),
      })
    }
    for (const scope of judgement.scopes) scopes.add(scope)
    if (judgement.outcome === 'scope_missing' && call !== undefined) {
      const operation = describeOperation(call)
      lacking = lacking === undefined ? operation : `${lacking}, ${operation}`
    }
  })
  return { message, scopes: [...scopes], lacking }
}

/** A handler that takes any method would read a body that nobody judged. */
function checkNoBody({ method, headers, hasBody }: ResourceRequest): void {
  const lengths = headerValues(headers, 'content-length')
  const told = headerValues(headers, 'transfer-encoding').length > 0
  if (!told && hasBody !== true && lengths.every((length) => Number(length) === 0)) return
  const message = `a ${quoted(method).slice(1, -1)} with a body; MCP messages are sent by POST`
  throw new RequestRefusedError('body_malformed', message)
}

async function bodyOf(request: ResourceRequest, maxBytes: number): Promise<unknown> {
  const { message } = request
  if (message === undefined) {
    throw new UnavailableError('policy_failed', 'authenticate() was not given the `message`')
  }
  if (message instanceof Uint8Array) return parseBody(message)
  if (typeof message !== 'function') return message
  if (Number(headerValues(request.headers, 'content-length')[0] ?? 0) > maxBytes) {
    throw tooLarge(maxBytes)
  }
  let read: Awaited<ReturnType<BodyReader>>
  try {
    read = await (message as BodyReader)(maxBytes)
  } catch (error) {
    if (error instanceof UnavailableError) throw error
    const why = error instanceof Error ? error.message : typeof error
    throw new RequestRefusedError('body_unreadable', `the body could not be read: ${why}`)
  }
  if (read === undefined) throw tooLarge(maxBytes)
  if (!(read instanceof Uint8Array)) return read.parsed
  if (read.length === 0) {
    const why = 'there is no body; MCP messages are sent by POST, as application/json'
    throw new RequestRefusedError('body_malformed', why, { code: -32700 })
  }
  checkJsonType(request.headers)
  return parseBody(read)
}

/**
 * JSON in UTF-8, not compressed: bytes that a handler could decode in another way than we do would
 * be judged as one thing and done as another.
 */
function checkJsonType(headers: ResourceRequest['headers']): void {
  const types = headerValues(headers, 'content-type')
  if (types.length !== 1 || !JSON_TYPE.test(types[0] ?? '')) {
    throw unsupported(`content-type ${quoted(types.join(', '))}`)
  }
  const encodings = headerValues(headers, 'content-encoding')
  if (encodings.some((encoding) => encoding.toLowerCase() !== 'identity')) {
    throw unsupported(`content-encoding ${quoted(encodings.join(', '))}`)
  }
}

// No two neighbours take the same blanks: the text is the caller's.
const JSON_TYPE = /^application\/json\s*(?:;\s*(?:charset\s*=\s*(?:utf-8|"utf-8")\s*(?:;\s*)?)?)?$/i

function unsupported(what: string): RequestRefusedError {
  return new RequestRefusedError('media_type_unsupported', `the body has ${what}`)
}

function tooLarge(maxBytes: number): RequestRefusedError {
  return new RequestRefusedError('body_too_large', `the body has more than ${maxBytes} bytes`)
}
