import type { Mutant } from './mutants-list.ts'

const TOKEN = 'src/revocation/events/security-event-token.ts'
const EVENTS = 'src/revocation/events/security-events.ts'
const SUBJECT = 'src/revocation/events/subject.ts'
const REVOKED = 'src/revocation/events/revoked-by.ts'
const TIME = 'src/revocation/events/event-time.ts'
const PUSH = 'src/revocation/events/push-endpoint.ts'
const OPTIONS = 'src/revocation/events/assert-security-event-options.ts'

/** Security events: their check, what they revoke, and push delivery. */
export const REVOCATION_EVENT_MUTANTS: readonly Mutant[] = [
  // the check of a security event token
  {
    name: 'events: a token of any type is a security event token',
    file: TOKEN,
    find: "if (!TYPES.has(type?.toLowerCase() ?? '')) {",
    replace: 'if (type === null) {',
  },
  {
    name: 'events: events for another receiver count',
    file: TOKEN,
    find: 'checkMessageAudience(claims.aud, audiences)',
    replace: 'checkMessageAudience(claims.aud, [claims.aud].flat() as string[])',
  },
  {
    name: 'events: an unknown audience is every audience',
    file: TOKEN,
    find: 'if (audiences.length === 0) {',
    replace: 'if (audiences.length === 0) return\n  if (audiences.length < 0) {',
  },
  {
    name: 'events: a message of the future counts',
    file: TOKEN,
    find: "if (typeof iat !== 'number' || !(iat <= now + clockTolerance)) {",
    replace: "if (typeof iat !== 'number') {",
  },
  {
    name: 'events: a message that has expired counts',
    file: TOKEN,
    find: '!(now < exp + clockTolerance)',
    replace: 'exp < 0',
  },
  {
    name: 'events: a message needs no jti',
    file: TOKEN,
    find: "if (typeof jti !== 'string' || jti === '') throw",
    replace: "if (typeof jti !== 'string') throw",
  },
  {
    name: 'events: any number of events in a message',
    file: TOKEN,
    find: 'if (entries.length > MOST_EVENTS) throw',
    replace: 'if (entries.length < 0) throw',
  },
  {
    name: 'events: a message without events is accepted',
    file: TOKEN,
    find: 'if (entries.length === 0) throw',
    replace: 'if (entries.length < 0) throw',
  },
  {
    name: 'events: an event may be anything',
    file: TOKEN,
    find: 'if (!isObject(event)) throw',
    replace: 'if (event === undefined) throw',
  },
  {
    name: 'events: anybody signs',
    file: EVENTS,
    find: 'await checkMessageSignature(jws, server)',
    replace: '',
  },
  {
    name: 'events: the keys are asked before the claims are looked at',
    file: EVENTS,
    find: 'const set = checkSecurityEventToken(jws, { audiences: audiences(), now, clockTolerance })\n    await checkMessageSignature(jws, server)',
    replace:
      'await checkMessageSignature(jws, server)\n    const set = checkSecurityEventToken(jws, { audiences: audiences(), now, clockTolerance })',
  },
  {
    name: 'events: a message is acknowledged before it is applied',
    file: EVENTS,
    find: "if (revoked.length > 0) await this.#parts.revocations.apply(revoked, 'security_event')",
    replace:
      "if (revoked.length > 0) void this.#parts.revocations.apply(revoked, 'security_event').catch(() => {})",
  },
  {
    name: 'events: a message is remembered before it is applied',
    file: EVENTS,
    find: "if (revoked.length > 0) await this.#parts.revocations.apply(revoked, 'security_event')\n    const repeated = !(await this.#remember(set))",
    replace:
      "const repeated = !(await this.#remember(set))\n    if (!repeated && revoked.length > 0) await this.#parts.revocations.apply(revoked, 'security_event')",
  },
  {
    name: 'events: an old event about the stream counts again',
    file: EVENTS,
    find: 'if (!repeated) for (const event',
    replace: 'for (const event',
  },
  {
    name: 'events: ids of one issuer are used up by another',
    file: EVENTS,
    find: "JSON.stringify(['secevent', issuer, tokenId])",
    replace: "JSON.stringify(['secevent', tokenId])",
  },
  {
    name: 'events: a message that is as old as living tokens has no effect',
    file: EVENTS,
    find: 'if (set.issuedAt + longestTokenLife + clockTolerance < now) {',
    replace: 'if (set.issuedAt + longestTokenLife / 2 < now) {',
  },
  {
    name: 'events: a message that is older than any token counts',
    file: EVENTS,
    find: 'if (set.issuedAt + longestTokenLife + clockTolerance < now) {',
    replace: 'if (set.issuedAt < 0) {',
  },
  {
    name: 'events: a flood that fills the memory stops revocations',
    file: EVENTS,
    find: '    } catch {\n      return true\n    }',
    replace: '    } finally {\n    }',
  },
  // subjects
  {
    name: "events: an issuer revokes the tokens of another issuer's users",
    file: SUBJECT,
    find: "if ((format === 'iss_sub' || format === 'jwt_id') && iss !== issuer) {",
    replace: "if (format === 'jwt_id' && iss !== issuer) {",
  },
  {
    name: "events: an issuer revokes another issuer's token",
    file: SUBJECT,
    find: "if ((format === 'iss_sub' || format === 'jwt_id') && iss !== issuer) {",
    replace: "if (format === 'iss_sub' && iss !== issuer) {",
  },
  {
    name: 'events: all sessions are a session called ALL',
    file: SUBJECT,
    find: "if (role === 'session') return isAll(id) ? NOTHING : target('session', id)",
    replace: "if (role === 'session') return target('session', id)",
  },
  {
    name: 'events: an opaque subject is never a user',
    file: SUBJECT,
    find: "return merged([target('session', id), target('subject', id)])",
    replace: "return target('session', id)",
  },
  {
    name: 'events: an opaque subject is never a session',
    file: SUBJECT,
    find: "return merged([target('session', id), target('subject', id)])",
    replace: "return target('subject', id)",
  },
  {
    name: 'events: a mail address in capitals is another one',
    file: SUBJECT,
    find: "kind === 'email' ? id.toLowerCase() : id",
    replace: 'id',
  },
  {
    name: 'events: the tokens of a user without a session survive the end of a session',
    file: SUBJECT,
    find: 'const targets = [\n    ...sessions.targets,',
    replace: 'const targets = inSession ? sessions.targets : [\n    ...sessions.targets,',
  },
  {
    name: 'events: a session that cannot be matched is no session at all',
    file: SUBJECT,
    find: "const inSession = sessions.targets.some(({ kind }) => kind === 'session')",
    replace: 'const inSession = session !== undefined',
  },
  {
    name: 'events: any number of aliases',
    file: SUBJECT,
    find: 'if (identifiers.length > MOST_ALIASES) {',
    replace: 'if (identifiers.length < 0) {',
  },
  {
    name: 'events: of aliases only the first counts',
    file: SUBJECT,
    find: 'identifiers.map((alias) =>',
    replace: 'identifiers.slice(0, 1).map((alias) =>',
  },
  // effects
  {
    name: 'events: the end of a session ends every session of the user',
    file: REVOKED,
    find: 'kind: kindOf(kind, inSession && SESSION_EFFECTS.has(effect)),',
    replace: 'kind: kindOf(kind, false),',
  },
  {
    name: 'events: a disabled account keeps the tokens of other sessions',
    file: REVOKED,
    find: 'kind: kindOf(kind, inSession && SESSION_EFFECTS.has(effect)),',
    replace: 'kind: kindOf(kind, inSession),',
  },
  {
    name: 'events: an ended session goes on with tokens that are issued later',
    file: REVOKED,
    find: "return kind === 'token' || (kind === 'session' && effect === 'session')",
    replace: "return kind === 'token'",
  },
  {
    name: 'events: a user who logs in again stays logged out',
    file: REVOKED,
    find: 'issuedUntil: isForGood(kind, effect) ? undefined : Math.floor(time),',
    replace: 'issuedUntil: undefined,',
  },
  {
    name: 'events: tokens of the same second survive',
    file: REVOKED,
    find: 'undefined : Math.floor(time),',
    replace: 'undefined : Math.floor(time) - 1,',
  },
  {
    name: 'events: the list forgets a session at a time that the sender chooses',
    file: REVOKED,
    find: 'const at = Math.max(time, issuedAt)',
    replace: 'const at = time',
  },
  {
    name: 'events: the older form of a subject is not read',
    file: REVOKED,
    find: 'const given = [subjectId, older]',
    replace: 'const given = [subjectId]',
  },
  {
    name: 'events: an option ignores every event',
    file: REVOKED,
    find: "if (option !== undefined && rules[option] === 'ignore') {",
    replace: "if (rules.onCredentialChange === 'ignore') {",
  },
  {
    name: 'events: an option is ignored',
    file: REVOKED,
    find: "if (option !== undefined && rules[option] === 'ignore') {",
    replace: 'if (option === null) {',
  },
  {
    name: 'events: an event of the future revokes tokens that do not exist yet',
    file: TIME,
    find: 'found <= latest && found',
    replace: 'found',
  },
  {
    name: 'events: an event of long ago revokes nothing',
    file: TIME,
    find: ' && found >= issuedAt - longestTokenLife',
    replace: '',
  },
  // push
  {
    name: 'push: no Authorization is needed',
    file: PUSH,
    find: 'digests.some((digest) => timingSafeEqual(digest, given))',
    replace: 'digests.length > 0',
  },
  {
    name: 'push: two Authorization fields, one of them right',
    file: PUSH,
    find: "headerValues(request.headers, 'authorization').join('\\n')",
    replace: "headerValues(request.headers, 'authorization').at(-1) ?? ''",
  },
  {
    name: 'push: the Authorization of one transmitter is good for all',
    file: PUSH,
    find: 'await accept(request, transmitters)',
    replace: 'await accept(request, known.map(({ events }) => events))',
  },
  {
    name: 'push: a body of any type is read',
    file: PUSH,
    find: 'if (mediaTypeOf(request) !== MEDIA_TYPE) {',
    replace: 'if (mediaTypeOf(request) === undefined) {',
  },
  {
    name: 'push: what is lost is acknowledged',
    file: PUSH,
    find: '        throw error\n',
    replace: '        return { status: 202, headers: NO_STORE, body: undefined }\n',
  },
  {
    name: 'push: the sender learns the reason',
    file: PUSH,
    find: 'return refusal(error)',
    replace: 'return refusal({ ...error, description: why })',
  },
  {
    name: 'push: no Authorization has to be agreed',
    file: OPTIONS,
    find: "if (delivery === 'push' && authorization === undefined) {",
    replace: 'if (delivery === undefined) {',
  },
  {
    name: 'push: an error shows the agreed Authorization',
    file: 'src/options/option-error.ts',
    find: '|authorization(?:\\.\\d+)?$',
    replace: '',
  },
]
