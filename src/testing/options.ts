import type { SignatureAlgorithm } from '../jws/algorithms.ts'
import type { TestKey } from './test-key.ts'
import type { TestTokenShape } from './token-shape.ts'
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
   * The kind of authorization server whose tokens the issuer makes: a name, or a shape of your own.
   *
   * @defaultValue `'rfc9068'`
   */
  readonly profile?: TestProfile | TestTokenShape
  /**
   * The scopes of a token whose options name none.
   *
   * @defaultValue none
   */
  readonly scopes?: readonly string[]
  /**
   * The algorithm of the keys that the issuer makes.
   *
   * @defaultValue `'ES256'`
   */
  readonly algorithm?: SignatureAlgorithm
  /**
   * The keys of the issuer. The first one signs, and all are published. Several issuers can share a key of
   * `createTestKey`.
   *
   * @defaultValue one new key
   */
  readonly keys?: readonly TestKey[]
  /**
   * The client that may introspect, revoke and ask for tokens.
   *
   * @defaultValue the resource as client id, and a random secret
   */
  readonly client?: TestClient
  /**
   * The clock of the issuer and of its resource servers, in milliseconds since the epoch, such as a
   * `createTestClock()`.
   *
   * @defaultValue `Date.now`
   */
  readonly clock?: () => number
}

/** An OAuth client of a test issuer, with its credentials. */
export interface TestClient {
  /** The id of the client. */
  readonly clientId: string
  /** Its secret, for `client_secret_basic` and `client_secret_post`. */
  readonly clientSecret: string
}

/** Options of `createDpopKey`. */
export interface TestDpopKeyOptions {
  /**
   * The algorithm of the proofs.
   *
   * @defaultValue `'ES256'`
   */
  readonly algorithm?: SignatureAlgorithm
  /**
   * The clock of the client, in milliseconds since the epoch: `iat` of the proofs. Use the clock of the
   * issuer.
   *
   * @defaultValue `Date.now`
   */
  readonly clock?: () => number
}
