import type { Mutant } from './mutants-list.ts'

const LIST = 'src/revocation/revocation-list.ts'
const STREAMS = 'src/revocation/open-streams.ts'
const ENDING = 'src/adapters/ending-stream.ts'
const MESSAGES = 'src/gate/wired-message-gate.ts'

/** What a revocation does inside one process. */
export const REVOCATION_END_MUTANTS: readonly Mutant[] = [
  {
    name: 'revocation: a token of the same second is good',
    file: LIST,
    find: 'return !(Math.floor(issuedAt) > issuedUntil)',
    replace: 'return !(Math.floor(issuedAt) >= issuedUntil)',
  },
  {
    name: 'revocation: a token without iat is never revoked',
    file: LIST,
    find: 'if (issuedUntil === undefined || issuedAt === undefined) return true',
    replace:
      'if (issuedAt === undefined) return false\n  if (issuedUntil === undefined) return true',
  },
  {
    name: 'revocation: what is forgotten by its age is valid again',
    file: LIST,
    find: '    this.#forgotten.set(issuer, until)\n',
    replace: '',
  },
  {
    name: 'revocation: what a full list drops is valid again',
    file: LIST,
    find: '      this.#mergeIntoEverything(entry, now)\n',
    replace: '',
  },
  {
    name: 'revocation: what is revoked for good is valid again after a day',
    file: LIST,
    find: '    this.#entries.set(entry.key, kept)\n',
    replace: '',
  },
  {
    name: 'revocation: a message that comes late is passed over',
    file: LIST,
    find: 'return this.#forget(entry)',
    replace: 'return false',
  },
  {
    name: 'revocation: a session that nobody used meanwhile outlives its revocation',
    file: LIST,
    find: 'since < this.#options.longestTokenLife / 2',
    replace: 'since < this.#options.longestTokenLife * 100',
  },
  {
    name: 'streams: one that begins after the revocation goes on',
    file: STREAMS,
    find: 'if (this.#options.isRevoked(token)) this.endRevoked()',
    replace: '',
  },
  {
    name: 'streams: a revocation during a pass is missed',
    file: STREAMS,
    find: "this.#pass = 'again'",
    replace: "this.#pass = 'running'",
  },
  {
    name: 'streams: one that fails to end ends the process',
    file: STREAMS,
    find: 'process.emitWarning(',
    replace: 'throw new Error(',
  },
  {
    name: 'streams: those that ended are watched for ever',
    file: 'src/adapters/stream-life.ts',
    find: '      callOff()\n      release()\n',
    replace: '      callOff()\n',
  },
  {
    name: 'streams: one whose caller left before the answer is watched for ever',
    file: ENDING,
    find: 'if (isGone(response)) return',
    replace: '',
  },
  {
    name: 'streams: a web stream of a caller who has left is watched for ever',
    file: ENDING,
    find: "signal.addEventListener('abort', leave, { once: true })",
    replace: 'signal.throwIfAborted()',
  },
  {
    name: 'sessions: those of a revoked token go on',
    file: 'src/mcp/sessions.ts',
    find: 'if (opening === undefined) {',
    replace: 'if (opening === null) {',
  },
  {
    name: 'sessions: a store that never answers holds requests for ever',
    file: 'src/mcp/sessions.ts',
    find: 'inTime(result, LONGEST_WAIT, tooSlow).catch(failed)',
    replace: 'Promise.resolve(result).catch(failed)',
  },
  {
    name: 'protectServer: messages of a revoked token are handled',
    file: MESSAGES,
    find: 'return whenSettled(this.#gate.revocations.check(token), () => {',
    replace: 'return whenSettled(undefined, () => {',
  },
  {
    name: 'protectServer: resources are read with a revoked token',
    file: MESSAGES,
    find: 'return whenSettled(this.#gate.revocations.check(token), () =>\n',
    replace: 'return whenSettled(undefined, () =>\n',
  },
  {
    name: 'protectServer: a session that a revoked token opened goes on',
    file: MESSAGES,
    find: "else throw new ChallengeError('token_revoked', 'the token that opened the session is revoked')",
    replace: '',
  },
  {
    name: 'a revoked token stays in the cache',
    file: 'src/gate/check-revocation.ts',
    find: 'if (error instanceof ChallengeError) gate.verification.forget?.(presented)',
    replace: '',
  },
  {
    name: 'revoke: of two kinds the first counts',
    file: 'src/revocation/read-revocation.ts',
    find: 'if (kind === undefined || kinds.length > 1) {',
    replace: 'if (kind === undefined) {',
  },
  {
    name: 'revoke: a token in place of its jti revokes nothing, and nobody learns of it',
    file: 'src/revocation/read-revocation.ts',
    find: 'if (token !== undefined && isJwt(token)) {',
    replace: 'if (token === undefined && isJwt(issuer)) {',
  },
]
