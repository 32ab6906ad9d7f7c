import { UnavailableError } from '../../errors/unavailable-error.ts'
import { urlFault } from '../../http/secure-url.ts'
import { parseStrictJsonObject } from '../../jws/strict-json.ts'
import { quoted } from '../../quoted.ts'
import type { Clock } from '../../storage/clock.ts'
import { type MaybePromise, whenSettled } from '../../storage/maybe-promise.ts'
import type { HttpClient } from '../http/http-client.ts'
import { Refreshed } from '../refreshed.ts'

/** An endpoint, by the name of its member in the metadata (SSF 1.0 §7.1). @internal */
export type TransmitterEndpoint =
  | 'configuration_endpoint'
  | 'status_endpoint'
  | 'verification_endpoint'

/** @internal */
export interface TransmitterMetadataParts {
  readonly issuer: string
  /** The metadata's URL; `undefined`: made from the issuer. */
  readonly url?: string | undefined
  readonly allowInsecureHttp: boolean
  readonly http: HttpClient
  readonly clock: Clock
}

/** Seconds for which the metadata is fresh. */
const MAX_AGE = 3600
/** Seconds after `MAX_AGE` for which old metadata is used while fetching fails. */
const STALE_IF_ERROR = 86_400
/** Shortest time in seconds between two fetches that failing endpoints cause. */
const COOL_DOWN = 30

/**
 * Lists the URLs where a transmitter may publish its metadata. SSF 1.0 §7.2.1 inserts the suffix before
 * the issuer's path. Keycloak has it after the path too, which also works behind a proxy that passes on
 * the realm's path only.
 *
 * @internal
 */
export function transmitterMetadataUrls(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  const suffix = '/.well-known/ssf-configuration'
  return [...new Set([`${origin}${suffix}${path}`, `${origin}${path}${suffix}`])]
}

/** The metadata of a transmitter of security events (SSF 1.0 §7). @internal */
export class TransmitterMetadata {
  readonly #parts: TransmitterMetadataParts
  readonly #members: Refreshed<Readonly<Record<string, unknown>>>

  constructor(parts: TransmitterMetadataParts) {
    this.#parts = parts
    this.#members = new Refreshed(() => this.#load(), {
      maxAge: MAX_AGE,
      staleIfError: STALE_IF_ERROR,
      coolDown: COOL_DOWN,
      clock: parts.clock,
    })
  }

  /**
   * The URL of an endpoint, checked like a configured one; `undefined` if the transmitter has none.
   *
   * @throws {UnavailableError} `security_events_failed`
   */
  endpoint(name: TransmitterEndpoint): MaybePromise<string | undefined> {
    return whenSettled(this.#members.get(), (members) => {
      const url = members[name]
      if (url === undefined) return undefined
      const fault = this.urlFault(url)
      if (fault === undefined) return url as string
      this.expire()
      throw this.#failed(`"${name}" ${fault}`)
    })
  }

  /** Says why a URL that the transmitter has named may not be called; `undefined` if it may be called. */
  urlFault(url: unknown): string | undefined {
    if (typeof url !== 'string') return 'is not a string'
    const { issuer, url: document = issuer, allowInsecureHttp } = this.#parts
    const fault = urlFault(url, allowInsecureHttp)
    if (fault !== undefined || allowInsecureHttp || !isPlain(url) || isPlain(document)) return fault
    return 'is plain http, so it is an address of this machine, which a transmitter elsewhere must not name'
  }

  /**
   * The names of the delivery methods; `undefined` if the metadata does not say them.
   *
   * @throws {UnavailableError} `security_events_failed`
   */
  deliveryMethods(): MaybePromise<readonly unknown[] | undefined> {
    return whenSettled(this.#members.get(), ({ delivery_methods_supported: methods }) =>
      Array.isArray(methods) ? methods : undefined,
    )
  }

  /** Makes the next use of the metadata fetch it again, because an endpoint may have moved. */
  expire(): void {
    this.#members.expire()
  }

  async #load(): Promise<Readonly<Record<string, unknown>>> {
    const { issuer, http, url: configured } = this.#parts
    const faults: string[] = []
    let missing = 0
    const urls = configured === undefined ? transmitterMetadataUrls(issuer) : [configured]
    for (const url of urls) {
      const call = {
        purpose: 'stream_configuration',
        issuer,
        lane: 'documents',
        failure: 'security_events_failed',
        method: 'GET',
        url,
        headers: { accept: 'application/json' },
      } as const
      try {
        const { status, body } = await http.call(call)
        const result = status === 200 ? this.#read(body) : `HTTP ${status}`
        if (typeof result !== 'string') return result
        if (status === 404) missing += 1
        faults.push(`${url}: ${result}`)
      } catch (error) {
        // Try the other URL: a proxy may block only this one.
        faults.push(`${url}: ${(error as Error).message}`)
      }
    }
    const hint =
      missing === urls.length
        ? '. The issuer sends no security events, or not yet: Keycloak needs its feature ssf and the realm attribute ssf.transmitterEnabled'
        : ''
    throw this.#failed(`${faults.join('; ')}${hint}`)
  }

  /** Reads the metadata, or returns a description of the fault. */
  #read(body: Uint8Array): Readonly<Record<string, unknown>> | string {
    try {
      const members = parseStrictJsonObject(body)
      // The metadata of another issuer would send this server's token to its endpoints (SSF 1.0 §7.2.3).
      if (members.issuer !== this.#parts.issuer) {
        return `"issuer" is ${quoted(members.issuer)}, configured is ${quoted(this.#parts.issuer)}`
      }
      return members
    } catch (error) {
      return (error as Error).message
    }
  }

  #failed(message: string): UnavailableError {
    const { issuer } = this.#parts
    return new UnavailableError(
      'security_events_failed',
      `transmitter metadata of ${issuer}: ${message}`,
    )
  }
}

function isPlain(url: string): boolean {
  return new URL(url).protocol === 'http:'
}
