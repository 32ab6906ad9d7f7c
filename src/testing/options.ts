import type { TestAlgorithm } from './test-key.ts'
import type { TestProfile } from './token-shapes.ts'

/** Options of `createTestIssuer` and `startTestIssuer`. */
export interface TestIssuerOptions {
  /**
   * The issuer identifier. `startTestIssuer` uses its path only.
   *
   * @defaultValue `'https://issuer.test'`
   */
  readonly issuer?: string
  /**
   * The protected resource: the audience of the tokens, and `resource` of the resource servers that the
   * issuer makes.
   *
   * @defaultValue `'https://mcp.example.com/mcp'`
   */
  readonly resource?: string
  /**
   * Whose tokens these look like.
   *
   * @defaultValue `'rfc9068'`
   */
  readonly profile?: TestProfile
  /**
   * The scopes of a token whose options name none.
   *
   * @defaultValue none
   */
  readonly scopes?: readonly string[]
  /**
   * The algorithm that signs the tokens.
   *
   * @defaultValue `'ES256'`
   */
  readonly algorithm?: TestAlgorithm
  /**
   * The clock of the issuer and of its resource servers, in milliseconds since the epoch, such as a
   * `createTestClock()`.
   *
   * @defaultValue `Date.now`
   */
  readonly clock?: () => number
}
