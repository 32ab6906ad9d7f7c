import type { Confirmation } from './confirmation.ts'

/** The claims of a JWT, or the members of an introspection answer. */
export type Claims = Readonly<Record<string, unknown>>

/**
 * An access token that passed every rule.
 *
 * It does not contain the token's text, so it can be logged, cached and given to tools. It is deeply
 * frozen, because the cache gives the same object to several requests.
 */
export interface VerifiedToken {
  /** `iss`, exactly as configured. */
  readonly issuer: string
  /** `sub`. Together with {@link issuer} it identifies the caller (RFC 9700 §4.15). `undefined` only if an introspection answer leaves it out. */
  readonly subject: string | undefined
  /** The OAuth client that the token was issued to: `client_id`, otherwise `azp`. */
  readonly clientId: string | undefined
  /** `aud`, always as a list. */
  readonly audience: readonly string[]
  /** `scope` as a list without repetitions, in the token's order. */
  readonly scopes: readonly string[]
  /** `exp`: seconds since the epoch. */
  readonly expiresAt: number
  /** `iat`: seconds since the epoch. */
  readonly issuedAt: number | undefined
  /** `jti`. */
  readonly tokenId: string | undefined
  /** `cnf`: the key or certificate that the token is bound to (RFC 7800). */
  readonly confirmation: Confirmation | undefined
  /** Whether the token is a JWT or a reference that only its issuer understands. */
  readonly format: 'jwt' | 'opaque'
  /** How the token was verified. */
  readonly verifiedBy: 'signature' | 'introspection' | 'signature_and_introspection'
  /** Every claim, as the authorization server gave it. */
  readonly claims: Claims
}

/**
 * Freezes a value and every value inside it.
 *
 * @internal
 */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) freezeAll(value)
  return value
}

/** Reads what is inside before it freezes the value: V8 takes ten times as long to read a frozen object. */
function freezeAll(value: object): void {
  if (Object.isFrozen(value)) return
  const inside = objectsIn(value)
  Object.freeze(value)
  for (const inner of inside) freezeAll(inner)
}

function objectsIn(value: object): readonly object[] {
  const found: object[] = []
  const add = (inner: unknown): void => {
    if (typeof inner === 'object' && inner !== null) found.push(inner)
  }
  if (Array.isArray(value)) value.forEach(add)
  else for (const name in value) add((value as Readonly<Record<string, unknown>>)[name])
  return found
}
