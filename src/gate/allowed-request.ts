import { type AnswerHeaders, NO_HEADERS } from '../http/http-answer.ts'
import { mergeHeaders } from '../http/list-fields.ts'
import type { CheckedRequest } from '../mcp/policy/check-request.ts'
import type { Possession, PossessionProof } from '../sender-constraint/possession.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { Allowed } from './decision.ts'
import type { Gate } from './gate.ts'
import type { RequestSession } from './session.ts'

/** The results of the checks of an allowed request. */
interface Checked {
  readonly tokenText: string
  readonly token: VerifiedToken
  readonly possession: Possession
  readonly session: RequestSession
  readonly demand: CheckedRequest | undefined
}

/**
 * The decision about an allowed request. It keeps the token's text in a private field, so that the text
 * is not printed, copied or compared together with the decision.
 *
 * @internal
 */
export class AllowedRequest implements Allowed {
  readonly outcome = 'allowed'
  readonly token: VerifiedToken
  readonly possession: readonly PossessionProof[]
  readonly headers: AnswerHeaders
  readonly withheld: readonly string[]
  readonly streamEndsIn: number | undefined
  readonly message: unknown
  readonly sessionId: string | undefined
  readonly correlationId: string | undefined
  readonly #tokenText: string

  constructor(
    gate: Pick<Gate, 'streamGrace' | 'clockTolerance' | 'clock'>,
    { tokenText, token, possession, session, demand }: Checked,
    headers: AnswerHeaders,
    correlationId: string | undefined,
  ) {
    this.token = token
    this.possession = possession.proofs
    this.headers =
      possession.headers === NO_HEADERS ? headers : mergeHeaders(headers, possession.headers)
    this.withheld =
      possession.withheld.length === 0
        ? session.withheld
        : [...session.withheld, ...possession.withheld]
    this.streamEndsIn = streamEndsIn(token, gate)
    this.message = demand?.message
    this.sessionId = session.id
    this.correlationId = correlationId
    this.#tokenText = tokenText
  }

  /**
   * Returns the token of an allowed request, as text.
   *
   * @throws {TypeError} when the decision is a copy, which does not have the private field
   */
  static tokenTextOf(decision: Allowed): string {
    if (#tokenText in decision) return decision.#tokenText
    throw new TypeError(
      'tokenText: the decision must be the object that check() returned, not a copy of it',
    )
  }
}

/**
 * The seconds until an event stream must end. While requests with an expired token are still accepted,
 * their answers are not cut off, whatever `streamGrace` is.
 */
function streamEndsIn(
  { expiresAt }: VerifiedToken,
  { streamGrace, clockTolerance, clock }: Pick<Gate, 'streamGrace' | 'clockTolerance' | 'clock'>,
): number | undefined {
  if (streamGrace === false) return undefined
  const left = expiresAt - clock() / 1000
  return left + (left > 0 ? streamGrace : Math.max(streamGrace, clockTolerance))
}
