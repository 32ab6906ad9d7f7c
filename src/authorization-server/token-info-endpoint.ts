import { randomUUID } from 'node:crypto'
import { ChallengeError } from '../errors/challenge-error.ts'
import { UnavailableError } from '../errors/unavailable-error.ts'
import { parseStrictJsonObject } from '../jws/strict-json.ts'
import type { Clock } from '../storage/clock.ts'
import { answerFault } from '../token/introspection-answer.ts'
import type { Claims } from '../token/verified-token.ts'
import type { AuthorizationServer } from './authorization-server.ts'
import { describeOAuthError } from './http/failure-words.ts'
import type { HttpCall, HttpReply } from './http/http-call.ts'
import type { Question, TokenQuestions } from './token-questions.ts'

/** @internal */
export interface TokenInfoEndpointOptions {
  readonly server: AuthorizationServer
  /** The URL of the endpoint, checked already. */
  readonly url: string
  /** The option that sets the URL, for messages. */
  readonly urlOption: string
  readonly clock: Clock
}

/** What a token may consist of where it stands in a header field (RFC 6750 §2.1). */
const HEADER_TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/

/** What Google's endpoints call a token that they do not accept, in `error` or `error_description`. */
const INACTIVE = new Set(['invalid_token', 'Invalid Value'])

/**
 * A tokeninfo endpoint, which Google has in place of introspection. It differs from RFC 7662:
 *
 * - It knows no client of this server. The token itself is sent as a bearer token.
 * - An answer has no member `active`. A token that is not accepted is answered with 400.
 * - A number in an answer may be a string.
 *
 * The members of an answer must pass the same rules as those of an introspection answer.
 *
 * The token is in a header field and not in the URL, so that no log of URLs has it, as in Google's own
 * library: https://github.com/googleapis/google-auth-library-nodejs (`getTokenInfo`).
 *
 * @internal
 */
export class TokenInfoEndpoint implements TokenQuestions {
  readonly #options: TokenInfoEndpointOptions

  constructor(options: TokenInfoEndpointOptions) {
    this.#options = options
  }

  /**
   * Asks about one token.
   *
   * @returns the members of the answer, with `exp` as a number; `undefined` if the token is not accepted
   * @throws {ChallengeError} `token_malformed`: the token cannot be sent in a header field
   * @throws {UnavailableError} if there is no reliable answer
   */
  async introspect(token: string, { lane, signal }: Question): Promise<Claims | undefined> {
    if (!HEADER_TOKEN.test(token)) {
      throw new ChallengeError('token_malformed', 'the token has characters that no token may have')
    }
    const { server, url, clock } = this.#options
    const asked = clock() / 1000
    const call: HttpCall = {
      purpose: 'introspection',
      issuer: server.issuer,
      lane,
      failure: 'introspection_unavailable',
      method: 'POST',
      url,
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${token}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: '',
      signal,
    }
    const reply = await server.http.call(call)
    if (reply.status === 400 || reply.status === 401) return this.#readRefusal(reply, call)
    if (reply.status !== 200) throw this.#unavailable(reply)
    return this.#readAnswer(this.#readJson(reply.body), asked)
  }

  /**
   * Asks about a made-up token, to find a wrong URL at start-up.
   *
   * @throws {UnavailableError} naming the option to check
   */
  async ready(): Promise<void> {
    const answer = await this.introspect(`made-up-${randomUUID()}`, { lane: 'verified_tokens' })
    if (answer === undefined) return
    throw this.#invalid('the endpoint accepts a made-up token')
  }

  /** Stops using the open connections, because an answer was about another token. */
  distrustConnections(): void {
    const { http, issuer } = this.#options.server
    http.distrust(issuer)
  }

  /** Reads a refusal. Only a refusal of the token says that the token is not active. */
  #readRefusal({ status, body }: HttpReply, sent: HttpCall): undefined {
    const { error, error_description: description } = this.#readJson(body)
    const reason = error ?? description
    if (typeof reason === 'string' && INACTIVE.has(reason)) return undefined
    throw this.#invalid(`HTTP ${status}, ${describeOAuthError(reason, sent)}`)
  }

  /** Reads `exp`, or `expires_in` if there is no `exp`. Google writes both as strings of digits. */
  #readAnswer({ expires_in: expiresIn, ...answer }: Claims, asked: number): Claims {
    if (answer.error !== undefined) throw this.#invalid('the answer is an error with HTTP 200')
    const left = readDigits(expiresIn)
    const exp =
      answer.exp === undefined && left !== undefined ? asked + left : readDigits(answer.exp)
    if (exp === undefined) throw this.#invalid('neither "exp" nor "expires_in" is a number')
    const claims = { ...answer, exp }
    const fault = answerFault(claims, this.#options.server.profile)
    if (fault !== undefined) throw this.#invalid(fault)
    return claims
  }

  #readJson(body: Uint8Array): Record<string, unknown> {
    try {
      return parseStrictJsonObject(body)
    } catch (error) {
      throw this.#invalid((error as Error).message)
    }
  }

  #invalid(message: string): UnavailableError {
    return new UnavailableError('introspection_answer_invalid', this.#message(message))
  }

  #unavailable({ status, retryAfter }: HttpReply): UnavailableError {
    const advice = status === 404 || status === 405 ? `: check \`${this.#options.urlOption}\`` : ''
    return new UnavailableError(
      'introspection_unavailable',
      this.#message(`HTTP ${status}${advice}`),
      // At most a minute. A server that asks for an hour must not stop this server for an hour.
      retryAfter === undefined ? {} : { retryAfter: Math.min(retryAfter, 60) },
    )
  }

  #message(message: string): string {
    return `tokeninfo of ${this.#options.server.issuer}: ${message}`
  }
}

/** Reads a whole number, or a string of digits. */
function readDigits(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : undefined
}
