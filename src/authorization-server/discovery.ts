import { UnavailableError } from '../errors/unavailable-error.ts'
import { urlFault } from '../http/secure-url.ts'
import { ownMember } from '../json-object.ts'
import { parseStrictJsonObject } from '../jws/strict-json.ts'
import { quoted } from '../quoted.ts'
import type { Clock } from '../storage/clock.ts'
import { type MaybePromise, whenSettled } from '../storage/maybe-promise.ts'
import type { HttpCall } from './http/http-call.ts'
import type { HttpClient } from './http/http-client.ts'
import { Refreshed } from './refreshed.ts'

/** An endpoint, by the name of its member in the metadata (RFC 8414 §2). @internal */
export type EndpointName = 'introspection_endpoint' | 'jwks_uri' | 'token_endpoint'

/** The metadata of an authorization server, as it published it (RFC 8414 §2). @internal */
export type AuthorizationServerMetadata = Readonly<Record<string, unknown>> & {
  readonly issuer: string
}

/** @internal */
export interface DiscoveryOptions {
  readonly issuer: string
  readonly allowInsecureHttp: boolean
  readonly http: HttpClient
  readonly clock: Clock
  /** Says what to check if the server has no metadata for the issuer. */
  readonly hint?: ((issuer: string) => string | undefined) | undefined
}

/** Seconds for which metadata is fresh. Metadata rarely changes: when a server is upgraded or moved. */
const MAX_AGE = 3600
/** Seconds after `MAX_AGE` for which the old metadata is used while fetching fails. */
const STALE_IF_ERROR = 86_400
/** Shortest time in seconds between two fetches that failing endpoints cause. */
const COOL_DOWN = 30

/**
 * Lists every URL where a server may publish its metadata. RFC 8414 §3.1 puts one of two suffixes
 * before the issuer's path. OpenID Connect Discovery §4 puts the suffix after the path.
 *
 * @internal
 */
export function discoveryUrls(issuer: string): readonly string[] {
  const [, origin = '', path = ''] = /^([a-z]+:\/\/[^/?]*)\/?(.*?)\/?$/i.exec(issuer) ?? []
  const inserted = path === '' ? '' : `/${path}`
  return [
    ...new Set([
      `${origin}/.well-known/oauth-authorization-server${inserted}`,
      `${origin}${inserted}/.well-known/openid-configuration`,
      `${origin}/.well-known/openid-configuration${inserted}`,
    ]),
  ]
}

/** Fetches the metadata of one authorization server, and fetches it again when it is old. @internal */
export class Discovery {
  readonly #options: DiscoveryOptions
  readonly #metadata: Refreshed<AuthorizationServerMetadata>

  constructor(options: DiscoveryOptions) {
    this.#options = options
    this.#metadata = new Refreshed(() => this.#load(), {
      maxAge: MAX_AGE,
      staleIfError: STALE_IF_ERROR,
      coolDown: COOL_DOWN,
      clock: options.clock,
    })
  }

  /**
   * Returns the metadata; a promise of it only if the metadata must be fetched.
   *
   * @throws {UnavailableError} `discovery_failed`
   */
  metadata(): MaybePromise<AuthorizationServerMetadata> {
    return this.#metadata.get()
  }

  /**
   * The URL of an endpoint, checked like a configured one.
   *
   * @param withCertificate whether the URL for calls with a client certificate comes first
   * @throws {UnavailableError} `discovery_failed`
   */
  endpoint(name: EndpointName, withCertificate = false): MaybePromise<string> {
    return whenSettled(this.metadata(), (metadata) => {
      const aliases = withCertificate ? metadata.mtls_endpoint_aliases : undefined
      const alias = ownMember(aliases, name)
      return alias === undefined
        ? this.#checked(metadata[name], name)
        : this.#checked(alias, `mtls_endpoint_aliases.${name}`)
    })
  }

  /** Makes the next use of the metadata fetch it again, because an endpoint may have moved. */
  expire(): void {
    this.#metadata.expire()
  }

  #checked(url: unknown, name: string): string {
    const fault =
      typeof url === 'string' ? urlFault(url, this.#options.allowInsecureHttp) : undefined
    if (typeof url === 'string' && fault === undefined) return url
    // Fetch the metadata again soon, so that a correction is noticed before an hour has passed.
    this.expire()
    throw this.#failed(fault === undefined ? `the metadata has no "${name}"` : `"${name}" ${fault}`)
  }

  async #load(): Promise<AuthorizationServerMetadata> {
    const { issuer, http } = this.#options
    const faults: string[] = []
    let missing = 0
    for (const url of discoveryUrls(issuer)) {
      try {
        const reply = await http.call(metadataCall(issuer, url))
        const result = reply.status === 200 ? this.#read(reply.body) : `HTTP ${reply.status}`
        if (typeof result !== 'string') return result
        if (reply.status === 404) missing += 1
        faults.push(`${url}: ${result}`)
      } catch (error) {
        // Try the other URLs: a proxy may block only this one.
        faults.push(`${url}: ${(error as Error).message}`)
      }
    }
    throw this.#failed(`${faults.join('; ')}${this.#hint(missing)}`)
  }

  /** Advice for the operator if every URL answered 404. */
  #hint(missing: number): string {
    const { issuer, hint } = this.#options
    if (missing < discoveryUrls(issuer).length) return ''
    const advice =
      hint?.(issuer) ??
      'The server has no metadata for this issuer: check the whole URL of the issuer, including its path'
    return `. ${advice}`
  }

  /** Reads the metadata, or returns a description of the fault. */
  #read(body: Uint8Array): AuthorizationServerMetadata | string {
    try {
      const metadata = parseStrictJsonObject(body)
      // Metadata of another issuer would name that issuer's keys (RFC 8414 §3.3).
      if (metadata.issuer !== this.#options.issuer) {
        return `"issuer" is ${quoted(metadata.issuer)}, configured is ${quoted(this.#options.issuer)}`
      }
      return metadata as AuthorizationServerMetadata
    } catch (error) {
      return (error as Error).message
    }
  }

  #failed(message: string): UnavailableError {
    return new UnavailableError(
      'discovery_failed',
      `discovery of ${this.#options.issuer}: ${message}`,
    )
  }
}

/** The call that fetches a metadata document of an issuer. @internal */
export function metadataCall(issuer: string, url: string): HttpCall {
  return {
    purpose: 'discovery',
    issuer,
    lane: 'documents',
    failure: 'discovery_failed',
    method: 'GET',
    url,
    headers: { accept: 'application/json' },
  }
}
