import { randomUUID } from 'node:crypto'
import type { UnavailableReason } from '../errors/reasons.ts'
import { UnavailableError } from '../errors/unavailable-error.ts'
import { parseStrictJsonObject } from '../jws/strict-json.ts'
import { answerFault } from '../token/introspection-answer.ts'
import type { Claims } from '../token/verified-token.ts'
import type { AuthorizationServer } from './authorization-server.ts'
import { createFormCall } from './form-call.ts'
import { describeOAuthError, type Sent } from './http/failure-words.ts'
import type { CallLane, HttpReply } from './http/http-call.ts'

/** @internal */
export interface IntrospectionEndpointOptions {
  /** The authorization server. It must have this server's client. */
  readonly server: AuthorizationServer
  /** The options to check when the authorization server refuses this server's client, for messages. */
  readonly credentialOptions: string
  /** The option that sets the endpoint's URL, for messages. */
  readonly endpointOption: string
}

/** How the introspection call for a token is made. @internal */
export interface Question {
  readonly lane: CallLane
  readonly signal?: AbortSignal | undefined
}

/** The introspection endpoint of an authorization server (RFC 7662). @internal */
export class IntrospectionEndpoint {
  readonly #options: IntrospectionEndpointOptions

  constructor(options: IntrospectionEndpointOptions) {
    this.#options = options
  }

  /**
   * Introspects one token.
   *
   * @returns the members of the answer except `active`; `undefined` if the token is not active
   * @throws {UnavailableError} if there is no reliable answer. That is never the caller's fault
   * (RFC7662-3).
   */
  async introspect(token: string, question: Question): Promise<Claims | undefined> {
    const { server } = this.#options
    const prepared = createFormCall(server, {
      endpoint: 'introspection_endpoint',
      form: new URLSearchParams({ token, token_type_hint: 'access_token' }),
      purpose: 'introspection',
      lane: question.lane,
      failure: 'introspection_unavailable',
      signal: question.signal,
    })
    // This may run for every request, so do not wait for a promise without need.
    const call = prepared instanceof Promise ? await prepared : prepared
    const reply = await server.http.call(call)
    if (reply.status !== 200) throw this.#refused(reply, call)
    return this.#read(reply)
  }

  /**
   * Introspects a made-up token, to find wrong credentials or a wrong URL at start-up.
   *
   * @throws {UnavailableError} naming the option to check
   */
  async ready(): Promise<void> {
    // Use the lane that callers cannot fill with made-up tokens.
    const answer = await this.introspect(`made-up-${randomUUID()}`, { lane: 'verified_tokens' })
    if (answer === undefined) return
    throw this.#failed('introspection_answer_invalid', 'the answer for a made-up token is active')
  }

  /** Stops using the open connections, because an answer was about another token. */
  distrustConnections(): void {
    const { http, issuer } = this.#options.server
    http.distrust(issuer)
  }

  #refused({ status, retryAfter, body }: HttpReply, sent: Sent): UnavailableError {
    const { server, credentialOptions, endpointOption } = this.#options
    const found = `HTTP ${status}`
    const advice = server.profile.hints.clientRefused(status)
    const hint = advice === undefined ? '' : `; ${advice}`
    if (status === 400 || status === 401) {
      const answer = `${found}, ${describeOAuthError(errorIn(body), sent)}`
      return this.#failed(
        'introspection_refused_us',
        `${answer}: the authorization server does not accept this server's client; check the client id and its secret (${credentialOptions})${hint}`,
      )
    }
    if (status === 403) {
      return this.#failed(
        'introspection_refused_us',
        `${found}: this server's client may not introspect; check the client id (${credentialOptions}) and its rights${hint}`,
      )
    }
    if (status === 404 || status === 405) {
      server.reportFailure('introspection_endpoint')
      const where = server.isConfigured('introspection_endpoint')
        ? `${endpointOption} is not an introspection endpoint`
        : `"introspection_endpoint" of the metadata is not an introspection endpoint; set ${endpointOption} to the right URL`
      return this.#failed('introspection_unavailable', `${found}: ${where}`)
    }
    return this.#failed('introspection_unavailable', found, retryAfter)
  }

  /**
   * Reads an answer (RFC7662-2). It must be a JSON object with the media type `application/json`.
   * `active` must be a boolean. For an active token, the members must have the types of RFC 7662 §2.2.
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
    const fault = answerFault(claims, this.#options.server.profile)
    if (fault !== undefined) throw this.#failed('introspection_answer_invalid', fault)
    return claims
  }

  #failed(reason: UnavailableReason, message: string, retryAfter?: number): UnavailableError {
    return new UnavailableError(
      reason,
      `introspection at ${this.#options.server.issuer}: ${message}`,
      // At most a minute. A server that asks for an hour must not stop this server for an hour.
      retryAfter === undefined ? {} : { retryAfter: Math.min(retryAfter, 60) },
    )
  }
}

/** Reads `error` of an error answer (RFC 6749 §5.2); `undefined` if there is none. */
function errorIn(body: Uint8Array): unknown {
  try {
    return parseStrictJsonObject(body).error
  } catch {
    return undefined
  }
}
