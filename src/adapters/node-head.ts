import { type AnswerHeaders, NO_HEADERS } from '../http/http-answer.ts'
import { isListField, mergeField } from '../http/list-fields.ts'
import type { NodeResponse } from './node-request.ts'

/**
 * The arguments of `writeHead` after the status: an optional status message, and optional headers.
 *
 * @internal
 */
export type HeadArguments = readonly unknown[]

/** Adds header fields to a response. Lists are merged. @internal */
export function setHeaders(response: NodeResponse, headers: AnswerHeaders): void {
  if (headers === NO_HEADERS) return
  for (const [name, value] of Object.entries(headers)) {
    response.setHeader(name, mergeField(name, value, response.getHeader(name)))
  }
}

/**
 * Returns the value that a header field will have. A value in `writeHead` replaces a value from
 * `setHeader`.
 *
 * @internal
 */
export function headerOf(response: NodeResponse, rest: HeadArguments, name: string): unknown {
  const given = rest.at(-1)
  const own = typeof given === 'object' && given !== null ? valueIn(given, name) : undefined
  const value = own ?? response.getHeader(name)
  return Array.isArray(value) ? value[0] : value
}

/**
 * Returns the value of a field in the headers that are passed to `writeHead`. This runs for every answer, so the
 * usual record of headers is searched without making pairs of it.
 */
function valueIn(headers: object, name: string): unknown {
  if (Array.isArray(headers)) {
    return pairsOf(headers).find(([key]) => String(key).toLowerCase() === name)?.[1]
  }
  for (const key of Object.keys(headers)) {
    if (key.length === name.length && key.toLowerCase() === name) {
      return (headers as Readonly<Record<string, unknown>>)[key]
    }
  }
  return undefined
}

/**
 * Merges the gate's list fields into the headers that a handler passes to `writeHead`. Node would
 * replace the gate's value with the handler's value.
 *
 * @returns the arguments for `writeHead`
 * @internal
 */
export function withLists(
  response: NodeResponse,
  rest: HeadArguments,
  headers: AnswerHeaders,
): HeadArguments {
  if (headers === NO_HEADERS) return rest
  const lists = Object.entries(headers).filter(([name]) => isListField(name))
  if (lists.length === 0) return rest
  const given = rest.at(-1)
  const own = typeof given === 'object' && given !== null ? pairsOf(given) : []
  let fields = own
  for (const [name, value] of lists) {
    const same = ([key]: readonly [unknown, unknown]) =>
      String(key).toLowerCase() === name.toLowerCase()
    const all = own.filter(same).map(([, one]) => one)
    if (all.length === 0) setHeaders(response, { [name]: value })
    else {
      const merged = mergeField(name, value, all.flat())
      fields = [...fields.filter((pair) => !same(pair)), [name, merged]]
    }
  }
  if (fields === own) return rest
  return [...rest.slice(0, -1), Array.isArray(given) ? fields.flat() : Object.fromEntries(fields)]
}

/**
 * Returns headers as pairs. The input is `{ name: value }`, `[[name, value]]` or `[name, value, name,
 * value]`.
 */
function pairsOf(headers: object): (readonly [unknown, unknown])[] {
  if (!Array.isArray(headers)) return Object.entries(headers)
  if (Array.isArray(headers[0])) return headers as [unknown, unknown][]
  return headers.flatMap((name, at) => (at % 2 === 0 ? [[name, headers[at + 1]] as const] : []))
}
