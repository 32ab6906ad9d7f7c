import type { AuthorizationServer } from '../authorization-server/authorization-server.ts'
import { createFormCall, type FormCall, sendForm } from '../authorization-server/form-call.ts'
import { describeOAuthError } from '../authorization-server/http/failure-words.ts'
import type { HttpReply } from '../authorization-server/http/http-call.ts'
import { UnavailableError } from '../errors/unavailable-error.ts'
import { parseStrictJsonObject } from '../jws/strict-json.ts'
import type { Clock } from '../storage/clock.ts'
import { readScopeList } from '../token/scope.ts'
import { refusalOf } from './refusals.ts'
import type { ExchangedToken } from './token-exchange.ts'
import { TokenExchangeError } from './token-exchange-error.ts'

/** The requested token. The caller cannot change this object. @internal */
export interface ExchangeRequest {
  readonly audience: string | undefined
  readonly resource: string | undefined
  readonly scopes: readonly string[]
  /** Aborted when no caller waits for the token any more. */
  readonly signal: AbortSignal | undefined
}

/** HTTP statuses of a refusal: 400 and 401 (RFC 6749 §5.2), and 403, which some servers use. */
const REFUSALS: ReadonlySet<number> = new Set([400, 401, 403])

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange'

/** The token endpoint of an authorization server, for token exchange (RFC 8693). @internal */
export class TokenExchangeEndpoint {
  readonly #server: AuthorizationServer
  readonly #clock: Clock

  /** @param server the authorization server, with this server's client */
  constructor(server: AuthorizationServer, clock: Clock) {
    this.#server = server
    this.#clock = clock
  }

  /**
   * Exchanges one token, without a cache.
   *
   * @throws {TokenExchangeError} if the authorization server refuses
   * @throws {UnavailableError} `token_exchange_unavailable` if there is no reliable answer
   */
  async exchange(
    subjectToken: string,
    { audience, resource, scopes, signal }: ExchangeRequest,
  ): Promise<ExchangedToken> {
    const form = new URLSearchParams({
      grant_type: GRANT,
      subject_token: subjectToken,
      subject_token_type: ACCESS_TOKEN,
      requested_token_type: ACCESS_TOKEN,
    })
    if (audience !== undefined) form.set('audience', audience)
    if (resource !== undefined) form.set('resource', resource)
    if (scopes.length > 0) form.set('scope', scopes.join(' '))
    const call = await createFormCall(this.#server, {
      endpoint: 'token_endpoint',
      form,
      purpose: 'token_exchange',
      // The caller's token has been verified before it is exchanged.
      lane: 'verified_tokens',
      failure: 'token_exchange_unavailable',
      signal,
    })
    const asked = this.#clock()
    const { reply, sent } = await sendForm(this.#server, call)
    const answer = this.#read(reply)
    if (reply.status !== 200) throw this.#refused(reply.status, answer, scopes, sent)
    return this.#accept(answer, scopes, asked)
  }

  #accept(
    answer: Readonly<Record<string, unknown>>,
    scopes: readonly string[],
    asked: number,
  ): ExchangedToken {
    const { access_token: accessToken, token_type: type, expires_in: lifetime, scope } = answer
    const { issued_token_type: issued = ACCESS_TOKEN } = answer
    if (issued !== ACCESS_TOKEN && issued !== 'urn:ietf:params:oauth:token-type:jwt') {
      throw this.#failed('"issued_token_type" is neither an access token nor a JWT')
    }
    if (typeof accessToken !== 'string' || accessToken === '') {
      throw this.#failed('the answer has no "access_token"')
    }
    // A token of another type cannot be used as a bearer token.
    if (typeof type !== 'string' || type.toLowerCase() !== 'bearer') {
      throw this.#failed('"token_type" is not "Bearer"')
    }
    if (typeof lifetime !== 'number' || !(lifetime >= 0) || lifetime === Number.POSITIVE_INFINITY) {
      throw this.#failed('the answer has no "expires_in"')
    }
    return {
      accessToken,
      // If the clock was set back during the call, the current time counts.
      expiresAt: Math.min(asked, this.#clock()) / 1000 + lifetime,
      // The answer may leave out `scope` if it is the requested scope (RFC 6749 §5.1).
      scopes: scope === undefined ? scopes : this.#readScopes(scope),
    }
  }

  #readScopes(scope: unknown): readonly string[] {
    try {
      return readScopeList(scope)
    } catch (error) {
      // Do not throw the ChallengeError: the authorization server sent the scope, not the caller.
      throw this.#failed((error as Error).message)
    }
  }

  #refused(
    status: number,
    { error, error_description: description }: Readonly<Record<string, unknown>>,
    scopes: readonly string[],
    sent: FormCall,
  ): Error {
    if (status === 404 || status === 405) this.#server.reportFailure('token_endpoint')
    if (typeof error !== 'string' || !REFUSALS.has(status)) {
      return this.#failed(`HTTP ${status}`)
    }
    const { profile } = this.#server
    const reason = refusalOf(status, error, description, profile)
    // The description is left out, because it may quote the token.
    const { method, options } = sent.client
    const by =
      reason === 'client_refused' ? `; client authentication by ${method} (${options})` : ''
    const detail = `HTTP ${status}, ${describeOAuthError(error, sent)}${by}`
    return new TokenExchangeError(reason, detail, scopes, profile.hints.exchangeRefused(reason))
  }

  #read({ status, body }: HttpReply): Record<string, unknown> {
    try {
      return parseStrictJsonObject(body)
    } catch (error) {
      throw this.#failed(`HTTP ${status}, ${(error as Error).message}`)
    }
  }

  #failed(message: string): UnavailableError {
    return new UnavailableError(
      'token_exchange_unavailable',
      `token exchange at ${this.#server.issuer}: ${message}`,
    )
  }
}
