/**
 * Searches what leaves the library for the secrets that the tests made.
 *
 * `watched-modules.ts` puts calls of this watch into the modules through which something leaves.
 */
import { inspect } from 'node:util'
import { isPublic, KnownSecrets } from './known-secrets.ts'
import type { SecretCounts } from './registry.ts'

/** Where something came out. */
export interface Leak {
  readonly place: string
  readonly kind: string
  /** The text before the secret. */
  readonly before: string
}

type Work = (...args: unknown[]) => unknown

/** Members of a form in which the authorization server expects a secret. */
const SECRET_MEMBERS =
  /(^|&)(?:token|client_secret|client_assertion|subject_token|actor_token)=[^&]*/g
/** The member of a stream's configuration with which the transmitter shall authenticate (RFC 8935). */
const DELIVERY_MEMBER = /"authorization_header":"[^"]*"/g
/** Header fields in which the authorization server expects a secret. */
const SECRET_FIELDS: ReadonlySet<string> = new Set(['authorization', 'dpop'])

/** How many objects of a place are inspected in a test file. `inspect` takes a thousand times longer than a search. */
const INSPECTED_PER_PLACE = process.env.SECRETS === 'all' ? Number.POSITIVE_INFINITY : 3

/** The secrets of a process, and where they came out. */
export class SecretWatch extends KnownSecrets {
  readonly leaks: Leak[] = []
  /** How many texts with secrets have a reason. */
  explained = 0
  readonly #inspected = new Map<string, number>()

  /** A new file begins. */
  begin(): void {
    this.#inspected.clear()
  }

  /** What was registered, searched and found. */
  get counts(): SecretCounts {
    const { counts } = this.registry
    const { explained } = this
    return {
      ...counts,
      found: counts.found - explained,
      explained,
      sessions: this.sessions.counts.secrets,
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
    if (this.#mayInspect(place)) this.#search(`inspect of ${place}`, inspected(value))
  }

  #mayInspect(place: string): boolean {
    const before = this.#inspected.get(place) ?? 0
    this.#inspected.set(place, before + 1)
    return before < INSPECTED_PER_PLACE
  }

  /** Searches a call to an authorization server, apart from the fields and members that may hold a secret. */
  outbound(call: { url: string; headers: Readonly<Record<string, string>>; body?: string }): void {
    this.#search('the URL of a call', call.url)
    for (const [name, value] of Object.entries(call.headers)) {
      if (!SECRET_FIELDS.has(name.toLowerCase())) this.#search(`the field ${name} of a call`, value)
    }
    const { body } = call
    if (body === undefined) return
    this.#search(
      'the body of a call',
      body.replace(SECRET_MEMBERS, '').replace(DELIVERY_MEMBER, ''),
    )
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
      json = JSON.stringify(value, withoutCallersOwn)
    } catch {
      json = undefined
    }
    if (json !== undefined) this.#search(place, json)
    if (this.#mayInspect(place))
      this.#search(`inspect of ${place}`, inspected(withoutMessage(value)))
  }

  #error(place: string, error: Error): void {
    const isInspected = this.#mayInspect(place)
    if (isInspected) this.#search(`inspect of ${place}`, inspected(error))
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
    // Its claims look like those of a token: both have the same addresses.
    const searched = text.replace(JWS, (jws) => (isPublic(jws) ? '' : jws))
    const found =
      this.registry.find(searched) ??
      (WITHOUT_SESSIONS.test(place) ? this.sessions.find(searched) : undefined)
    if (found === undefined) return
    this.registry.counts.found += 1
    const before = searched.slice(Math.max(0, found.at - 80), found.at + 12)
    this.leaks.push({ place, kind: found.kind, before })
  }
}

const JWS = /eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/g

/** Where no session id may be. */
const WITHOUT_SESSIONS = /^the (?:store|channel mcp-resource-server:|URL|body|field)/

/**
 * Leaves out the message of an allowed request: it is what the caller has sent, for the handler. A caller may
 * repeat its token there.
 */
function withoutMessage(value: object): object {
  if (!('outcome' in value) || value.outcome !== 'allowed' || !('message' in value)) return value
  const copy = Object.create(Object.getPrototypeOf(value), Object.getOwnPropertyDescriptors(value))
  return Object.defineProperty(copy, 'message', { value: undefined })
}

function withoutCallersOwn(this: unknown, key: string, value: unknown): unknown {
  const from = this as { readonly outcome?: unknown }
  return key === 'message' && from.outcome === 'allowed' ? undefined : value
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
