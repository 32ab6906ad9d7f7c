import { randomUUID } from 'node:crypto'
import { UnavailableError, type UnavailableReason } from '../errors.ts'
import { answerFault } from '../token/introspection-answer.ts'
import type { SettledProfile } from '../token/settled-profile.ts'
import { parseStrictJsonObject } from '../token/strict-json.ts'
import type { Claims } from '../token/verified-token.ts'
import {
  authenticateClient,
  type ClientAuthentication,
} from './client-authentication/client-authentication.ts'
import type { Discovery } from './discovery.ts'
import { describeOAuthError, type Sent } from './http/failure-words.ts'
import type { CallLane, HttpReply } from './http/http-call.ts'
import type { HttpClient } from './http/http-client.ts'

/** @internal */
export interface IntrospectionEndpointOptions {
  readonly issuer: string
  readonly http: HttpClient
  readonly authentication: ClientAuthentication
  /** The endpoint's URL, or where to learn it. */
  readonly from: string | Discovery
  /** The options to look at when this server's client is refused, for messages. */
  readonly credentialOptions: string
  /** The option that names the endpoint. */
  readonly endpointOption: string
  readonly profile: SettledProfile
}

/** Who asks, and about what kind of token. @internal */
export interface Question {
  readonly lane: CallLane
  readonly signal?: AbortSignal | undefined
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
  async introspect(token: string, question: Question): Promise<Claims | undefined> {
    const { issuer, http, authentication, from } = this.#options
    const { lane, signal } = question
    const url = typeof from === 'string' ? from : await this.#discover(from)
    const headers: Record<string, string> = {
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
    }
    const form = new URLSearchParams({ token, token_type_hint: 'access_token' })
    const authenticated = authenticateClient(authentication, { headers, body: form, url })
    if (authenticated !== undefined) await authenticated
    const body = form.toString()
    const reply = await http.call({
      purpose: 'introspection',
      issuer,
      lane,
      failure: 'introspection_unavailable',
      method: 'POST',
      url,
      headers,
      body,
      signal,
    })
    if (reply.status !== 200) throw this.#refused(reply, { headers, body })
    return this.#read(reply)
  }

  /**
   * Asks about a made-up token, so that wrong credentials or a wrong URL show now.
   *
   * @throws {UnavailableError} saying which option to look at
   */
  async ready(): Promise<void> {
    // In the lane that strangers cannot fill.
    const answer = await this.introspect(`made-up-${randomUUID()}`, { lane: 'verified_tokens' })
    if (answer === undefined) return
    throw this.#failed('introspection_answer_invalid', 'a token that was made up is called active')
  }

  /** To be called when an answer was about another token than the one that was asked about. */
  distrustConnections(): void {
    this.#options.http.distrust(this.#options.issuer)
  }

  #discover(from: Discovery): Promise<string> {
    return from.endpoint('introspection_endpoint')
  }

  #refused({ status, retryAfter, body }: HttpReply, sent: Sent): UnavailableError {
    const { from, credentialOptions, endpointOption, profile } = this.#options
    const found = `HTTP ${status}`
    const advice = profile.hints.clientRefused(status)
    const hint = advice === undefined ? '' : `; ${advice}`
    if (status === 400 || status === 401) {
      const told = `${found}, ${describeOAuthError(errorIn(body), sent)}`
      return this.#failed(
        'introspection_refused_us',
        `${told}: the authorization server does not accept this server's client; check the client id and its secret (${credentialOptions})${hint}`,
      )
    }
    if (status === 403) {
      return this.#failed(
        'introspection_refused_us',
        `${found}: this server's client may not introspect; check the client id (${credentialOptions}) and its rights${hint}`,
      )
    }
    if (status === 404 || status === 405) {
      if (typeof from !== 'string') from.expire()
      const where =
        typeof from === 'string'
          ? `${endpointOption} is no introspection endpoint`
          : `the metadata's "introspection_endpoint" is none; set ${endpointOption} if it is elsewhere`
      return this.#failed('introspection_unavailable', `${found}: ${where}`)
    }
    return this.#failed('introspection_unavailable', found, retryAfter)
  }

  /**
   * RFC7662-2: `active` is a boolean in a JSON object that is called JSON, and what an active
   * token's answer says is of the types that RFC 7662 §2.2 gives it, or nothing is known.
   */
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
    if (!active) return undefined
    const fault = answerFault(claims, this.#options.profile)
    if (fault !== undefined) throw this.#failed('introspection_answer_invalid', fault)
    return claims
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

/** `error` of a refusal (RFC 6749 §5.2), if it has one. */
function errorIn(body: Uint8Array): unknown {
  try {
    return parseStrictJsonObject(body).error
  } catch {
    return undefined
  }
}
