import {
  type Comparison,
  compare,
  type ExpectedAllowed,
  type ExpectedChallenge,
  type ExpectedRefusal,
  type ExpectedUnavailable,
} from './expectations.ts'
import { type OutcomeName, readOutcome } from './outcome.ts'
import { isResponse, readResponse } from './response-outcome.ts'

/** The result of a matcher, as `expect.extend` of vitest and jest take it. */
export interface McpMatcherResult {
  /** Whether the decision is as expected. */
  readonly pass: boolean
  /** Explains the decision. */
  message(): string
}

/** The matchers of `mcpMatchers`, as they are called after `expect(value)`. */
export interface McpMatchers<Result = unknown> {
  /** The request was allowed, or the token is good. */
  toBeAllowed(expected?: ExpectedAllowed): Result
  /** The caller needs another token: 400, 401 or 403, with a challenge. */
  toBeChallenged(expected?: ExpectedChallenge): Result
  /** The request was refused, and another token would not help. */
  toBeRefused(expected?: ExpectedRefusal): Result
  /** The request could not be checked: 503. */
  toBeUnavailable(expected?: ExpectedUnavailable): Result
}

/** A matcher: it takes what a test has received, and what the test expects of it. */
export type McpMatcher<Expected> = (
  received: unknown,
  expected?: Expected,
) => McpMatcherResult | Promise<McpMatcherResult>

/**
 * Matchers for `expect.extend` of vitest and jest. They take a decision of `authenticate()`, an error or a
 * token of `verify()`, or a `Response`; await the matcher of a `Response`. A failure explains the decision.
 *
 * @example
 * ```ts
 * import { createTestIssuer, mcpMatchers, testRequest } from 'mcp-resource-server/testing'
 * import { expect } from 'vitest'
 *
 * expect.extend(mcpMatchers)
 *
 * await using issuer = createTestIssuer()
 * const resourceServer = issuer.resourceServer({ requiredScopes: ['mcp:tools'] })
 * const token = await issuer.token({ scopes: ['mcp:read'] })
 * const decision = await resourceServer.authenticate(await testRequest({ token }))
 * expect(decision).toMatchObject({ outcome: 'challenged' })
 * ```
 */
export const mcpMatchers: {
  readonly toBeAllowed: McpMatcher<ExpectedAllowed>
  readonly toBeChallenged: McpMatcher<ExpectedChallenge>
  readonly toBeRefused: McpMatcher<ExpectedRefusal>
  readonly toBeUnavailable: McpMatcher<ExpectedUnavailable>
} = Object.freeze({
  toBeAllowed: (received: unknown, expected?: ExpectedAllowed) =>
    match('toBeAllowed', received, 'allowed', expected),
  toBeChallenged: (received: unknown, expected?: ExpectedChallenge) =>
    match('toBeChallenged', received, 'challenged', expected),
  toBeRefused: (received: unknown, expected?: ExpectedRefusal) =>
    match('toBeRefused', received, 'refused', expected),
  toBeUnavailable: (received: unknown, expected?: ExpectedUnavailable) =>
    match('toBeUnavailable', received, 'unavailable', expected),
})

function match(
  where: string,
  received: unknown,
  wanted: OutcomeName,
  expected: object | undefined,
): McpMatcherResult | Promise<McpMatcherResult> {
  if (isResponse(received)) {
    return readResponse(received).then((seen) => resultOf(compare(where, seen, wanted, expected)))
  }
  return resultOf(compare(where, readOutcome(received), wanted, expected))
}

function resultOf({ pass, message }: Comparison): McpMatcherResult {
  return { pass, message: () => message }
}
