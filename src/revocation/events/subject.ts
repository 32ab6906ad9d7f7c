import { isObject } from '../../json-object.ts'
import { quoted } from '../../quoted.ts'
import { RefusedMessage } from '../signed-message.ts'

/** Something that tokens of the transmitter can be found by. @internal */
export interface Target {
  /** The claim of the token: `sub`, `email`, `sid` or `jti`. */
  readonly kind: 'subject' | 'email' | 'session' | 'token'
  readonly id: string
  /** For a user: whether only some sessions of the user are meant, which are targets too. */
  readonly inSession: boolean
}

/** The subject of an event, in terms of tokens. @internal */
export interface Subject {
  readonly targets: readonly Target[]
  /** What cannot be matched to tokens, for operators. It names no person. */
  readonly unmatched: readonly string[]
}

/** What an identifier stands for. An identifier that stands alone may be a user or a session. */
type Role = 'user' | 'session' | 'alone'

/** Most identifiers in a list of aliases (RFC 9493 §3.2.8). */
const MOST_ALIASES = 16

const NOTHING: Subject = { targets: [], unmatched: [] }

/**
 * Reads a subject identifier (RFC 9493), or a complex subject (SSF 1.0 §3.3).
 *
 * If a subject can be read in two ways, both count: revoking too much costs a refresh, and revoking too
 * little leaves a token to a thief. But names that another issuer has given do not count, because an issuer
 * must not revoke the tokens of another issuer's users.
 *
 * @param issuer the issuer of the event
 * @throws {RefusedMessage} if it has too many aliases
 * @internal
 */
export function readSubject(identifier: unknown, issuer: string): Subject {
  if (!isObject(identifier)) return unmatched('a subject that is not an object')
  const { user, session } = identifier
  const format = formatOf(identifier)
  // Before SSF 1.0, a complex subject had no format.
  const isComplex =
    format === 'complex' || (format === undefined && (user ?? session) !== undefined)
  return isComplex ? readComplex(identifier, issuer) : read(identifier, 'alone', issuer)
}

function readComplex(members: Readonly<Record<string, unknown>>, issuer: string): Subject {
  const { user, session } = members
  const sessions = session === undefined ? NOTHING : read(session, 'session', issuer)
  const users = user === undefined ? NOTHING : read(user, 'user', issuer)
  // If the session cannot be matched, all sessions of the user count.
  const inSession = sessions.targets.some(({ kind }) => kind === 'session')
  const targets = [
    ...sessions.targets,
    ...users.targets.map((target) => (target.kind === 'token' ? target : { ...target, inSession })),
  ]
  if (targets.length > 0) return { targets, unmatched: [] }
  return merged([sessions, users, unmatched('a complex subject without user and session')])
}

function read(identifier: unknown, role: Role, issuer: string): Subject {
  if (!isObject(identifier)) return unmatched(`a ${role} that is not an object`)
  if (formatOf(identifier) !== 'aliases') return readSimple(identifier, role, issuer)
  const { identifiers } = identifier
  if (!Array.isArray(identifiers)) return unmatched('aliases without identifiers')
  if (identifiers.length > MOST_ALIASES) {
    throw new RefusedMessage('request', `a subject has more than ${MOST_ALIASES} aliases`)
  }
  return merged(
    identifiers.map((alias) =>
      isObject(alias)
        ? readSimple(alias, role, issuer)
        : unmatched('an alias that is not an object'),
    ),
  )
}

function readSimple(
  identifier: Readonly<Record<string, unknown>>,
  role: Role,
  issuer: string,
): Subject {
  const { iss, sub, id, email, jti } = identifier
  const format = formatOf(identifier)
  if ((format === 'iss_sub' || format === 'jwt_id') && iss !== issuer) {
    return unmatched(`a subject of the issuer ${quoted(iss)}`)
  }
  if (format === 'iss_sub') return target(role === 'session' ? 'session' : 'subject', sub)
  if (format === 'jwt_id') return target('token', jti)
  if (format === 'email' && role !== 'session') return target('email', email)
  if (format !== 'opaque') return unmatched(`a subject of the format ${quoted(format)}`)
  if (role === 'user') return target('subject', id)
  // Keycloak names all sessions of a user "ALL".
  if (role === 'session') return isAll(id) ? NOTHING : target('session', id)
  return merged([target('session', id), target('subject', id)])
}

/** The format of an identifier. RISC transmitters of before 2021 write `subject_type` and `iss-sub`. */
function formatOf({
  format,
  subject_type: old,
}: Readonly<Record<string, unknown>>): string | undefined {
  const named = format ?? old
  return typeof named === 'string' ? named.replaceAll('-', '_') : undefined
}

function isAll(id: unknown): boolean {
  return typeof id === 'string' && id.toUpperCase() === 'ALL'
}

function target(kind: Target['kind'], id: unknown): Subject {
  if (typeof id !== 'string' || id === '') return unmatched('a subject identifier without a value')
  // Mail addresses are compared without regard to case.
  const compared = kind === 'email' ? id.toLowerCase() : id
  return { targets: [{ kind, id: compared, inSession: false }], unmatched: [] }
}

function unmatched(what: string): Subject {
  return { targets: [], unmatched: [what] }
}

function merged(subjects: readonly Subject[]): Subject {
  return {
    targets: subjects.flatMap(({ targets }) => targets),
    unmatched: subjects.flatMap(({ unmatched: what }) => what),
  }
}
