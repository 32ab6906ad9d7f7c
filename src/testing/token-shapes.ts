import { keycloakShape } from './shapes/keycloak-shape.ts'
import { rfc9068Shape } from './shapes/rfc9068-shape.ts'
import { VENDOR_SHAPES } from './shapes/vendor-shapes.ts'
import type { TestTokenShape } from './token-shape.ts'

/** The kinds of authorization servers that a test issuer can be. */
export type TestProfile =
  | 'rfc9068'
  | 'keycloak'
  | 'auth0'
  | 'entra-id'
  | 'okta'
  | 'cognito'
  | 'google'

/** The shapes by the names of their profiles. @internal */
export const TOKEN_SHAPES: Readonly<Record<TestProfile, TestTokenShape>> = {
  rfc9068: rfc9068Shape,
  keycloak: keycloakShape,
  ...VENDOR_SHAPES,
}
