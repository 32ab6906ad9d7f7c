import { UnavailableError } from '../errors.ts'
import { ownMember } from '../json-object.ts'
import { quoted } from '../quoted.ts'
import type { Claims } from '../token/verified-token.ts'

/** Members that, where both have them, a JWT and an answer about it must say alike. */
const AGREED = ['iss', 'sub', 'client_id', 'azp', 'jti', 'exp'] as const

/** Members of `cnf`, which must be alike as well. */
const BINDINGS = ['jkt', 'x5t#S256'] as const

/** The client, where one says it by one name and the other by the other. */
const CLIENT = [
  ['client_id', 'azp'],
  ['azp', 'client_id'],
] as const

/**
 * Demands that an introspection answer is about the JWT that was asked about. An answer that came
 * twice, or to somebody else's question, would make one caller another.
 *
 * A mismatch is never the caller's fault: an honest authorization server calls a JWT active only
 * when it is the one that it issued, to the letter, and a made-up or changed one inactive. So the
 * server, or something on the way to it, is wrong.
 *
 * @param own the JWT's own claims, verified or not: they grant nothing here
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
