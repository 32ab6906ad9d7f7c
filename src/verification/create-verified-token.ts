import { readOptions } from '../options/read-options.ts'
import type { Confirmation } from '../token/confirmation.ts'
import { type Claims, deepFreeze, type VerifiedToken } from '../token/verified-token.ts'
import { verifiedTokenSchema } from './verified-token-schema.ts'

/** What {@link createVerifiedToken} makes a token from. Only `issuer` and `expiresAt` have no default. */
export interface VerifiedTokenFields {
  /** Who vouches for the token. With `subject` it identifies the caller. */
  readonly issuer: string
  /** Seconds since the epoch. The cache forgets the token then, and its streams end. */
  readonly expiresAt: number
  /** The caller, unique at the issuer; default none. Sessions need one. */
  readonly subject?: string | undefined
  /** The OAuth client that the token was issued to; default none. */
  readonly clientId?: string | undefined
  /** What the caller may do; default nothing. */
  readonly scopes?: readonly string[] | undefined
  /** Whom the token was issued for; default none. Compare it before you make the token. */
  readonly audience?: string | readonly string[] | undefined
  /** Seconds since the epoch; default unknown. */
  readonly issuedAt?: number | undefined
  /** Default unknown. */
  readonly tokenId?: string | undefined
  /**
   * What the token is bound to; default nothing. A bound token is refused wherever it is presented as a
   * plain bearer token, by your verifier's resource server too: your verifier is given the token alone,
   * so it cannot have checked that the caller possesses the key.
   */
  readonly confirmation?: Confirmation | undefined
  /** Default `opaque`. */
  readonly format?: VerifiedToken['format'] | undefined
  /**
   * Default `introspection`, which a cache asks about again after 30 seconds. What `signature` vouches
   * for, a cache keeps until it expires.
   */
  readonly verifiedBy?: VerifiedToken['verifiedBy'] | undefined
  /** Everything that is known of the token, as JSON has it; default nothing. Rules read roles here. */
  readonly claims?: Claims | undefined
}

/**
 * Makes the {@link VerifiedToken} that a verifier of one's own resolves with, from what it has found
 * out. Nothing is verified here: issuer, audience and expiry are for the verifier to judge first.
 *
 * @returns a copy, deeply frozen
 * @throws {TypeError} naming the field that is wrong. From a verifier that is a 503: a mistake of the
 * server, not of its caller.
 *
 * @example
 * ```ts
 * import { createVerifiedToken } from 'mcp-resource-server'
 *
 * const token = createVerifiedToken({
 *   issuer: 'https://keys.example.com',
 *   subject: 'build-agent-7',
 *   scopes: ['mcp:tools'],
 *   expiresAt: Math.floor(Date.now() / 1000) + 3600,
 * })
 * console.log(token.scopes)
 * ```
 */
export function createVerifiedToken(fields: VerifiedTokenFields): VerifiedToken {
  readOptions('createVerifiedToken', verifiedTokenSchema, fields)
  const { audience = [], scopes = [] } = fields
  return deepFreeze(
    structuredClone({
      issuer: fields.issuer,
      subject: fields.subject,
      clientId: fields.clientId,
      audience: typeof audience === 'string' ? [audience] : audience,
      scopes: [...new Set(scopes)],
      expiresAt: fields.expiresAt,
      issuedAt: fields.issuedAt,
      tokenId: fields.tokenId,
      confirmation: fields.confirmation,
      format: fields.format ?? 'opaque',
      verifiedBy: fields.verifiedBy ?? 'introspection',
      claims: fields.claims ?? {},
    }),
  )
}
