import {
  authenticateClient,
  type ClientAuthentication,
} from '../authorization-server/client-authentication/client-authentication.ts'
import type { Discovery } from '../authorization-server/discovery.ts'
import { describeOAuthError, type Sent } from '../authorization-server/http/failure-words.ts'
import type { HttpReply } from '../authorization-server/http/http-call.ts'
import type { HttpClient } from '../authorization-server/http/http-client.ts'
import { UnavailableError } from '../errors.ts'
import { readScopeList } from '../token/scope.ts'
import type { SettledProfile } from '../token/settled-profile.ts'
import { parseStrictJsonObject } from '../token/strict-json.ts'
import { refusalOf } from './refusals.ts'
import { TokenExchangeError } from './token-exchange-error.ts'

/** What the exchanged token is for. */
export interface ExchangeTarget {
  /** Logical name of the target service, in Keycloak its client id (RFC 8693 §2.1). */
  readonly audience?: string
  /** URI of the target service, where the authorization server knows RFC 8707. */
  readonly resource?: string
  /** Scopes of the exchanged token. */
  readonly scopes?: readonly string[]
}

/** A token for a downstream service, issued for the caller whose token was exchanged. */
export interface ExchangedToken {
  /** To be sent to the target alone. */
  readonly accessToken: string
  /** Seconds since the epoch. */
  readonly expiresAt: number
  readonly scopes: readonly string[]
}

/** A copy of the request for an exchange, which the caller cannot change any more. @internal */
export interface ExchangeRequest {
  readonly audience: string | undefined
  readonly resource: string | undefined
  readonly scopes: readonly string[]
  /** Aborted when nobody waits for the token. */
  readonly signal: AbortSignal | undefined
}

/** Statuses of a refusal: 400 and 401 (RFC 6749 §5.2), and 403, which some servers use. */
const REFUSALS: ReadonlySet<number> = new Set([400, 401, 403])

/** @internal */
export interface TokenExchangeEndpointOptions {
  readonly issuer: string
  readonly http: HttpClient
  readonly authentication: ClientAuthentication
  readonly clock: () => number
  /** The endpoint's URL, or where to learn it. */
  readonly from: string | Discovery
  readonly profile: SettledProfile
}

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange'

/** Exchanges one token at the token endpoint (RFC 8693). @internal */
export class TokenExchangeEndpoint {
  readonly #options: TokenExchangeEndpointOptions

  constructor(options: TokenExchangeEndpointOptions) {
    this.#options = options
  }

  /**
   * @throws {TokenExchangeError} when the authorization server refuses
   * @throws {UnavailableError} `token_exchange_unavailable`, when it gives no reliable answer
   */
  async exchange(
    subjectToken: string,
    { audience, resource, scopes, signal }: ExchangeRequest,
  ): Promise<ExchangedToken> {
    const { issuer, http, authentication, clock, from } = this.#options
    const url = typeof from === 'string' ? from : await from.endpoint('token_endpoint')
    const headers: Record<string, string> = {
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
    }
    const form = new URLSearchParams({
      grant_type: GRANT,
      subject_token: subjectToken,
      subject_token_type: ACCESS_TOKEN,
      requested_token_type: ACCESS_TOKEN,
    })
    if (audience !== undefined) form.set('audience', audience)
    if (resource !== undefined) form.set('resource', resource)
    if (scopes.length > 0) form.set('scope', scopes.join(' '))
    await authenticateClient(authentication, { headers, body: form, url })
    const body = form.toString()
    const asked = clock()
    const reply = await http.call({
      purpose: 'token_exchange',
      issuer,
      // The caller's token has been verified before it is exchanged.
      lane: 'verified_tokens',
      failure: 'token_exchange_unavailable',
      method: 'POST',
      url,
      headers,
      body,
      signal,
    })
    const answer = this.#read(reply)
    if (reply.status !== 200) throw this.#refused(reply.status, answer, scopes, { headers, body })
    return this.#accept(answer, scopes, asked)
  }

  #accept(
    answer: Readonly<Record<string, unknown>>,
    scopes: readonly string[],
    asked: number,
  ): ExchangedToken {
    const { clock } = this.#options
    const { access_token: accessToken, token_type: type, expires_in: lifetime, scope } = answer
    const { issued_token_type: issued = ACCESS_TOKEN } = answer
    if (issued !== ACCESS_TOKEN && issued !== 'urn:ietf:params:oauth:token-type:jwt') {
      throw this.#failed('"issued_token_type" is neither an access token nor a JWT')
    }
    if (typeof accessToken !== 'string' || accessToken === '') {
      throw this.#failed('the answer has no "access_token"')
    }
    // A token of another type could not be used as a bearer token towards the target.
    if (typeof type !== 'string' || type.toLowerCase() !== 'bearer') {
      throw this.#failed('"token_type" is not "Bearer"')
    }
    if (typeof lifetime !== 'number' || !(lifetime >= 0) || lifetime === Number.POSITIVE_INFINITY) {
      throw this.#failed('the answer has no "expires_in"')
    }
    return {
      accessToken,
      // By the clock as it is now, where it was set back since.
      expiresAt: Math.min(asked, clock()) / 1000 + lifetime,
      // RFC 6749 §5.1: left out where it is what was asked for.
      scopes: scope === undefined ? scopes : this.#readScopes(scope),
    }
  }

  #readScopes(scope: unknown): readonly string[] {
    try {
      return readScopeList(scope)
    } catch (error) {
      // The same in a caller's token is the caller's fault.
      throw this.#failed((error as Error).message)
    }
  }

  #refused(
    status: number,
    { error, error_description: description }: Readonly<Record<string, unknown>>,
    scopes: readonly string[],
    sent: Sent,
  ): Error {
    const { from, profile } = this.#options
    if (typeof from !== 'string' && (status === 404 || status === 405)) from.expire()
    if (typeof error !== 'string' || !REFUSALS.has(status)) {
      return this.#failed(`HTTP ${status}`)
    }
    const reason = refusalOf(status, error, description, profile)
    // Without the description: it is free text, and may quote the token.
    const detail = `HTTP ${status}, ${describeOAuthError(error, sent)}`
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
      `token exchange at ${this.#options.issuer}: ${message}`,
    )
  }
}
