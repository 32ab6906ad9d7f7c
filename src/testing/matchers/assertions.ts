import { AssertionError } from 'node:assert'
import type { Allowed, Challenged, Refused, Unavailable } from '../../gate/decision.ts'
import {
  compare,
  type ExpectedAllowed,
  type ExpectedChallenge,
  type ExpectedRefusal,
  type ExpectedUnavailable,
} from './expectations.ts'
import { type Outcome, type OutcomeName, readOutcome } from './outcome.ts'
import { isResponse, readResponse } from './response-outcome.ts'

/**
 * Asserts that a request was allowed, or that a token is good. Await it for a `Response`.
 *
 * @throws {AssertionError} explaining the decision
 *
 * @example
 * ```ts
 * import { assertAllowed, createTestIssuer, testRequest } from 'mcp-resource-server/testing'
 *
 * await using issuer = createTestIssuer()
 * const token = await issuer.token({ subject: 'alice' })
 * const decision = await issuer.resourceServer().authenticate(await testRequest({ token }))
 * assertAllowed(decision, { subject: 'alice' })
 * console.log(decision.token.subject)
 * ```
 */
export function assertAllowed(answer: Response, expected?: ExpectedAllowed): Promise<void>
export function assertAllowed(
  decision: unknown,
  expected?: ExpectedAllowed,
): asserts decision is Allowed
export function assertAllowed(value: unknown, expected?: ExpectedAllowed): Promise<void> | void {
  return check('assertAllowed', value, 'allowed', expected)
}

/**
 * Asserts that the caller needs another token: 400, 401 or 403, with a challenge. It takes a decision, a
 * `ChallengeError`, or a `Response`. Await it for a `Response`.
 *
 * @throws {AssertionError} explaining the decision
 *
 * @example
 * ```ts
 * import { assertChallenged, createTestIssuer } from 'mcp-resource-server/testing'
 *
 * await using issuer = createTestIssuer()
 * const token = await issuer.token({ expiresIn: -60 })
 * const error = await issuer
 *   .resourceServer()
 *   .verify(token)
 *   .catch((reason: unknown) => reason)
 * assertChallenged(error, { status: 401, reason: 'token_expired' })
 * ```
 */
export function assertChallenged(answer: Response, expected?: ExpectedChallenge): Promise<void>
export function assertChallenged(
  decision: unknown,
  expected?: ExpectedChallenge,
): asserts decision is Challenged
export function assertChallenged(
  value: unknown,
  expected?: ExpectedChallenge,
): Promise<void> | void {
  return check('assertChallenged', value, 'challenged', expected)
}

/**
 * Asserts that a request was refused, and that another token would not help. It takes a decision or a
 * `Response`. Await it for a `Response`.
 *
 * @throws {AssertionError} explaining the decision
 *
 * @example
 * ```ts
 * import { assertRefused, createTestIssuer, testRequest } from 'mcp-resource-server/testing'
 *
 * await using issuer = createTestIssuer()
 * const resourceServer = issuer.resourceServer()
 * const headers = { origin: 'https://evil.example' }
 * const request = await testRequest({ token: await issuer.token(), headers })
 * assertRefused(await resourceServer.authenticate(request), { reason: 'origin_refused' })
 * ```
 */
export function assertRefused(answer: Response, expected?: ExpectedRefusal): Promise<void>
export function assertRefused(
  decision: unknown,
  expected?: ExpectedRefusal,
): asserts decision is Refused
export function assertRefused(value: unknown, expected?: ExpectedRefusal): Promise<void> | void {
  return check('assertRefused', value, 'refused', expected)
}

/**
 * Asserts that a request could not be checked: 503. It takes a decision, an `UnavailableError`, or a
 * `Response`. Await it for a `Response`.
 *
 * @throws {AssertionError} explaining the decision
 *
 * @example
 * ```ts
 * import { assertUnavailable, createTestIssuer, testRequest } from 'mcp-resource-server/testing'
 *
 * await using issuer = createTestIssuer()
 * const resourceServer = issuer.resourceServer()
 * using outage = issuer.outage()
 * const request = await testRequest({ token: await issuer.token() })
 * assertUnavailable(await resourceServer.authenticate(request), { reason: 'discovery_failed' })
 * ```
 */
export function assertUnavailable(answer: Response, expected?: ExpectedUnavailable): Promise<void>
export function assertUnavailable(
  decision: unknown,
  expected?: ExpectedUnavailable,
): asserts decision is Unavailable
export function assertUnavailable(
  value: unknown,
  expected?: ExpectedUnavailable,
): Promise<void> | void {
  return check('assertUnavailable', value, 'unavailable', expected)
}

function check(
  where: string,
  value: unknown,
  wanted: OutcomeName,
  expected: object | undefined,
): Promise<void> | void {
  const settle = (seen: Outcome | undefined): void => {
    const { pass, message } = compare(where, seen, wanted, expected)
    if (pass) return
    throw new AssertionError({ message, operator: where, stackStartFn: STARTS[wanted] })
  }
  return isResponse(value) ? readResponse(value).then(settle) : settle(readOutcome(value))
}

/** The stack of an error begins where the test called the assertion. */
const STARTS: Readonly<Record<OutcomeName, (...values: never[]) => unknown>> = {
  allowed: assertAllowed,
  challenged: assertChallenged,
  refused: assertRefused,
  unavailable: assertUnavailable,
  preflight: check,
}
