import type { Mutant } from './mutants-list.ts'

/** Checks of the ground floor: the clock, what is remembered, what errors say. */
export const CORE_MUTANTS: readonly Mutant[] = [
  // storage/
  {
    name: 'the clock: an entry from the future is kept',
    file: 'src/storage/bounded-cache.ts',
    find: 'return now >= from && now <= until',
    replace: 'return from < until && now <= until',
  },
  {
    name: 'the clock: whatever it says is a time',
    file: 'src/storage/clock.ts',
    find: "return typeof reading === 'number' && reading > EARLIEST && reading < LATEST",
    replace: 'return reading !== EARLIEST && reading !== LATEST',
  },
  {
    name: 'the clock: seconds are a time',
    file: 'src/storage/clock.ts',
    find: 'reading > EARLIEST && reading < LATEST',
    replace: 'EARLIEST < LATEST && reading < LATEST',
  },
  {
    name: 'the clock: what compares like a time is one',
    file: 'src/storage/clock.ts',
    find: "return typeof reading === 'number' && reading > EARLIEST && reading < LATEST",
    replace: 'return (reading as number) > EARLIEST && (reading as number) < LATEST',
  },
  {
    name: 'the clock is not read at start-up',
    file: 'src/options/clock-option.ts',
    find: 'if (!isPlausibleTime(reading)) {',
    replace: 'if (!isPlausibleTime(reading) && reading === where) {',
  },
  {
    name: 'the clock is not judged at run time',
    file: 'src/options/clock-option.ts',
    find: '  return soundClock(clock)\n}',
    replace: '  return clock\n}',
  },
  {
    name: 'the clock: sessions end when it is set back',
    file: 'src/resource-server/shared-state.ts',
    find: 'timePassed(clock))',
    replace: 'clock || timePassed)',
  },
  // authenticate.ts, resource-server.ts
  {
    name: 'initialScopes: a 401 challenge does not name them',
    file: 'src/gate/guard.ts',
    find: 'union(requiredScopes, gate.initialScopes)',
    replace: 'union(requiredScopes, gate.requiredScopes)',
  },
  {
    name: 'initialScopes: they take the place of required scopes',
    file: 'src/resource-server/resource-server.ts',
    find: '[...new Set([...requiredScopes, ...askedFor])]',
    replace: '[...askedFor]',
  },
  {
    name: 'options that are passed on as they are are not checked',
    file: 'src/options/schema-parts.ts',
    find: 'for (const issue of error?.issues ?? []) {',
    replace: 'for (const issue of error?.issues.slice(0, 0) ?? []) {',
  },
  {
    name: 'showStepUp: lists hide what a consent would give',
    file: 'src/mcp/policy/options-schema.ts',
    find: 'showStepUp: flag.default(true),',
    replace: 'showStepUp: flag.default(false),',
  },
  // errors/
  {
    name: 'two copies: an error of the other is a crash',
    file: 'src/errors/brand.ts',
    find: 'return this === of && typeof',
    replace: "return mark.description === '' && typeof",
  },
  {
    name: 'two copies: a subclass is every error of its family',
    file: 'src/errors/brand.ts',
    find: 'return this === of && typeof',
    replace: 'return typeof',
  },
  // redaction.ts
  {
    name: 'redaction: pieces that no block marks are told',
    file: 'src/redaction.ts',
    find: 'const STRIDE = 7',
    replace: 'const STRIDE = 12',
  },
  {
    name: 'redaction: the end of a piece is told',
    file: 'src/redaction.ts',
    find: 'covered = at + PIECE',
    replace: 'covered = at + PIECE - 1',
  },
  {
    name: 'redaction: a piece at the cut is told',
    file: 'src/redaction.ts',
    find: 'text.slice(0, end + PIECE)',
    replace: 'text.slice(0, end)',
  },
  {
    name: 'redaction: a message of any length is told',
    file: 'src/redaction.ts',
    find: 'Math.min(text.length, MAX_MESSAGE_LENGTH)',
    replace: 'Math.max(text.length, MAX_MESSAGE_LENGTH) && text.length',
  },
  {
    name: 'redaction: verifiers used by themselves quote the token',
    file: 'src/verification/closable-verification.ts',
    find: 'throw redacted(error, presented.text)',
    replace: "throw redacted(error, '')",
  },
  {
    name: 'redaction: an error of another copy is answered as it is',
    file: 'src/redaction.ts',
    find: 'if (error.message === message && isOfThisCopy(error)) return error',
    replace: 'if (error.message === message) return error',
  },
  // verifiers/verified-token.ts
  {
    name: 'createVerifiedToken: what is made can be changed',
    file: 'src/verification/create-verified-token.ts',
    find: 'return deepFreeze(',
    replace: 'return Object.freeze(',
  },
  {
    name: 'createVerifiedToken: fields are not judged',
    file: 'src/verification/create-verified-token.ts',
    find: "  readOptions('createVerifiedToken', verifiedTokenSchema, fields)\n",
    replace: '  void [readOptions, verifiedTokenSchema]\n',
  },
  {
    name: "a user's verifier: scopes in one string hold parts of themselves",
    file: 'src/verification/foreign-verification.ts',
    find: '!Array.isArray(token?.scopes) ||',
    replace: '',
  },
  {
    name: "a user's verifier: a token without expiry",
    file: 'src/verification/foreign-verification.ts',
    find: '!Number.isFinite(token.expiresAt) ||',
    replace: '',
  },
  {
    name: 'createVerifiedToken: an expiry in milliseconds',
    file: 'src/verification/verified-token-schema.ts',
    find: "number(0, 1e11, 'seconds since the epoch')",
    replace: "number(0, 1e14, 'seconds since the epoch')",
  },
  {
    name: 'the clock: set back during a question, it makes the answer younger',
    file: 'src/verification/cached-verification.ts',
    find: 'return Math.min(asked, this.#clock())',
    replace: 'return asked',
  },
  // token/lifetime.ts
  {
    name: 'the clock: no number is before every expiry',
    file: 'src/token/lifetime.ts',
    find: 'if (!(now < expiresAt + clockTolerance)) {',
    replace: 'if (now >= expiresAt + clockTolerance) {',
  },
]
