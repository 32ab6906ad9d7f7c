import type { IssuedTokens } from './issued-tokens.ts'
import type { IssuerChanges } from './issuer-changes.ts'
import type { IssuerKeys } from './issuer-keys.ts'
import type { TestClient } from './options.ts'
import type { TestIssuerRequest } from './test-answer.ts'
import type { TestTokenShape } from './token-shape.ts'

/** What a test issuer answers from. @internal */
export interface IssuerState {
  readonly issuer: string
  readonly shape: TestTokenShape
  readonly client: TestClient
  readonly keys: IssuerKeys
  readonly issued: IssuedTokens
  readonly changes: IssuerChanges
  /** Members of the metadata that the test has changed. */
  readonly metadata: Map<string, unknown>
  readonly requests: TestIssuerRequest[]
}
