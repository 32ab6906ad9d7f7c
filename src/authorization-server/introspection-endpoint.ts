import { UnavailableError, type UnavailableReason } from '../errors.ts'
import { parseStrictJsonObject } from '../token/strict-json.ts'
import type { Claims } from '../token/verified-token.ts'
import { authenticateClient, type ClientAuthentication } from './client-authentication.ts'
import type { Discovery } from './discovery.ts'
import type { HttpReply } from './http-call.ts'
import type { HttpClient } from './http-client.ts'

/** @internal */
export interface IntrospectionEndpointOptions {
  readonly issuer: string
  readonly http: HttpClient
  readonly authentication: ClientAuthentication
  /** The endpoint's URL, or where to learn it. */
  readonly from: string | Discovery
}

/** Asks an authorization server about a token (RFC 7662). @internal */
export class IntrospectionEndpoint {
  readonly #options: IntrospectionEndpointOptions

  constructor(options: IntrospectionEndpointOptions) {
    this.#options = options
  }

  /**
   * @returns the members of an active token's answer without `active`, or `undefined` when the
   * token is not active
   * @throws {UnavailableError} when there is no answer that can be relied on: that is never the
   * caller's fault (RFC7662-3)
   */
  async introspect(token: string, correlationId?: string): Promise<Claims | undefined> {
    const { issuer, http, authentication, from } = this.#options
    const url = typeof from === 'string' ? from : await this.#discover(from, correlationId)
    const headers: Record<string, string> = {
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
    }
    const body = new URLSearchParams({ token, token_type_hint: 'access_token' })
    const authenticated = authenticateClient(authentication, { headers, body, url })
    if (authenticated !== undefined) await authenticated
    const reply = await http.call({
      purpose: 'introspection',
      issuer,
      failure: 'introspection_unavailable',
      method: 'POST',
      url,
      headers,
      body: body.toString(),
      correlationId,
    })
    if (reply.status !== 200) throw this.#refused(reply)
    return this.#read(reply)
  }

  async ready(): Promise<void> {
    const { from } = this.#options
    if (typeof from !== 'string') await this.#discover(from)
  }

  #discover(from: Discovery, correlationId?: string): Promise<string> {
    return from.endpoint('introspection_endpoint', correlationId)
  }

  #refused({ status, retryAfter }: HttpReply): UnavailableError {
    const { from } = this.#options
    if (typeof from !== 'string' && (status === 404 || status === 405)) from.expire()
    if (status === 400 || status === 401 || status === 403) {
      return this.#failed(
        'introspection_refused_us',
        `HTTP ${status}: check the client id, its secret and its right to introspect`,
      )
    }
    return this.#failed('introspection_unavailable', `HTTP ${status}`, retryAfter)
  }

  /** RFC7662-2: `active` is a boolean in a JSON object that is called JSON, or nothing is known. */
  #read({ contentType, body }: HttpReply): Claims | undefined {
    if (!/^application\/json(?:\s*;|$)/i.test(contentType ?? '')) {
      throw this.#failed('introspection_answer_invalid', 'the answer is not application/json')
    }
    let answer: Record<string, unknown>
    try {
      answer = parseStrictJsonObject(body)
    } catch (error) {
      throw this.#failed('introspection_answer_invalid', (error as Error).message)
    }
    const { active, ...claims } = answer
    if (typeof active !== 'boolean') {
      throw this.#failed('introspection_answer_invalid', '"active" is not a boolean')
    }
    return active ? claims : undefined
  }

  #failed(reason: UnavailableReason, message: string, retryAfter?: number): UnavailableError {
    return new UnavailableError(
      reason,
      `introspection at ${this.#options.issuer}: ${message}`,
      // A server that asks for an hour is not to stop us for an hour.
      retryAfter === undefined ? {} : { retryAfter: Math.min(retryAfter, 60) },
    )
  }
}
