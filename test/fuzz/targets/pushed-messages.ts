import fc from 'fast-check'
import {
  LOGOUT_CLIENT,
  LOGOUT_PATH,
  logoutClaims,
  logoutEndpoint,
} from '../../support/logout-tokens.ts'
import type { Edit } from '../../support/mutators/edit.ts'
import { mutateText } from '../../support/mutators/mutate-text.ts'
import { mutateDocument, mutateToken } from '../../support/mutators/mutate-token.ts'
import {
  ALICE,
  ALL_SESSIONS,
  AUDIENCE,
  AUTHORIZATION,
  EVENTS_PATH,
  SET_CLAIMS,
} from '../../support/security-events.ts'
import {
  bearer,
  ecKey,
  forge,
  ISSUER,
  NOW,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'
import { edits } from '../support/arbitraries.ts'
import { check, checkKeepsSecrets, watchEvents } from '../support/properties.ts'
import { isStrictJson, parsed } from '../support/strict-json.ts'
import type { Target } from '../support/target.ts'

/** What an authorization server pushes. */
interface Message {
  readonly path: string
  readonly typ: string
  readonly accepted: number
  readonly claims: object
  /** The claims that revoke the tokens of another subject. */
  readonly claimsFor: (subject: string) => object
  readonly body: (token: string) => string
  readonly headers: Readonly<Record<string, string>>
  /** `undefined` if the claims may be accepted. */
  readonly fault: (header: Members, claims: Members) => string | undefined
}

type Members = Readonly<Record<string, unknown>>

const SET: Message = {
  path: EVENTS_PATH,
  typ: 'secevent+jwt',
  accepted: 202,
  claims: SET_CLAIMS,
  claimsFor: (sub) => ({
    ...SET_CLAIMS,
    sub_id: { ...ALL_SESSIONS, user: { ...ALICE, sub } },
  }),
  body: (token) => token,
  headers: { 'content-type': 'application/secevent+jwt', authorization: AUTHORIZATION },
  fault({ typ }, { iat, exp, aud, events }) {
    if (!/^(application\/)?secevent\+jwt$/i.test(String(typ))) return 'typ'
    if (!Number.isFinite(iat) || (iat as number) > NOW + 60) return 'iat'
    if (exp !== undefined && !((exp as number) > NOW - 60)) return 'exp'
    if (![aud].flat().includes(AUDIENCE)) return 'aud'
    return Object.keys(events as object).length > 0 ? undefined : 'events'
  },
}

const LOGOUT: Message = {
  path: LOGOUT_PATH,
  typ: 'logout+jwt',
  accepted: 200,
  claims: logoutClaims(),
  claimsFor: (sub) => ({ ...logoutClaims({ sub }), sid: undefined }),
  body: (token) => new URLSearchParams({ logout_token: token }).toString(),
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  fault({ typ }, { iat, exp, aud, events, nonce, sub, sid }) {
    if (typ !== undefined && !/^(?:(application\/)?logout\+jwt|jwt)$/i.test(String(typ)))
      return 'typ'
    if (!Number.isFinite(iat) || (iat as number) > NOW + 60) return 'iat'
    if (!Number.isFinite(exp) || !((exp as number) > NOW - 60)) return 'exp'
    if (![aud].flat().includes(LOGOUT_CLIENT)) return 'aud'
    if (nonce !== undefined) return 'nonce'
    if (sub === undefined && sid === undefined) return 'sub'
    const all = events as Record<string, unknown> | null
    const event = all?.['http://schemas.openid.net/event/backchannel-logout']
    return typeof event === 'object' && event !== null ? undefined : 'events'
  },
}

const DONOR = {
  iss: `${ISSUER}/`,
  aud: 'somebody',
  sub_id: { format: 'complex' },
  events: { 'https://schemas.openid.net/secevent/ssf/event-type/verification': {} },
  exp: NOW - 3600,
  iat: NOW + 3600,
  nonce: 'n',
  toe: -1,
}

/**
 * Mutants of security event tokens (RFC 8417, RFC 8935) and of logout tokens, as they are or signed anew, and
 * of the requests that bring them. A request is accepted only if its token is right. A wrong one is a 400, and
 * revokes nothing. Another user's token passes after every message, and the next good message counts.
 */
const pushedMessages = (name: string, message: Message): Target<Input> => ({
  name,
  executions: 4000,
  inputs: fc.record({
    damage: fc.constantFrom('claims', 'token', 'body'),
    header: edits(2, 0),
    edits: edits(3),
  }),
  async start() {
    let count = 0
    const { typ, accepted, claims } = message
    const about = { alg: 'ES256', kid: 'ec-1', typ }
    // Of another user: what is revoked here must not reach it.
    const bystander = await signToken({
      key: ecKey,
      claims: { sub: 'bob', sid: 'session-2', jti: 'b' },
    })
    const sample = await forge({ header: about, payload: JSON.stringify(claims), key: ecKey })
    const donors = [bystander, sample]
    const checkEvents = watchEvents()
    let server = start()
    return async ({ damage, header: headerEdits, edits: changes }) => {
      count += 1
      if (count % 500 === 0) server = start()
      const fresh = { ...claims, jti: `message-${count}` }
      const signs = damage === 'claims'
      const header = mutateDocument(about, signs ? headerEdits : [], {
        typ: 'JWT',
        crit: [],
        alg: 'none',
      })
      const payload = mutateDocument(fresh, signs ? changes : [], DONOR)
      const signed = await forge({ header, payload, key: ecKey })
      const token = damage === 'token' ? mutateToken(signed, changes, [...donors, signed]) : signed
      let body = message.body(token)
      if (damage === 'body') body = changes.reduce(mutateText, body)
      const answer = await send(server, message, body)
      check([accepted, 400].includes(answer.status), 'the status', answer)
      checkKeepsSecrets('the answer', answer, [signed, token, AUTHORIZATION])
      const decision = await server.authenticate(bearer(bystander))
      check(decision.outcome === 'allowed', 'a bystander is refused', decision)
      if (count % GOOD_EVERY === 0) await checkGood(server, message, `victim-${count}`)
      checkEvents([signed, token, AUTHORIZATION])
      if (answer.status !== accepted) return
      // Two edits may put a whole other message together.
      const signedMessages = [signed, sample]
      if (damage === 'token')
        check(signedMessages.includes(token.trim()), 'a mutant is accepted', token)
      if (damage === 'body') check(brings(body, signed), 'a damaged body is accepted', body)
      if (!signs) return
      check(isStrictJson(header) && isStrictJson(payload), 'accepted: a member twice', payload)
      const members = parsed(payload) as Members
      const { alg, crit } = parsed(header) as Members
      check(alg === 'ES256' && crit === undefined, 'accepted: header', header)
      check(members.iss === ISSUER && typeof members.jti === 'string', 'accepted: claims', payload)
      const fault = message.fault(parsed(header) as Members, members)
      check(fault === undefined, `accepted: ${fault}`, payload)
    }
  },
})

const start = () =>
  testResourceServer({
    server: {
      securityEvents: { audience: AUDIENCE, authorization: AUTHORIZATION },
      backchannelLogout: { clientIds: LOGOUT_CLIENT },
    },
  })

/** How often a good message is sent between the mutants. */
const GOOD_EVERY = 25

type Server = ReturnType<typeof start>

const send = (server: Server, { path, headers }: Message, body: string) =>
  logoutEndpoint(server, path).answer({
    method: 'POST',
    url: path,
    headers,
    message: Buffer.from(body),
  })

/** Checks that a good message counts, whatever was sent before. */
async function checkGood(server: Server, message: Message, subject: string): Promise<void> {
  const token = await signToken({ key: ecKey, claims: { sub: subject, sid: undefined } })
  const before = await server.authenticate(bearer(token))
  check(before.outcome === 'allowed', 'a victim is refused', before)
  const header = { alg: 'ES256', kid: 'ec-1', typ: message.typ }
  const payload = JSON.stringify({ ...message.claimsFor(subject), jti: subject })
  const answer = await send(
    server,
    message,
    message.body(await forge({ header, payload, key: ecKey })),
  )
  check(answer.status === message.accepted, 'a good message is refused', answer)
  const after = await server.authenticate(bearer(token))
  check(after.outcome === 'challenged', 'a good message revokes nothing', after)
}

/** Whether a body holds the token, as a text or as the one `logout_token` of a form. */
function brings(body: string, token: string): boolean {
  const form = new URLSearchParams(body).getAll('logout_token')
  return body.trim() === token || (form.length === 1 && form[0]?.trim() === token)
}

interface Input {
  readonly damage: 'claims' | 'token' | 'body'
  readonly header: readonly Edit[]
  readonly edits: readonly Edit[]
}

export const securityEventTokens = pushedMessages('security-event-tokens', SET)
export const logoutTokens = pushedMessages('logout-tokens', LOGOUT)
