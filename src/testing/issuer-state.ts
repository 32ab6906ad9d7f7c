import type { ResourceServer } from '../resource-server/resource-server.ts'
import type { IssuedTokens } from './issued-tokens.ts'
import type { IssuerChanges } from './issuer-changes.ts'
import type { IssuerKeys } from './issuer-keys.ts'
import type { TestClient } from './options.ts'
import type { TestIssuerRequest } from './test-answer.ts'
import type { TestTokenShape } from './token-shape.ts'

/** What a test issuer answers from. @internal */
export interface IssuerState {
  readonly issuer: string
  readonly resource: string
  readonly clock: () => number
  /** Whether the issuer listens on a port. */
  readonly listens: boolean
  readonly shape: TestTokenShape
  readonly client: TestClient
  readonly keys: IssuerKeys
  readonly issued: IssuedTokens
  readonly changes: IssuerChanges
  /** Members of the metadata that the test has changed. */
  readonly metadata: Map<string, unknown>
  readonly requests: TestIssuerRequest[]
  readonly fetch: typeof globalThis.fetch
  /** The resource servers that are closed together with the issuer. */
  readonly servers: Set<ResourceServer>
  /** Whether a URL is one of the issuer's. */
  owns(url: string): boolean
}

const STATES = new WeakMap<object, IssuerState>()

/** Keeps what an issuer answers from. @internal */
export function keepState(issuer: object, state: IssuerState): void {
  STATES.set(issuer, state)
}

/** @throws {TypeError} if the value is no test issuer @internal */
export function stateOf(where: string, issuer: unknown): IssuerState {
  const state = typeof issuer === 'object' && issuer !== null ? STATES.get(issuer) : undefined
  if (state !== undefined) return state
  throw new TypeError(
    `${where}: there is a ${typeof issuer} among the issuers; use issuers of createTestIssuer or startTestIssuer`,
  )
}
