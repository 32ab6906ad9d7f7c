/**
 * Registers the secrets that the tests make, and searches what leaves the library for them.
 *
 * `watched-modules.ts` puts calls of this watch into the modules through which something leaves.
 */
import { inspect } from 'node:util'
import { SecretRegistry } from './registry.ts'

/** Where something came out. */
export interface Leak {
  readonly place: string
  readonly kind: string
  /** The text before the secret. */
  readonly before: string
}

type Work = (...args: unknown[]) => unknown

/** The names of options that hold a secret, or a list or object of secrets. */
const SECRET_OPTION =
  /^(?:clientSecret|clientKey|signingKey|sealingKeys?|secrets?|nonceSecrets?|password|passphrase|authorization|accessToken|key)$/

/** Members of a form in which the authorization server expects a secret. */
const SECRET_MEMBERS =
  /(^|&)(?:token|client_secret|client_assertion|subject_token|actor_token)=[^&]*/g
/** Header fields in which the authorization server expects a secret. */
const SECRET_FIELDS: ReadonlySet<string> = new Set(['authorization', 'dpop'])

/** How many objects of a test file are inspected. `inspect` takes a thousand times longer than a search. */
const INSPECTED_PER_FILE = process.env.SECRETS === 'all' ? Number.POSITIVE_INFINITY : 40

/** The secrets of a process, and where they came out. */
export class SecretWatch {
  readonly registry = new SecretRegistry()
  readonly leaks: Leak[] = []
  #inspected = 0
  #deep = 0

  /** A new file begins. */
  begin(): void {
    this.#inspected = 0
    this.#deep = 0
  }

  /** Registers the claims and the signature of a JWT, or an opaque token. The header of a JWT is no secret. */
  token(token: unknown, kind = 'token'): void {
    if (typeof token !== 'string' || token.length > 20_000) return
    const parts = token.split('.')
    if (parts.length === 1) this.registry.add(kind, token)
    for (const part of parts.slice(1)) this.registry.add(kind, part, part.length > 200 ? 8 : 4)
  }

  /** Registers a secret that a person or a program chose, in each form in which it is sent or shown. */
  secret(kind: string, secret: unknown): void {
    if (typeof secret === 'string') {
      this.registry.add(kind, secret)
      this.registry.add(kind, encodeURIComponent(secret))
      // Only blocks of three bytes stay the same wherever the secret begins.
      for (const from of [0, 1, 2]) {
        const coded = Buffer.from(secret.slice(from)).toString('base64')
        this.registry.add(kind, coded.slice(0, Math.floor((secret.length - from) / 3) * 4))
      }
      return
    }
    if (secret instanceof Uint8Array) {
      const bytes = Buffer.from(secret)
      this.registry.add(kind, bytes.toString('base64'))
      this.registry.add(kind, bytes.toString('base64url'))
      this.registry.add(kind, bytes.toString('hex'))
      this.registry.add(
        kind,
        Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' '),
      )
      this.registry.add(kind, bytes.join(','))
      return
    }
    if (typeof secret !== 'object' || secret === null) return
    const values = secret instanceof Map ? [...secret.values()] : Object.values(secret)
    for (const value of values.slice(0, 20)) this.secret(kind, value)
  }

  /** Registers the private numbers of a JWK. */
  privateJwk(jwk: object): void {
    const numbers = jwk as Readonly<Record<string, unknown>>
    for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) {
      const number = numbers[name]
      if (typeof number === 'string') this.registry.add('private key', number, 4)
    }
  }

  /** Registers the secrets in options of the library. */
  options(options: unknown, depth = 0): void {
    if (typeof options !== 'object' || options === null || depth > 4) return
    const names = Array.isArray(options) ? options.keys() : Object.keys(options)
    for (const name of names) {
      const own = Object.getOwnPropertyDescriptor(options, name)
      if (own === undefined || !('value' in own)) continue
      if (SECRET_OPTION.test(String(name))) this.secret(`option ${name}`, own.value)
      else this.options(own.value, depth + 1)
    }
  }

  /** Searches something that leaves the library. */
  leaves(place: string, value: unknown): void {
    if (value === undefined || value === null) return
    if (typeof value === 'string') this.#search(place, value)
    else if (value instanceof Error) this.#error(place, value)
    else if (typeof value === 'object') this.#object(place, value)
  }

  /** Searches everything that `inspect` shows of an object. */
  inspectable(place: string, value: unknown): void {
    if (this.#deep >= INSPECTED_PER_FILE / 10) return
    this.#deep += 1
    this.#search(`inspect of ${place}`, inspected(value))
  }

  /** Searches a call to an authorization server, apart from the fields and members that may hold a secret. */
  outbound(call: { url: string; headers: Readonly<Record<string, string>>; body?: string }): void {
    this.#search('the URL of a call', call.url)
    for (const [name, value] of Object.entries(call.headers)) {
      if (!SECRET_FIELDS.has(name.toLowerCase())) this.#search(`the field ${name} of a call`, value)
    }
    const { body } = call
    if (body !== undefined) this.#search('the body of a call', body.replace(SECRET_MEMBERS, ''))
  }

  /** Searches keys and values of a store. */
  stored(place: string, args: readonly unknown[]): void {
    for (const value of args) {
      if (typeof value === 'string') this.#search(`the store: ${place}`, value)
      else if (Array.isArray(value)) this.stored(place, value)
    }
  }

  /** Wraps a function: what it returns or throws is searched. */
  results<F extends Work>(place: string, work: F): F {
    const watch = this
    return function watched(this: unknown, ...args: unknown[]) {
      try {
        const result = work.apply(this, args)
        if (!(result instanceof Promise)) {
          watch.leaves(`what ${place} returns`, result)
          return result
        }
        // A handler beside the caller's own: a rejection that nobody handles stays one.
        result.then(
          (value) => watch.leaves(`what ${place} returns`, value),
          (error) => watch.leaves(`the error of ${place}`, error),
        )
        return result
      } catch (error) {
        watch.leaves(`the error of ${place}`, error)
        throw error
      }
    } as F
  }

  #object(place: string, value: object): void {
    let json: string | undefined
    try {
      json = JSON.stringify(value)
    } catch {
      json = undefined
    }
    if (json !== undefined) this.#search(place, json)
    if (this.#inspected >= INSPECTED_PER_FILE) return
    this.#inspected += 1
    this.#search(`inspect of ${place}`, inspected(value))
  }

  #error(place: string, error: Error): void {
    const isInspected = this.#inspected < INSPECTED_PER_FILE
    if (isInspected) {
      this.#inspected += 1
      this.#search(`inspect of ${place}`, inspected(error))
    }
    for (let at: unknown = error, depth = 0; at instanceof Error && depth < 8; depth += 1) {
      this.#search(`the message of ${place}`, String(at.message))
      if (isInspected) this.#search(`the stack of ${place}`, String(at.stack))
      for (const name of Object.getOwnPropertyNames(at)) {
        if (name === 'stack' || name === 'cause' || name === 'message') continue
        const own = (at as unknown as Record<string, unknown>)[name]
        if (typeof own === 'string') this.#search(`${name} of ${place}`, own)
        else if (typeof own === 'object' && own !== null) this.#object(`${name} of ${place}`, own)
      }
      at = at.cause
      if (at !== undefined && !(at instanceof Error)) this.leaves(`the cause of ${place}`, at)
    }
  }

  #search(place: string, text: string): void {
    const found = this.registry.find(text)
    if (found === undefined) return
    this.registry.counts.found += 1
    const before = text.slice(Math.max(0, found.at - 80), found.at + 12)
    this.leaks.push({ place, kind: found.kind, before })
  }
}

function inspected(value: unknown): string {
  return inspect(value, {
    depth: Number.POSITIVE_INFINITY,
    showHidden: true,
    maxStringLength: Number.POSITIVE_INFINITY,
    maxArrayLength: 1000,
    breakLength: Number.POSITIVE_INFINITY,
  })
}

const KEY = Symbol.for('mcp-resource-server/test/secret-watch')
const place = globalThis as { [KEY]?: SecretWatch }

/** The watch of this process. */
export function secretWatch(): SecretWatch {
  place[KEY] ??= new SecretWatch()
  return place[KEY]
}
