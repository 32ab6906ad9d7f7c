import type { UnavailableReason } from '../errors/reasons.ts'
import { UnavailableError } from '../errors/unavailable-error.ts'
import { parseStrictJsonObject } from '../jws/strict-json.ts'
import type { Clock } from '../storage/clock.ts'
import type { AuthorizationServer } from './authorization-server.ts'
import { createFormCall, type FormCall, sendForm } from './form-call.ts'
import { describeOAuthError } from './http/failure-words.ts'
import type { HttpReply } from './http/http-call.ts'

/** @internal */
export interface ClientTokenParts {
  /** The authorization server, with this server's client. */
  readonly server: AuthorizationServer
  readonly scopes: readonly string[]
  readonly clock: Clock
  /** The reason of the errors. */
  readonly failure: UnavailableReason
}

interface Held {
  readonly token: string
  /** When it is used for the last time, in milliseconds since the epoch. */
  readonly until: number
}

/** The life of a token whose answer says none, in seconds. */
const UNSAID_LIFE = 60
/** The longest time before its expiry at which a token is renewed, in seconds. */
const EARLIEST_RENEWAL = 30
/** A bearer token (RFC 6750 §2.1) of a sensible length. It goes into a header as it is. */
const BEARER_TOKEN = /^[A-Za-z0-9\-._~+/]{1,16384}=*$/

/**
 * An access token that this server's client gets for itself, by the client credentials grant (RFC 6749
 * §4.4). It is kept until shortly before it expires.
 *
 * @internal
 */
export class ClientToken {
  readonly #parts: ClientTokenParts
  #held: Held | undefined
  #flight: Promise<string> | undefined

  constructor(parts: ClientTokenParts) {
    this.#parts = parts
  }

  /**
   * Returns the token, and fetches one if there is none. Concurrent callers share one call.
   *
   * @throws {UnavailableError}
   */
  async get(): Promise<string> {
    const held = this.#held
    if (held !== undefined && this.#parts.clock() < held.until) return held.token
    this.#flight ??= this.#fetch().finally(() => {
      this.#flight = undefined
    })
    return this.#flight
  }

  /** Forgets a token that was refused. A newer one stays. */
  forget(token: string): void {
    if (this.#held?.token === token) this.#held = undefined
  }

  async #fetch(): Promise<string> {
    const { server, scopes, clock, failure } = this.#parts
    const form = new URLSearchParams({ grant_type: 'client_credentials' })
    if (scopes.length > 0) form.set('scope', scopes.join(' '))
    const call = await createFormCall(server, {
      endpoint: 'token_endpoint',
      form,
      purpose: 'client_token',
      lane: 'documents',
      failure,
    })
    const asked = clock()
    const { reply, sent } = await sendForm(server, call)
    const answer = this.#read(reply)
    if (reply.status !== 200) throw this.#refused(reply, answer, sent)
    const { access_token: token, token_type: type, expires_in: life = UNSAID_LIFE } = answer
    if (typeof token !== 'string' || !BEARER_TOKEN.test(token)) {
      throw this.#failed('the answer has no "access_token" that a header can hold')
    }
    if (typeof type !== 'string' || type.toLowerCase() !== 'bearer') {
      throw this.#failed('"token_type" is not "Bearer"')
    }
    const seconds = typeof life === 'number' && life >= 0 ? life : UNSAID_LIFE
    // If the clock was set back during the call, the current time counts.
    const from = Math.min(asked, clock())
    this.#held = {
      token,
      until: from + (seconds - Math.min(EARLIEST_RENEWAL, seconds / 5)) * 1000,
    }
    return token
  }

  #read({ status, body }: HttpReply): Record<string, unknown> {
    try {
      return parseStrictJsonObject(body)
    } catch (error) {
      throw this.#failed(`HTTP ${status}, ${(error as Error).message}`)
    }
  }

  #refused(
    { status }: HttpReply,
    { error }: Readonly<Record<string, unknown>>,
    sent: FormCall,
  ): UnavailableError {
    const { server, scopes } = this.#parts
    if (status === 404 || status === 405) server.reportFailure('token_endpoint')
    const found = `HTTP ${status}, ${describeOAuthError(error, sent)}`
    if (error === 'invalid_scope') {
      return this.#failed(`${found}: give this server's client the scopes ${scopes.join(' ')}`)
    }
    const { method, credential, options } = sent.client
    if (error === 'unauthorized_client') {
      return this.#failed(
        `${found}: the client may not use the client credentials grant, or ${credential} is wrong (${options}, ${method})`,
      )
    }
    return status === 400 || status === 401 || status === 403
      ? this.#failed(`${found}: check the client id and ${credential} (${options}, ${method})`)
      : this.#failed(`HTTP ${status}`)
  }

  #failed(message: string): UnavailableError {
    const { server, failure } = this.#parts
    return new UnavailableError(failure, `client token of ${server.issuer}: ${message}`)
  }
}
