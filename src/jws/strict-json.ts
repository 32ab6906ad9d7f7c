import { isObject } from '../json-object.ts'

/** Deepest accepted nesting. No real token or key set is nested so deeply, and recursive functions can handle it. */
const MAX_DEPTH = 64

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Parses JSON bytes or text. It refuses input that another parser could read differently: bytes that
 * are not UTF-8, a byte order mark, and objects with two members of the same name (RFC 7515 §4,
 * RFC 7519 §4, RFC 8725 §2.4). Of two such members `JSON.parse` silently keeps the last. A gateway
 * that keeps the first would check other claims than this server.
 *
 * @throws {SyntaxError} if the input is refused. The message quotes nothing of the input.
 * @internal
 */
export function parseStrictJson(input: Uint8Array | string, maxDepth = MAX_DEPTH): unknown {
  let text: string
  let value: unknown
  try {
    text = typeof input === 'string' ? input : utf8.decode(input)
    value = JSON.parse(text)
  } catch {
    // The message of `JSON.parse` quotes the text.
    throw new SyntaxError('not JSON in UTF-8')
  }
  // In valid JSON every member has exactly one colon outside strings. If the parsed value has fewer
  // members than the text has colons, a member was repeated.
  if (countMemberColons(text) !== countMembers(value, maxDepth)) {
    throw new SyntaxError('an object names a member twice')
  }
  return value
}

/** Parses a JSON object like {@link parseStrictJson}, and refuses other values. @internal */
export function parseStrictJsonObject(input: Uint8Array | string): Record<string, unknown> {
  const value = parseStrictJson(input)
  if (!isObject(value)) throw new SyntaxError('not a JSON object')
  return value
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a

function countMemberColons(json: string): number {
  let colons = 0
  for (let at = 0; at < json.length; at += 1) {
    const code = json.charCodeAt(at)
    if (code === COLON) colons += 1
    else if (code === QUOTE) {
      // Skip to the closing quote: the next quote with an even number of backslashes before it.
      for (;;) {
        at = json.indexOf('"', at + 1)
        let before = at - 1
        while (json.charCodeAt(before) === BACKSLASH) before -= 1
        if ((at - before) % 2 === 1) break
      }
    }
  }
  return colons
}

function countMembers(value: unknown, depth: number): number {
  if (typeof value !== 'object' || value === null) return 0
  if (depth < 0) throw new SyntaxError('nested too deeply')
  const inner: readonly unknown[] = Array.isArray(value) ? value : Object.values(value)
  let count = Array.isArray(value) ? 0 : inner.length
  for (const item of inner) {
    if (typeof item === 'object' && item !== null) count += countMembers(item, depth - 1)
  }
  return count
}
