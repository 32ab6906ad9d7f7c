import { UnavailableError } from '../errors/unavailable-error.ts'
import { ownMember } from '../json-object.ts'
import { quoted } from '../quoted.ts'
import type { Claims } from '../token/verified-token.ts'

/** Claims that must be equal in a JWT and in its introspection answer, if both have the claim. */
const AGREED = ['iss', 'sub', 'client_id', 'azp', 'jti', 'exp'] as const

/** Members of `cnf` that must be equal too. */
const BINDINGS = ['jkt', 'x5t#S256'] as const

/** The client id must be equal too if it is in `client_id` of one and in `azp` of the other. */
const CLIENT = [
  ['client_id', 'azp'],
  ['azp', 'client_id'],
] as const

/**
 * Checks that an introspection answer is about the JWT that was sent. An answer that arrives twice, or
 * that belongs to another call, would give one caller the identity of another.
 *
 * A mismatch is never the caller's fault. An authorization server calls a JWT active only if it issued
 * exactly this JWT. So the fault is in the server, or on the way to it.
 *
 * @param own the claims of the JWT, which need not be verified, because they can only cause an error
 * @throws {UnavailableError} `introspection_mismatch`
 * @internal
 */
export function checkSameToken(own: Claims, answer: Claims): void {
  for (const name of AGREED) checkAlike(name, own[name], name, answer[name])
  for (const name of BINDINGS) {
    checkAlike(`cnf.${name}`, ownMember(own.cnf, name), `cnf.${name}`, ownMember(answer.cnf, name))
  }
  for (const [mine, theirs] of CLIENT) {
    if (own[theirs] === undefined && answer[mine] === undefined) {
      checkAlike(mine, own[mine], theirs, answer[theirs])
    }
  }
}

function checkAlike(mine: string, ours: unknown, name: string, theirs: unknown): void {
  if (ours === undefined || theirs === undefined || ours === theirs) return
  throw new UnavailableError(
    'introspection_mismatch',
    `"${mine}" is ${quoted(ours)} in the token, and "${name}" is ${quoted(theirs)} in the answer: the answer is about another token`,
  )
}
