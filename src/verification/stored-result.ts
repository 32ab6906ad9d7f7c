import { isDeepStrictEqual } from 'node:util'
import { isObject } from '../json-object.ts'
import { type Claims, deepFreeze, type VerifiedToken } from '../token/verified-token.ts'
import type { Verification } from './verification.ts'
import { storedResultSchema } from './verified-token-schema.ts'

/** Longest text of a result, in characters. A longer one is not shared. */
const MAX_LENGTH = 65_536

/** The result of a verification, and the last instant at which it counts, in milliseconds since the epoch. @internal */
export interface StoredResult {
  readonly verification: Verification
  readonly until: number
}

/**
 * Writes a result as text for a store that several processes share.
 *
 * @returns `undefined` if {@link readStoredResult} would not read exactly this result from the text: JSON
 * has no `Infinity`, for example. Such a result is not shared
 * @internal
 */
export function writeStoredResult({ verification, until }: StoredResult): string | undefined {
  const { token, keyId, maxAge } = verification
  const text = JSON.stringify({ until, maxAge, keyId, token })
  if (text.length > MAX_LENGTH) return undefined
  const read = readStoredResult(text)
  return isDeepStrictEqual(read, { verification, until }) ? text : undefined
}

/**
 * Reads a result that this or another process wrote. Every member is checked, because the other process
 * may run another version.
 *
 * @returns `undefined` if anything is missing, unknown or of another type
 * @internal
 */
export function readStoredResult(text: string): StoredResult | undefined {
  const value = parsed(text)
  const { success, data } = storedResultSchema.safeParse(value)
  // The claims are taken as they are: a schema would copy them, and leave out names such as `__proto__`.
  const claims = isObject(value) && isObject(value.token) ? value.token.claims : undefined
  if (!success || !isObject(claims)) return undefined
  return { verification: verificationOf(data, claims), until: data.until }
}

function verificationOf(
  { maxAge, keyId, token }: ReturnType<typeof storedResultSchema.parse>,
  claims: Claims,
): Verification {
  const { confirmation } = token
  const verified: VerifiedToken = {
    issuer: token.issuer,
    subject: token.subject,
    clientId: token.clientId,
    audience: token.audience,
    scopes: token.scopes,
    expiresAt: token.expiresAt,
    issuedAt: token.issuedAt,
    tokenId: token.tokenId,
    confirmation: confirmation && {
      ...(confirmation.jkt !== undefined && { jkt: confirmation.jkt }),
      ...(confirmation['x5t#S256'] !== undefined && { 'x5t#S256': confirmation['x5t#S256'] }),
    },
    format: token.format,
    verifiedBy: token.verifiedBy,
    claims,
  }
  return { token: deepFreeze(verified), keyId, maxAge }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
