import { isObject } from '../json-object.ts'
import { parseStrictJson } from '../jws/strict-json.ts'

/** The token in a text that somebody pasted. @internal */
export interface PastedToken {
  readonly token: string
  /** What was around the token, in words. */
  readonly notes: readonly string[]
}

/** A text that is no token, or that has several. The message quotes nothing of the text. @internal */
export class NoTokenError extends Error {
  override readonly name = 'NoTokenError'
}

/** A header field with credentials, for example in a curl command or in a log of requests. */
const HEADER = /authorization["']?\s*[:=]\s*["']?(?:bearer|dpop)\s+([^\s"'\\,]+)/gi
const SCHEME = /^(?:bearer|dpop)(?:\s+|$)/i
const QUOTES = /^(["'`])([\s\S]*)\1[,;]?$/
/** The answer in a fragment or a form (RFC 6749 §4.2.2). */
const PARAMETER = /(?:^|[?#&])access_token=([^&\s"']+)/g
const JWT = /^[\w-]+\.[\w-]+\.[\w-]*$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it finds
const BINARY = /[\u0000-\u0008\u000e-\u001f\u007f]/

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Finds the token in what somebody pasted: the token alone, with `Bearer`, quotes or line breaks; a whole
 * header or curl command; or the JSON of a token response. Nothing is guessed: a text with several tokens is
 * refused.
 *
 * @throws {NoTokenError}
 * @internal
 */
export function readPastedToken(input: Uint8Array): PastedToken {
  const text = readText(input).trim()
  if (text === '') throw new NoTokenError('nothing was given; expected one access token')
  if (text.startsWith('-----BEGIN')) {
    throw new NoTokenError('this is a key or a certificate in PEM form; expected one access token')
  }
  const headers = matches(HEADER, text)
  if (headers.length > 0) return one(headers, 'the token of the header Authorization is explained')
  if (text.startsWith('{') || text.startsWith('[')) return fromJson(text)
  const parameters = matches(PARAMETER, text)
  if (parameters.length > 0) return one(parameters, 'the parameter access_token is explained')
  return fromPlainText(text)
}

function readText(input: Uint8Array): string {
  let text: string
  try {
    text = utf8.decode(input)
  } catch {
    throw new NoTokenError('the input is not text; expected one access token')
  }
  if (BINARY.test(text)) {
    throw new NoTokenError('the input is binary data; expected one access token')
  }
  return text
}

function fromPlainText(text: string): PastedToken {
  const notes: string[] = []
  let rest = text
  const [, , quoted] = QUOTES.exec(rest) ?? []
  if (quoted !== undefined) {
    rest = quoted.trim()
    notes.push('quotes around the token were removed')
  }
  if (SCHEME.test(rest)) {
    rest = rest.replace(SCHEME, '')
    notes.push('the scheme before the token was removed')
  }
  const words = rest.split(/\s+/).filter((word) => word !== '')
  const [only] = words
  if (only === undefined) throw new NoTokenError('nothing was given; expected one access token')
  if (words.length === 1) return { token: only, notes }
  const tokens = new Set(words.filter((word) => JWT.test(word)))
  if (tokens.size > 1) throw several(tokens.size)
  const joined = words.join('')
  if (tokens.size === 0 && only.startsWith('ey') && JWT.test(joined)) {
    return { token: joined, notes: [...notes, 'line breaks and blanks in the token were removed'] }
  }
  throw new NoTokenError(
    `the input has ${words.length} words, and it is not clear which is the token; expected one access token`,
  )
}

function fromJson(text: string): PastedToken {
  let value: unknown
  try {
    value = parseStrictJson(text)
  } catch {
    throw new NoTokenError('the input begins like JSON, but is not; expected one access token')
  }
  if (!isObject(value))
    throw new NoTokenError('the input is a JSON list; expected one access token')
  const { access_token: token } = value
  if (typeof token === 'string' && token !== '') {
    return { token, notes: ['"access_token" of the token response is explained'] }
  }
  throw new NoTokenError(`the input is ${kindOf(value)}; expected one access token`)
}

/** Names a JSON object that is no token response. */
function kindOf(value: Readonly<Record<string, unknown>>): string {
  if (value.error !== undefined) return 'an error response of an authorization server'
  if (value.id_token !== undefined || value.refresh_token !== undefined) {
    return 'a token response without "access_token"'
  }
  if (value.active !== undefined) return 'an introspection answer, and not the token itself'
  if (value.keys !== undefined || value.kty !== undefined) return 'a key set or a key'
  if (value.iss !== undefined || value.alg !== undefined)
    return 'a decoded token without its signature'
  return 'a JSON object without "access_token"'
}

function one(found: readonly string[], note: string): PastedToken {
  const [token, ...others] = new Set(found)
  if (token === undefined || others.length > 0) throw several(others.length + 1)
  return { token, notes: [note] }
}

function several(count: number): NoTokenError {
  return new NoTokenError(`the input has ${count} different tokens; expected one access token`)
}

function matches(pattern: RegExp, text: string): string[] {
  return Array.from(text.matchAll(pattern), ([, found = '']) => found)
}
