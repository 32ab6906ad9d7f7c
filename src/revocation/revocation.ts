import { digestOf } from '../storage/digest.ts'
import type { VerifiedToken } from '../token/verified-token.ts'

/**
 * Says which tokens of one issuer are revoked: those of a session, a subject or a client, a single token,
 * or all of them. Exactly one of `session`, `subject`, `client`, `token` and `everything` is
 * set. A token that lacks the claim is not revoked: if the tokens have no `sid`, revoke the subject.
 */
export interface Revocation {
  /**
   * The issuer of the tokens.
   *
   * @defaultValue the only authorization server; required if there are several
   */
  readonly issuer?: string
  /** The claim `sid` of the tokens. A login later has another session, so its tokens are good at once. */
  readonly session?: string
  /** The claim `sub` of the tokens. */
  readonly subject?: string
  /** The client that the tokens were issued to. */
  readonly client?: string
  /** The claim `jti` of the token, not the token itself. */
  readonly token?: string
  /** All tokens of the issuer. */
  readonly everything?: true
  /**
   * Only tokens that were issued until this instant are revoked. The instant counts in whole seconds, as
   * `iat` does, and its second is included: a token issued later in the same second is refused too.
   * `'ever'`: the tokens are revoked, whenever they were issued. A token without `iat` is always revoked.
   *
   * @defaultValue `'ever'` for `session` and `token`; otherwise now, and `clockTolerance` later
   */
  readonly issuedBefore?: Date | 'ever'
}

/** The members of a {@link Revocation} that say what is revoked. A revocation has exactly one. @internal */
export const REVOCABLE = ['session', 'subject', 'client', 'token', 'everything'] as const

/** Whether a {@link Revocation} revokes its tokens whenever they were issued. @internal */
export function isForGood(
  kind: (typeof REVOCABLE)[number],
  issuedBefore: Revocation['issuedBefore'],
): boolean {
  return issuedBefore === undefined
    ? kind === 'session' || kind === 'token'
    : issuedBefore === 'ever'
}

/** The kinds of revocations, and what their id is. @internal */
export type RevocationKind =
  | 'session'
  | 'subject'
  | 'client'
  | 'token'
  | 'email'
  // Tokens of a subject, or of a mail address, that have no `sid`. They may belong to the ended session.
  | 'sessionless'
  | 'sessionless_email'
  | 'everything'

/** Tokens of an issuer that a source revokes. @internal */
export interface RevokedTokens {
  readonly issuer: string
  readonly kind: RevocationKind
  /** Left out for `everything`. */
  readonly id?: string
  /** The last second of issue that is revoked; `undefined`: whenever they were issued. */
  readonly issuedUntil: number | undefined
  /** When it happened, in seconds since the epoch. */
  readonly at: number
}

/**
 * A revocation as the list stores it: plain data for a store that several processes share. It has digests
 * instead of ids, so nobody can read an id from it (REV-3).
 *
 * @internal
 */
export interface RevocationEntry {
  /** The digest of issuer, kind and id: see {@link revocationKey}. */
  readonly key: string
  /** The key of everything of the same issuer. */
  readonly everything: string
  /** Tokens issued until this second are revoked; `undefined`: whenever they were issued. */
  readonly issuedUntil: number | undefined
  /** When the revocation happened, in seconds since the epoch. */
  readonly at: number
}

/** Whether an entry revokes everything that another entry with the same key revokes. @internal */
export function covers(known: RevocationEntry, entry: RevocationEntry): boolean {
  return lastSecond(known) >= lastSecond(entry) && known.at >= entry.at
}

/** The entry that revokes what two entries with the same key revoke. @internal */
export function merged(known: RevocationEntry, entry: RevocationEntry): RevocationEntry {
  return {
    ...entry,
    issuedUntil: lastSecond(known) > lastSecond(entry) ? known.issuedUntil : entry.issuedUntil,
    at: Math.max(known.at, entry.at),
  }
}

const lastSecond = ({ issuedUntil }: RevocationEntry): number =>
  issuedUntil ?? Number.POSITIVE_INFINITY

/** The key of a revocation in the list. @internal */
export function revocationKey(issuer: string, kind: RevocationKind, id = ''): string {
  return digestOf(JSON.stringify([issuer, kind, id]))
}

/**
 * What the list of revocations needs to know about a token. It is plain data that a store may keep. It has
 * digests and times only (REV-3).
 */
export interface TokenFacts {
  /** The keys of all revocations that would revoke the token. The first one is that of everything. */
  readonly keys: readonly string[]
  /** `iat`. If it is missing, nobody knows whether the token is older than a revocation. */
  readonly issuedAt: number | undefined
  /** `exp` */
  readonly expiresAt: number
}

/** The token that opened an MCP session, as a store of sessions keeps it. */
export interface SessionOpening extends TokenFacts {
  /** When the session was last found not to be revoked, in seconds since the epoch. */
  readonly checkedAt: number
}

/** Returns what the list of revocations needs to know about a token. @internal */
export function factsOf(token: VerifiedToken): TokenFacts {
  const { issuedAt, expiresAt } = token
  return { keys: keysOfToken(token), issuedAt, expiresAt }
}

/** The keys of all revocations that would revoke a token. @internal */
export function keysOfToken(token: VerifiedToken): readonly string[] {
  const { issuer, subject, clientId, tokenId, claims } = token
  const { sid, email } = claims
  const keys = [revocationKey(issuer, 'everything')]
  if (typeof sid === 'string') keys.push(revocationKey(issuer, 'session', sid))
  if (subject !== undefined) {
    keys.push(revocationKey(issuer, 'subject', subject))
    if (typeof sid !== 'string') keys.push(revocationKey(issuer, 'sessionless', subject))
  }
  if (clientId !== undefined) keys.push(revocationKey(issuer, 'client', clientId))
  if (tokenId !== undefined) keys.push(revocationKey(issuer, 'token', tokenId))
  // Mail addresses are compared without regard to case. That may revoke more, and never less.
  if (typeof email === 'string') {
    const address = email.toLowerCase()
    keys.push(revocationKey(issuer, 'email', address))
    if (typeof sid !== 'string') keys.push(revocationKey(issuer, 'sessionless_email', address))
  }
  return keys
}
