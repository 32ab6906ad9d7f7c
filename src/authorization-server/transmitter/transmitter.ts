import { UnavailableError } from '../../errors/unavailable-error.ts'
import { ownMember } from '../../json-object.ts'
import { parseStrictJson } from '../../jws/strict-json.ts'
import { quoted } from '../../quoted.ts'
import { withoutToken } from '../../redaction.ts'
import type { Clock } from '../../storage/clock.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { ClientToken } from '../client-token.ts'
import type { HttpCall, HttpReply } from '../http/http-call.ts'
import { type TransmitterEndpoint, TransmitterMetadata } from './transmitter-metadata.ts'

/** @internal */
export interface TransmitterParts {
  /** The authorization server, with this server's client. */
  readonly server: AuthorizationServer
  /** The scopes of the token. */
  readonly scopes?: readonly string[] | undefined
  /** URL of the transmitter's metadata; `undefined`: made from the issuer. */
  readonly metadataUrl?: string | undefined
  readonly allowInsecureHttp: boolean
  readonly clock: Clock
}

/** The scopes that Keycloak wants for the endpoints of a transmitter. */
const SCOPES = ['ssf.manage', 'ssf.read']

/** A call to a transmitter. @internal */
export interface TransmitterCall extends Pick<HttpCall, 'method' | 'signal'> {
  /** The endpoint, or a URL that the transmitter has given. */
  readonly to: TransmitterEndpoint | URL
  readonly purpose: 'stream_configuration' | 'security_events'
  /** The parameter `stream_id` of the URL. */
  readonly streamId?: string
  readonly body?: Readonly<Record<string, unknown>>
  /** Texts of the body that messages must not repeat. */
  readonly secrets?: readonly string[]
}

/** The answer of a transmitter. @internal */
export interface TransmitterReply {
  readonly status: number
  readonly retryAfter: number | undefined
  /** The parsed body; `undefined` if there is none. */
  readonly value: unknown
  /** What the transmitter says about an error, for messages; it holds no secret. */
  readonly words: string
}

/**
 * A transmitter of security events (SSF 1.0 §8), with the token that this server needs for its
 * endpoints.
 *
 * @internal
 */
export class Transmitter {
  readonly issuer: string
  readonly metadata: TransmitterMetadata
  readonly #server: AuthorizationServer
  readonly #token: ClientToken
  readonly #scopes: readonly string[]

  constructor(parts: TransmitterParts) {
    const { server, scopes = SCOPES, metadataUrl: url, allowInsecureHttp, clock } = parts
    const { issuer, http } = server
    this.issuer = issuer
    this.#server = server
    this.#scopes = scopes
    this.metadata = new TransmitterMetadata({ issuer, url, allowInsecureHttp, http, clock })
    this.#token = new ClientToken({ server, scopes, clock, failure: 'security_events_failed' })
  }

  /**
   * Makes a call with a token. If the token is refused, the call is made once more with a new token.
   *
   * @throws {UnavailableError} if there is no complete answer, or no token; 401 and 403 as well
   */
  async call(call: TransmitterCall): Promise<TransmitterReply> {
    const url = await this.#urlOf(call)
    const token = await this.#token.get()
    const reply = await this.#send(call, url, token)
    if (reply.status !== 401) return this.#answer(call, reply, token)
    this.#token.forget(token)
    const renewed = await this.#token.get()
    return this.#answer(call, await this.#send(call, url, renewed), renewed)
  }

  /** Makes an error about this transmitter. */
  failed(message: string, retryAfter?: number): UnavailableError {
    return new UnavailableError(
      'security_events_failed',
      `security events of ${this.issuer}: ${message}`,
      retryAfter === undefined ? {} : { retryAfter: Math.min(retryAfter, 60) },
    )
  }

  async #urlOf({ to, streamId }: TransmitterCall): Promise<string> {
    let url: string | undefined
    if (to instanceof URL) {
      url = to.href
    } else {
      url = await this.metadata.endpoint(to)
      if (url === undefined) throw this.failed(`the metadata has no "${to}"`)
    }
    if (streamId === undefined) return url
    return `${url}${url.includes('?') ? '&' : '?'}stream_id=${encodeURIComponent(streamId)}`
  }

  #send(
    { method, purpose, signal, body }: TransmitterCall,
    url: string,
    token: string,
  ): Promise<HttpReply> {
    const { issuer, http } = this.#server
    const authorization = `Bearer ${token}`
    return http.call({
      purpose,
      issuer,
      lane: 'documents',
      failure: 'security_events_failed',
      method,
      url,
      headers:
        body === undefined
          ? { accept: 'application/json', authorization }
          : { accept: 'application/json', authorization, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal,
    })
  }

  #answer({ to, secrets = [] }: TransmitterCall, reply: HttpReply, token: string) {
    const { status, retryAfter, body } = reply
    const where = to instanceof URL ? 'the poll endpoint' : `the ${to}`
    if (status === 401 || status === 403) {
      const words = `HTTP ${status} at ${where}: this server's token is refused`
      const cure = `give this server's client the scopes ${this.#scopes.join(' ')}, and let it receive security events`
      throw this.failed(`${words}; ${cure} (in Keycloak: the attribute ssf.enabled)`)
    }
    if (!(to instanceof URL) && (status === 404 || status === 405)) this.metadata.expire()
    if (status >= 500 && status !== 501) throw this.failed(`HTTP ${status} at ${where}`, retryAfter)
    let value: unknown
    try {
      if (body.length > 0) value = parseStrictJson(body)
    } catch (error) {
      if (status < 300) throw this.failed(`HTTP ${status} at ${where}, ${(error as Error).message}`)
    }
    const words = `HTTP ${status} at ${where}${describe(value, [token, ...secrets])}`
    return { status, retryAfter, value, words } satisfies TransmitterReply
  }
}

/** What an error answer says, unless it repeats a secret. */
function describe(value: unknown, secrets: readonly string[]): string {
  const said = [ownMember(value, 'error'), ownMember(value, 'error_description')]
  const text = said.filter((part) => typeof part === 'string' && part !== '').join(': ')
  if (text === '') return ''
  const hidden = secrets.some(
    (secret) => text.includes(secret) || withoutToken(text, secret) !== withoutToken(text, ''),
  )
  return hidden ? ', with a description that is not repeated here' : `, ${quoted(text)}`
}
