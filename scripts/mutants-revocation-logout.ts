import type { Mutant } from './mutants-list.ts'

const TOKEN = 'src/revocation/logout-token.ts'
const MESSAGE = 'src/revocation/signed-message.ts'
const RECEIVER = 'src/revocation/receiver.ts'
const ENDPOINT = 'src/revocation/backchannel-logout.ts'
const PUSHED = 'src/revocation/pushed-revocations.ts'
const ACTIONS = 'src/keycloak/admin-actions.ts'
const NOT_BEFORE = 'src/revocation/not-before.ts'

/** Checks of logout tokens, of pushed revocations and of not-before times. */
export const REVOCATION_LOGOUT_MUTANTS: readonly Mutant[] = [
  // logout tokens
  {
    name: 'BCL-1: a token of any type is a logout token',
    file: TOKEN,
    find: 'if (!TYPES.has(type?.toLowerCase())) {',
    replace: 'if (type === null) {',
  },
  {
    name: 'BCL-1: a logout token for another client is accepted',
    file: TOKEN,
    find: 'checkMessageAudience(claims.aud, source.clientIds)',
    replace: 'checkMessageAudience(claims.aud, [claims.aud].flat() as string[])',
  },
  {
    name: 'BCL-1: nobody checks who signed a logout token',
    file: TOKEN,
    find: '  await checkMessageSignature(jws, source.server)\n',
    replace: '',
  },
  {
    name: 'BCL-1: the signature does not matter',
    file: MESSAGE,
    find: 'if (await verifySignature(jws, key)) return',
    replace: 'if (await verifySignature(jws, key).then(() => true)) return',
  },
  {
    name: 'BCL-1: the first configured issuer stands for every issuer',
    file: MESSAGE,
    find: 'sources.find(({ server }) => server.issuer === iss)',
    replace: 'sources.find(({ server }) => server.issuer !== null)',
  },
  {
    name: 'BCL-2: any token with events is a logout token',
    file: TOKEN,
    find: 'if (!isObject(ownMember(claims.events, LOGOUT_EVENT))) {',
    replace: 'if (!isObject(claims.events)) {',
  },
  {
    name: 'BCL-2: an ID token with a nonce is a logout token',
    file: TOKEN,
    find: "if ('nonce' in claims) throw",
    replace: "if ('nonce' in claims && claims.nonce === 0) throw",
  },
  {
    name: 'BCL-1: iat may be in the future, so later tokens are refused too',
    file: TOKEN,
    find: 'iat > 0 && iat <= now + tolerance',
    replace: 'iat > 0',
  },
  {
    name: 'BCL-1: an expired logout token is accepted',
    file: TOKEN,
    find: 'if (!(now < exp + tolerance)) throw',
    replace: 'if (!(now < exp + tolerance) && exp < 0) throw',
  },
  {
    name: 'BCL-1: an empty sid is a session',
    file: MESSAGE,
    find: "value !== '' && value.length <= LONGEST_ID",
    replace: 'value.length <= LONGEST_ID',
  },
  {
    name: 'BCL-1: tokens without sid outlive the logout of their session',
    file: TOKEN,
    find: "return [session, { issuer, kind: 'sessionless', id: sub, issuedUntil, at }]",
    replace: 'return [session]',
  },
  {
    name: 'BCL-1: the end of one session ends all sessions of the user',
    file: TOKEN,
    find: "return [session, { issuer, kind: 'sessionless', id: sub, issuedUntil, at }]",
    replace: "return [session, { issuer, kind: 'subject', id: sub, issuedUntil, at }]",
  },
  {
    name: 'BCL-1: a refreshed token of the ended session is accepted',
    file: TOKEN,
    find: "kind: 'session', id: sid, issuedUntil: undefined, at }",
    replace: "kind: 'session', id: sid, issuedUntil: issuedUntil, at }",
  },
  {
    name: 'BCL-2: a logout token is accepted again and again',
    file: RECEIVER,
    find: 'if (!(await parts.replays.remember(id, until, digestOf(issuer)))) throw receivedBefore()',
    replace: 'void [until, issuer]',
  },
  {
    name: 'BCL-2: a logout token is remembered before it counts, and an outage loses it',
    file: RECEIVER,
    find: '    await revocations.apply(message.revoked, source)\n    const { until, issuer } = message\n    if (!(await parts.replays.remember(id, until, digestOf(issuer)))) throw receivedBefore()\n',
    replace:
      '    const { until, issuer } = message\n    if (!(await parts.replays.remember(id, until, digestOf(issuer)))) throw receivedBefore()\n    await revocations.apply(message.revoked, source)\n',
  },
  {
    name: 'BCL-2: the jti of one issuer blocks that of another',
    file: RECEIVER,
    find: 'digestOf(JSON.stringify([message.issuer, message.id]))',
    replace: 'digestOf(JSON.stringify([message.id]))',
  },
  {
    name: 'BCL-3: a cache may keep the answers of the receiver',
    file: RECEIVER,
    find: "const NO_STORE = { 'Cache-Control': 'no-store' } as const",
    replace: "const NO_STORE = { Vary: 'no-store' } as const",
  },
  {
    name: 'BCL-3: the answers 405 and 503 of the receiver may be cached',
    file: RECEIVER,
    find: '    headers: NO_STORE,\n    answer:',
    replace: '    answer:',
  },
  {
    name: 'BCL-3: an outage is called the fault of the sender, which does not try again',
    file: RECEIVER,
    find: '      throw error\n',
    replace: '',
  },
  {
    name: 'BCL-1: a page of another site may post a logout token as text',
    file: ENDPOINT,
    find: "if (mediaTypeOf(request) !== 'application/x-www-form-urlencoded') {",
    replace: "if (mediaTypeOf(request) === 'nothing') {",
  },
  {
    name: 'BCL-1: the first of several logout tokens counts',
    file: ENDPOINT,
    find: "if (typeof token === 'string' && second === undefined) return token",
    replace: "if (typeof token === 'string' && second !== null) return token",
  },
  {
    name: 'RFC8417: a logout token with the type JWT is an access token',
    file: 'src/token/token-type.ts',
    find: 'if (isObject(claims.events)) {',
    replace: 'if (isObject(claims.events) && claims.events.none) {',
  },
  // pushed revocations
  {
    name: 'anybody can push a not-before time',
    file: PUSHED,
    find: '  await checkMessageSignature(jws, server)\n',
    replace: '',
  },
  {
    name: 'an expired push is accepted',
    file: PUSHED,
    find: "if (!(now < expiresAt + clockTolerance)) throw refused('it has expired')",
    replace: "if (expiresAt < 0) throw refused('it has expired')",
  },
  {
    name: 'a token of another type is a push',
    file: PUSHED,
    find: "if (type !== undefined && type.toLowerCase() !== 'jwt') {",
    replace: "if (type === 'never') {",
  },
  {
    name: 'a push of another issuer is accepted',
    file: PUSHED,
    find: 'if (claims.iss !== undefined && claims.iss !== server.issuer) {',
    replace: "if (claims.iss === 'never') {",
  },
  {
    name: 'a pushed time in the future refuses tokens for ever',
    file: PUSHED,
    find: 'Math.floor(Math.min(until, latest))',
    replace: 'Math.floor(until)',
  },
  {
    name: 'an action for another client of the realm is accepted',
    file: ACTIONS,
    find: "if (typeof resource !== 'string' || !accepted.includes(resource)) {",
    replace: "if (typeof resource !== 'string') {",
  },
  {
    name: 'any action is accepted at any path',
    file: ACTIONS,
    find: 'if (claims.action !== action) {',
    replace: "if (claims.action === 'never') {",
  },
  {
    name: 'a logout of everybody is answered, and does nothing',
    file: ACTIONS,
    find: 'if (adapterSessionIds === undefined || adapterSessionIds === null) return issuedBefore(claims)',
    replace: 'if (adapterSessionIds === undefined || adapterSessionIds === null) return []',
  },
  // not-before times
  {
    name: 'a not-before time in the future refuses tokens for ever',
    file: NOT_BEFORE,
    find: 'Math.min(notBefore, Math.floor(now + clockTolerance))',
    replace: 'notBefore',
  },
  {
    name: 'a not-before time that is no whole number is accepted',
    file: NOT_BEFORE,
    find: 'if (Number.isSafeInteger(notBefore) && Number(notBefore) >= 0) return',
    replace: 'if (Number(notBefore) >= 0) return',
  },
  {
    name: 'an error page is read as a not-before time',
    file: NOT_BEFORE,
    find: 'if (reply.status !== 200) throw',
    replace: 'if (reply.status === 599) throw',
  },
  {
    name: 'an outage of the not-before time is told to nobody',
    file: NOT_BEFORE,
    find: 'if (!this.#isFailing && !this.#attempts.signal.aborted) {',
    replace: 'if (false) {',
  },
  {
    name: 'the not-before time is fetched without a pause while it fails',
    file: 'src/revocation/repeated-attempt.ts',
    find: 'failures > 0 ? backOff(failures, firstPause, longestPause) : jittered(interval)',
    replace: 'failures > 0 ? firstPause : jittered(interval)',
  },
  {
    name: 'two endpoints share a path, and one of them gets nothing',
    file: 'src/resource-server/assert-revocation-sources.ts',
    find: 'if (twice === undefined) return',
    replace: 'if (twice !== null) return',
  },
]
