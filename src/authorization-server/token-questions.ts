import type { Claims } from '../token/verified-token.ts'
import type { CallLane } from './http/http-call.ts'

/** How the call about a token is made. @internal */
export interface Question {
  readonly lane: CallLane
  readonly signal?: AbortSignal | undefined
}

/** A way to ask an authorization server about tokens: introspection (RFC 7662) or tokeninfo. @internal */
export interface TokenQuestions {
  /**
   * Asks about one token.
   *
   * @returns the members of the answer except `active`; `undefined` if the token is not active
   * @throws {UnavailableError} if there is no reliable answer. That is never the caller's fault
   * (RFC7662-3).
   */
  introspect(token: string, question: Question): Promise<Claims | undefined>
  /**
   * Asks about a made-up token, to find mistakes in the options at start-up.
   *
   * @throws {UnavailableError} naming the option to check
   */
  ready(): Promise<void>
  /** Stops using the open connections, because an answer was about another token. */
  distrustConnections(): void
}
