export { createTestIssuer } from './create-test-issuer.ts'
export { createTestKey } from './create-test-key.ts'
export { createTestResourceServer } from './create-test-resource-server.ts'
export { createDpopKey, type TestDpopKey, type TestProofOptions } from './dpop-key.ts'
export type { TestForgedTokenOptions, TestForgery } from './forged-token.ts'
export type { TestChange, TestEndpoint, TestOutageOptions } from './issuer-changes.ts'
export type { TestRotationOptions } from './issuer-keys.ts'
export type { TestLogoutTokenOptions } from './logout-token.ts'
export {
  assertAllowed,
  assertChallenged,
  assertRefused,
  assertUnavailable,
} from './matchers/assertions.ts'
export { type DecisionRecord, recordDecisions } from './matchers/decision-record.ts'
export type {
  ExpectedAllowed,
  ExpectedChallenge,
  ExpectedRefusal,
  ExpectedUnavailable,
} from './matchers/expectations.ts'
export {
  type McpMatcher,
  type McpMatcherResult,
  type McpMatchers,
  mcpMatchers,
} from './matchers/mcp-matchers.ts'
export type { TestClient, TestDpopKeyOptions, TestIssuerOptions } from './options.ts'
export type { TestRequestOptions } from './request-options-schema.ts'
export { startTestIssuer } from './start-test-issuer.ts'
export type { TestAnswer, TestFailure, TestIssuerRequest, TestResponder } from './test-answer.ts'
export { createTestClock, type TestClock } from './test-clock.ts'
export type { TestIssuer } from './test-issuer.ts'
export type { TestKey, TestKeyOptions } from './test-key.ts'
export { testFetchRequest, testRequest } from './test-request.ts'
export type { TestJwtOptions, TestTokenOptions } from './token-options.ts'
export type { TestTokenContent, TestTokenShape } from './token-shape.ts'
export type { TestProfile } from './token-shapes.ts'
