import type { AnswerHeaders } from '../http/http-answer.ts'
import type { CheckedRequest } from '../mcp/policy/check-request.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { Allowed } from './decision.ts'
import type { Gate } from './gate.ts'
import type { RequestSession } from './session.ts'

/** What the checks of an allowed request found. */
interface Checked {
  readonly tokenText: string
  readonly token: VerifiedToken
  readonly session: RequestSession
  readonly demand: CheckedRequest | undefined
}

/**
 * The decision about a request that may go on. It holds the token's text where nothing that prints,
 * copies or compares the decision finds it.
 *
 * @internal
 */
export class AllowedRequest implements Allowed {
  readonly outcome = 'allowed'
  readonly token: VerifiedToken
  readonly headers: AnswerHeaders
  readonly withheld: readonly string[]
  readonly streamEndsIn: number | undefined
  readonly message: unknown
  readonly sessionId: string | undefined
  readonly correlationId: string | undefined
  readonly #tokenText: string

  constructor(
    { streamGrace, clock }: Pick<Gate, 'streamGrace' | 'clock'>,
    { tokenText, token, session, demand }: Checked,
    headers: AnswerHeaders,
    correlationId: string | undefined,
  ) {
    this.token = token
    this.headers = headers
    this.withheld = session.withheld
    this.streamEndsIn =
      streamGrace === false ? undefined : token.expiresAt + streamGrace - clock() / 1000
    this.message = demand?.message
    this.sessionId = session.id
    this.correlationId = correlationId
    this.#tokenText = tokenText
  }

  /**
   * The text of the token that a request showed.
   *
   * @throws {TypeError} where the decision is a copy, which has none
   */
  static tokenTextOf(decision: Allowed): string {
    if (#tokenText in decision) return decision.#tokenText
    throw new TypeError('tokenText: takes the decision that check() gave, not a copy of it')
  }
}
