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
import { AUDIENCE, AUTHORIZATION, EVENTS_PATH, SET_CLAIMS } from '../../support/security-events.ts'
import { ecKey, forge, ISSUER, NOW, signToken, testResourceServer } from '../../support/tokens.ts'
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
 * revokes nothing.
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
    const { path, typ, accepted, claims, headers } = message
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
      const endpoint = logoutEndpoint(server, path)
      const answer = await endpoint.answer({
        method: 'POST',
        url: path,
        headers,
        message: Buffer.from(body),
      })
      check([accepted, 400].includes(answer.status), 'the status', answer)
      checkKeepsSecrets('the answer', answer, [signed, token, AUTHORIZATION])
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
