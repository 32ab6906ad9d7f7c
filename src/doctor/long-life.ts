import type { Claims } from '../token/verified-token.ts'

/** Longest lifetime of an access token that is not reported, in seconds. */
const LONG = 3600

/** The lifetime of a token in seconds, if it is long (S1.2); otherwise `undefined`. @internal */
export function longLifeOf({ exp, iat }: Claims): number | undefined {
  if (typeof exp !== 'number' || typeof iat !== 'number') return undefined
  return exp - iat > LONG ? Math.round(exp - iat) : undefined
}
