import { printable } from '../../quoted.ts'
import { withoutToken } from '../../redaction.ts'
import type { Claims } from '../../token/verified-token.ts'
import type { Identity } from './refusal.ts'

/** Longest text that is kept of a claim, in characters. */
const MAX_LENGTH = 120

/**
 * Reads who a token claims to be about.
 *
 * @param clientIdClaimsOf returns the names of the claims that may hold the client id
 * @internal
 */
export function claimedIdentity(
  claims: Claims,
  clientIdClaimsOf: (token: { readonly issuer: string }) => readonly string[],
): Identity {
  const issuer = textOf(claims.iss)
  const name = clientIdClaimsOf({ issuer: issuer ?? '' }).find((one) => textOf(claims[one]))
  return { issuer, clientId: name && textOf(claims[name]), subject: textOf(claims.sub) }
}

/**
 * Makes an unverified identity fit for logs. Whoever made the token has chosen the texts, so they are cut,
 * and hold neither control characters nor pieces of the token.
 *
 * @internal
 */
export function printableIdentity(identity: Identity, tokenText: string): Identity {
  const print = (text: string | undefined): string | undefined =>
    text && withoutToken(printable(text.slice(0, MAX_LENGTH)), tokenText)
  return {
    issuer: print(identity.issuer),
    clientId: print(identity.clientId),
    subject: print(identity.subject),
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
