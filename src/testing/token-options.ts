import type { TestKey } from './test-key.ts'

/** What a token of a test issuer says. */
export interface TestTokenOptions {
  /**
   * The scopes of the token.
   *
   * @defaultValue the option `scopes` of the issuer
   */
  readonly scopes?: readonly string[]
  /**
   * The user or service, the claim `sub`.
   *
   * @defaultValue `'test-user'`
   */
  readonly subject?: string
  /**
   * The OAuth client.
   *
   * @defaultValue `'test-client'`
   */
  readonly clientId?: string
  /**
   * The roles, in the claim of the issuer's profile.
   *
   * @defaultValue none
   */
  readonly roles?: readonly string[]
  /**
   * The audience, the claim `aud`.
   *
   * @defaultValue the option `resource` of the issuer
   */
  readonly audience?: string | readonly string[]
  /**
   * The login session, the claim `sid`. A logout token can end it.
   *
   * @defaultValue none; with the profile `keycloak` a random id
   */
  readonly session?: string
  /**
   * Seconds until the token expires. A negative number makes a token that has expired.
   *
   * @defaultValue 300
   */
  readonly expiresIn?: number
  /**
   * Binds the token to a DPoP key (RFC 9449 §6): the key, or its SHA-256 thumbprint.
   *
   * @defaultValue a bearer token
   */
  readonly dpop?: string | { readonly thumbprint: string }
  /**
   * Further claims, or claims in place of the ones above. A claim that is `undefined` is left out.
   *
   * @defaultValue none
   */
  readonly claims?: Readonly<Record<string, unknown>>
}

/** What a JWT of a test issuer says, and how it is signed. */
export interface TestJwtOptions extends TestTokenOptions {
  /**
   * Members of the JWT's header, in place of those of the profile. A member that is `undefined` is left out.
   *
   * @defaultValue none
   */
  readonly header?: Readonly<Record<string, unknown>>
  /**
   * The key that signs: the id of one of the issuer's keys, or a key of `createTestKey`. Introspection calls
   * a token of a foreign key inactive.
   *
   * @defaultValue the issuer's signing key
   */
  readonly key?: string | TestKey
  /**
   * Makes a lightweight token, which lacks claims that introspection adds. Only for profiles that have
   * lightweight tokens, such as `keycloak`.
   *
   * @defaultValue `false`
   */
  readonly lightweight?: boolean
}
