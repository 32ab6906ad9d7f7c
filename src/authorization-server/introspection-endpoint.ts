import { randomUUID } from 'node:crypto'
import type { UnavailableReason } from '../errors/reasons.ts'
import { UnavailableError } from '../errors/unavailable-error.ts'
import { parseStrictJsonObject } from '../jws/strict-json.ts'
import type { Clock } from '../storage/clock.ts'
import { isThenable, whenSettled } from '../storage/maybe-promise.ts'
import { answerFault } from '../token/introspection-answer.ts'
import type { Claims } from '../token/verified-token.ts'
import { createFormCall, type FormCall, sendForm } from './form-call.ts'
import { describeOAuthError } from './http/failure-words.ts'
import type { HttpReply } from './http/http-call.ts'
import type { SignedAnswerMode } from './options.ts'
import { SignedAnswers } from './signed-answers.ts'
import type { TokenIssuer } from './token-issuer.ts'
import type { Question, TokenQuestions } from './token-questions.ts'

/** @internal */
export interface IntrospectionEndpointOptions {
  /** The authorization server. It must have this server's client. */
  readonly server: TokenIssuer
  /** The option that sets the endpoint's URL, for messages. */
  readonly endpointOption: string
  /** Id of this server's client. */
  readonly clientId: string
  readonly signedAnswers: SignedAnswerMode
  readonly clockTolerance: number
  readonly clock: Clock
}

/** The introspection endpoint of an authorization server (RFC 7662). @internal */
export class IntrospectionEndpoint implements TokenQuestions {
  readonly #options: IntrospectionEndpointOptions
  readonly #signed: SignedAnswers

  constructor(options: IntrospectionEndpointOptions) {
    this.#options = options
    this.#signed = new SignedAnswers({ ...options, mode: options.signedAnswers })
  }

  /**
   * Introspects one token.
   *
   * @returns the members of the answer except `active`; `undefined` if the token is not active
   * @throws {UnavailableError} if there is no reliable answer. That is never the caller's fault
   * (RFC7662-3).
   */
  async introspect(token: string, question: Question): Promise<Claims | undefined> {
    const { server, clock } = this.#options
    const prepared = whenSettled(this.#signed.accept(), (accept) =>
      createFormCall(server, {
        endpoint: 'introspection_endpoint',
        form: new URLSearchParams({ token, token_type_hint: 'access_token' }),
        accept,
        purpose: 'introspection',
        lane: question.lane,
        failure: 'introspection_unavailable',
        signal: question.signal,
      }),
    )
    // This may run for every request, so do not wait for a promise without need.
    const call = isThenable(prepared) ? await prepared : prepared
    const asked = clock() / 1000
    const { reply, sent } = await sendForm(server, call)
    if (reply.status !== 200) throw this.#refused(reply, sent)
    const format = this.#signed.format(reply.contentType)
    if (format === 'plain') return this.#readMembers(this.#readJson(reply.body))
    const answer =
      format === 'signed' ? await this.#signed.read(reply.body, asked, clock() / 1000) : format
    if ('fault' in answer) throw this.#failed('introspection_answer_invalid', answer.fault)
    return this.#readMembers(answer.members)
  }

  /**
   * Introspects a made-up token, to find wrong credentials or a wrong URL at start-up.
   *
   * @throws {UnavailableError} naming the option to check
   */
  async ready(): Promise<void> {
    const { server } = this.#options
    await server.client?.assertSupported(server, 'introspection_endpoint')
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

  #refused({ status, retryAfter, body }: HttpReply, sent: FormCall): UnavailableError {
    const { server, endpointOption } = this.#options
    const { method, credential, options } = sent.client
    const found = `HTTP ${status}`
    const advice = server.profile.hints.clientRefused(status)
    const hint = advice === undefined ? '' : `; ${advice}`
    if (status === 400 || status === 401) {
      const answer = `${found}, ${describeOAuthError(errorIn(body), sent)}`
      return this.#failed(
        'introspection_refused_us',
        `${answer}: the authorization server does not accept this server's client, which authenticates by ${method}; check the client id and ${credential} (${options})${hint}`,
      )
    }
    if (status === 403) {
      return this.#failed(
        'introspection_refused_us',
        `${found}: this server's client may not introspect; check the client id (${options}) and its rights${hint}`,
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

  /** Reads a plain answer, which must be a JSON object (RFC7662-2). */
  #readJson(body: Uint8Array): Record<string, unknown> {
    try {
      return parseStrictJsonObject(body)
    } catch (error) {
      throw this.#failed('introspection_answer_invalid', (error as Error).message)
    }
  }

  /**
   * Reads the members of an answer (RFC7662-2). `active` must be a boolean. For an active token, the
   * members must have the types of RFC 7662 §2.2. Keycloak can add `jwt`, which is a whole access token: a
   * secret, and no claim.
   */
  #readMembers({ active, jwt: _, ...claims }: Record<string, unknown>): Claims | undefined {
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
