import { optionsShape, type Settled } from '../options/options-schema.ts'
import { flag, number, whole, YEAR } from '../options/schema-parts.ts'
import { CLOCK_TOLERANCE, MAX_TOKEN_LENGTH } from './defaults.ts'

/** Options for the rules that every token must meet. */
export interface TokenOptions {
  /**
   * Refuses a token whose `aud` names anything besides accepted audiences. If the signature of a JWT is
   * checked, its own `aud` counts, and an introspection answer only has to name this server: some servers,
   * such as Keycloak, answer with every audience that the client could have. With
   * `verification: 'introspection'` both count, so use `hybrid` with such a server.
   *
   * @defaultValue `false`
   */
  readonly exclusiveAudience?: boolean
  /**
   * Allowed clock difference, in seconds. At most 60.
   *
   * @defaultValue 5 s
   */
  readonly clockTolerance?: number
  /**
   * Longest accepted lifetime of a token (`exp` − `iat`), in seconds.
   *
   * @defaultValue no limit
   */
  readonly maxTokenLifetime?: number
  /**
   * Longest accepted token, in characters. At most 65 536.
   *
   * @defaultValue 8192 characters
   */
  readonly maxTokenLength?: number
}

/** @internal */
export const tokenShape = optionsShape<TokenOptions>()({
  exclusiveAudience: flag.default(false),
  clockTolerance: number(0, 60, 'seconds').default(CLOCK_TOLERANCE),
  maxTokenLifetime: number(1, YEAR, 'seconds').optional(),
  maxTokenLength: whole(64, 65_536, 'characters').default(MAX_TOKEN_LENGTH),
})

/** The options for the rules with their defaults. @internal */
export type TokenSettings = Settled<typeof tokenShape>
