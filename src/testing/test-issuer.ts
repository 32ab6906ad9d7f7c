import type { Dispatcher } from 'undici'
import type { AuthorizationServerOptions } from '../resource-server/authorization-server-options.ts'
import type { ResourceServerOptions } from '../resource-server/options.ts'
import type { ResourceServer } from '../resource-server/resource-server.ts'
import type { TestForgedTokenOptions } from './forged-token.ts'
import type { TestChange, TestEndpoint, TestOutageOptions } from './issuer-changes.ts'
import type { TestRotationOptions } from './issuer-keys.ts'
import type { TestLogoutTokenOptions } from './logout-token.ts'
import type { TestClient } from './options.ts'
import type { TestAnswer, TestFailure, TestIssuerRequest, TestResponder } from './test-answer.ts'
import type { TestClock } from './test-clock.ts'
import type { TestKey, TestKeyOptions } from './test-key.ts'
import type { TestJwtOptions, TestTokenOptions } from './token-options.ts'

/** An authorization server for tests. It has keys, metadata and introspection, and makes tokens. */
export interface TestIssuer extends AsyncDisposable {
  /** The issuer identifier: `iss` of its tokens. */
  readonly issuer: string
  /** The resource that its tokens are for, unless their options name another audience. */
  readonly resource: string
  /** The clock of the issuer and of its resource servers. */
  readonly clock: TestClock | (() => number)
  /** The client that may introspect, revoke and ask for tokens. */
  readonly client: TestClient

  /** The key that signs tokens. */
  readonly signingKey: TestKey
  /** The public keys in the key set. */
  readonly keys: readonly TestKey['publicKey'][]
  /** Publishes one more key, which does not sign. */
  addKey(key?: TestKey | TestKeyOptions): TestKey
  /** Signs with a new key from now on. The old keys stay published, unless `keepOld` is `false`. */
  rotateKeys(options?: TestRotationOptions): TestKey
  /** Takes a key out of the key set. Tokens that it signed are no longer valid. */
  removeKey(key: string | TestKey): void

  /** Makes a JWT access token. With the profile `google`, which has none, it throws a `TypeError`. */
  token(options?: TestJwtOptions): Promise<string>
  /** Makes an opaque access token, which only introspection understands. */
  opaqueToken(options?: TestTokenOptions): string
  /** Makes a token that no resource server may accept. */
  forgedToken(options?: TestForgedTokenOptions): Promise<string>
  /** Revokes a token of this issuer: introspection calls it inactive from now on. */
  revoke(token: string): void
  /**
   * Revokes everything that was issued until now: introspection calls it inactive. With the profile
   * `keycloak`, the issuer's URL tells it too, as `tokens-not-before`.
   */
  revokeAll(): void
  /** Makes a logout token (OpenID Connect Back-Channel Logout 1.0), for the endpoint of a resource server. */
  logoutToken(options?: TestLogoutTokenOptions): Promise<string>

  /** The metadata, as it is published now. */
  readonly metadata: Readonly<Record<string, unknown>>
  /** Changes members of the metadata. A member that is `undefined` is left out. */
  changeMetadata(members: Readonly<Record<string, unknown>>): void
  /** Replaces the answers of an endpoint: by an answer, a failure, or a function. */
  replaceAnswer(
    of: TestEndpoint | readonly TestEndpoint[],
    answer: TestAnswer | TestFailure | TestResponder,
  ): TestChange
  /** Makes the issuer, or a part of it, fail until the outage is ended. */
  outage(options?: TestOutageOptions): TestChange

  /** The requests that have arrived, in order. The oldest ones are dropped after 10 000. */
  readonly requests: readonly TestIssuerRequest[]
  /** The requests that have arrived at an endpoint, in order. */
  requestsTo(endpoint: TestEndpoint): readonly TestIssuerRequest[]
  /** Forgets the requests that have arrived. */
  forgetRequests(): void

  /** The issuer as a `fetch`, for the option `http.fetch`. */
  readonly fetch: typeof globalThis.fetch
  /** The issuer as a dispatcher of undici, for the option `http.dispatcher`. */
  readonly dispatcher: Dispatcher
  /** The options of this authorization server for `createResourceServer`. */
  authorizationServer(
    options?: Omit<AuthorizationServerOptions, 'issuer'>,
  ): AuthorizationServerOptions
  /**
   * Makes a resource server that trusts this issuer. It is closed when the issuer is disposed of.
   *
   * @param options the options of your server, as in production. `authorizationServer`, `http` and `clock`
   * lead to this issuer; their other members stay as they are.
   * @throws {TypeError} if the options are not for the resource or the profile of this issuer
   */
  resourceServer(options?: Partial<ResourceServerOptions>): ResourceServer
  /** Closes its resource servers, and the port of `startTestIssuer`. `await using` does it too. */
  close(): Promise<void>
}
