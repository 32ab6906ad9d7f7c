import { readOptions } from '../options/read-options.ts'
import type { Confirmation } from '../token/confirmation.ts'
import { type Claims, deepFreeze, type VerifiedToken } from '../token/verified-token.ts'
import { verifiedTokenSchema } from './verified-token-schema.ts'

/** The input of {@link createVerifiedToken}. Only `issuer` and `expiresAt` are required. */
export interface VerifiedTokenFields {
  /** The authority that issued the token. Together with `subject` it identifies the caller. */
  readonly issuer: string
  /** When the token expires, in seconds since the epoch. The token then leaves the cache, and its streams end. */
  readonly expiresAt: number
  /** The id of the caller, unique at the issuer; default none. Sessions need it. */
  readonly subject?: string | undefined
  /** The OAuth client that the token was issued to; default none. */
  readonly clientId?: string | undefined
  /** The scopes of the token; default none. */
  readonly scopes?: readonly string[] | undefined
  /** The audiences of the token; default none. Your verifier must check them before it calls this function. */
  readonly audience?: string | readonly string[] | undefined
  /** When the token was issued, in seconds since the epoch; default unknown. */
  readonly issuedAt?: number | undefined
  /** The id of the token; default unknown. */
  readonly tokenId?: string | undefined
  /**
   * The key or certificate that the token is bound to; default none. A bound token that is presented as
   * a plain bearer token is refused, also by a resource server that uses your verifier. Your verifier
   * gets only the token, so it cannot check that the caller possesses the key.
   */
  readonly confirmation?: Confirmation | undefined
  /** Whether the token is a JWT; default `opaque`. */
  readonly format?: VerifiedToken['format'] | undefined
  /**
   * How the token was verified; default `introspection`. A cache reuses a result of `introspection` for
   * 30 seconds, and a result of `signature` until the token expires.
   */
  readonly verifiedBy?: VerifiedToken['verifiedBy'] | undefined
  /** All claims of the token, as JSON values; default none. Roles are read from them. */
  readonly claims?: Claims | undefined
}

/**
 * Creates the {@link VerifiedToken} that your own verifier returns. This function verifies nothing: your
 * verifier must check issuer, audience and expiry first.
 *
 * @returns a deeply frozen copy
 * @throws {TypeError} naming the field that is wrong. If your verifier lets it through, the answer is
 * 503, because the fault is not the caller's.
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
