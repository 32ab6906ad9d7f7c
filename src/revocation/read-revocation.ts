import { optionError } from '../options/option-error.ts'
import { readOptions } from '../options/read-options.ts'
import { revocationArgumentSchema } from './options-schema.ts'
import { isForGood, REVOCABLE, type Revocation, type RevokedTokens } from './revocation.ts'
import { MOST_AHEAD } from './shared-entry.ts'

const WHERE = 'revoke'

/** @internal */
export interface RevocationContext {
  /** The configured issuers. */
  readonly issuers: readonly string[]
  /** In seconds. */
  readonly clockTolerance: number
  /** In seconds since the epoch. */
  readonly now: number
}

/**
 * Reads the argument of `resourceServer.revoke()`.
 *
 * @throws {TypeError} naming what is wrong
 * @internal
 */
export function readRevocation(
  revocation: Revocation,
  { issuers, clockTolerance, now }: RevocationContext,
): RevokedTokens {
  const given = readOptions(WHERE, revocationArgumentSchema, revocation)
  const { issuer = issuers.length === 1 ? issuers[0] : undefined, issuedBefore } = given
  if (issuer === undefined || !issuers.includes(issuer)) {
    throw optionError(WHERE, 'issuer', `must be one of ${issuers.join(', ')}`, issuer)
  }
  const kinds = REVOCABLE.filter((name) => given[name] !== undefined)
  const [kind] = kinds
  if (kind === undefined || kinds.length > 1) {
    const found = kinds.length === 0 ? 'none of them' : kinds.join(' and ')
    throw new TypeError(
      `${WHERE}: there must be exactly one of ${REVOCABLE.join(', ')}; got ${found}`,
    )
  }
  const { token } = given
  if (token !== undefined && isJwt(token)) {
    // The message does not show the value, which is an access token.
    throw new TypeError(
      `${WHERE}: option \`token\` must be the claim \`jti\` of the token; got the token itself`,
    )
  }
  const id = kind === 'everything' ? {} : { id: given[kind] as string }
  if (isForGood(kind, issuedBefore)) {
    return { issuer, kind, ...id, issuedUntil: undefined, at: now }
  }
  const until = issuedBefore instanceof Date ? issuedBefore.getTime() / 1000 : now + clockTolerance
  if (!(until <= now + MOST_AHEAD)) {
    const wants = `must be a date, at most ${MOST_AHEAD} seconds from now`
    throw optionError(WHERE, 'issuedBefore', wants, issuedBefore)
  }
  return { issuer, kind, ...id, issuedUntil: Math.floor(until), at: now }
}

/** Whether a text is a JWT: its header is a JSON object. A `jti` is hardly one. */
function isJwt(text: string): boolean {
  return text.startsWith('eyJ') && text.split('.').length >= 3
}
