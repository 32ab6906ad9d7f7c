import type { Decision } from 'mcp-resource-server'
import {
  assertAllowed,
  assertChallenged,
  createTestIssuer,
  type McpMatchers,
  mcpMatchers,
} from 'mcp-resource-server/testing'
import { expect, expectTypeOf, it } from 'vitest'

declare module 'vitest' {
  interface Matchers<R extends void | Promise<void>, T> extends McpMatchers<R> {}
}

it('has matchers that expect knows', () => {
  expect.extend(mcpMatchers)
  const check = (decision: Decision) => {
    expect(decision).toBeAllowed({ subject: 'alice' })
    expect(decision).not.toBeChallenged({ status: 401, reason: 'token_expired' })
    // @ts-expect-error no such reason
    expect(decision).toBeChallenged({ reason: 'token_old' })
    // @ts-expect-error no such member
    expect(decision).toBeRefused({ scopes: [] })
  }
  expectTypeOf(check).toBeFunction()
})

it('has assertions that narrow a decision, and that wait for a Response', () => {
  const check = (decision: Decision) => {
    assertAllowed(decision)
    expectTypeOf(decision.outcome).toEqualTypeOf<'allowed'>()
  }
  expectTypeOf(check).toBeFunction()
  const wait = (response: Response) => assertChallenged(response)
  expectTypeOf(wait).returns.toEqualTypeOf<Promise<void>>()
})

it('has options that a misspelling does not pass', () => {
  // @ts-expect-error no such profile
  createTestIssuer({ profile: 'auth1' })
  // @ts-expect-error no such option
  createTestIssuer({ scope: ['mcp:tools'] })
})
