import { withoutToken } from '../../redaction.ts'
import type { Claims } from '../../token/verified-token.ts'
import type { Refusal } from './refusal.ts'

/** Longest text that is kept of a claim, in characters. */
const MAX_LENGTH = 120

/**
 * Reads who a token claims to be about. The claims are made by whoever made the token, so the texts are
 * cut, and hold neither control characters nor pieces of the token.
 *
 * @internal
 */
export function claimedIdentity(
  claims: Claims,
  tokenText: string,
  clientIdClaimsOf: (token: { readonly issuer: string }) => readonly string[],
): Pick<Refusal, 'issuer' | 'clientId' | 'subject'> {
  const read = (value: unknown): string | undefined =>
    typeof value === 'string' && value !== ''
      ? withoutToken(printed(value.slice(0, MAX_LENGTH)), tokenText)
      : undefined
  const { iss, sub } = claims
  const names = clientIdClaimsOf({ issuer: typeof iss === 'string' ? iss : '' })
  const clientId = names.map((name) => claims[name]).find((value) => typeof value === 'string')
  return { issuer: read(iss), clientId: read(clientId), subject: read(sub) }
}

function printed(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Cf}]/gu, '?')
}
