import { describe, expect, it } from 'vitest'
import { keycloak } from '../../../src/keycloak/index.ts'
import { LOGOUT_EVENT, sendLogout } from '../../support/logout-tokens.ts'
import { AUTHORIZATION, SET_CLAIMS } from '../../support/security-events.ts'
import {
  type Claims,
  clock,
  forge,
  ISSUER,
  judge,
  NOW,
  RESOURCE,
  rsaKey,
  signKeycloakToken,
  testResourceServer,
} from '../../support/tokens.ts'

// The worst case: one issuer, one key, one audience for everything, and one token that has the claims of all
// kinds of messages. Only its header, and the claims that no registrant can choose, say what it is.

const serverOf = () =>
  testResourceServer({
    authorizationServer: keycloak(ISSUER, {
      keys: { keys: [rsaKey.publicKey] },
      verification: 'jwt',
      backchannelLogout: RESOURCE,
      securityEvents: { audience: RESOURCE, authorization: AUTHORIZATION },
      adminActions: { clientIds: RESOURCE },
    }),
    clock,
  })

const EVENTS = { [LOGOUT_EVENT]: {}, ...(SET_CLAIMS.events as object) }

/** What a registrant can give to tokens of its client. */
const chosen = (action: string): Claims => ({
  aud: RESOURCE,
  events: EVENTS,
  sub_id: SET_CLAIMS.sub_id,
  sid: 'victim',
  id: 'id-1',
  action,
  resource: RESOURCE,
  expiration: NOW + 30,
  notBefore: NOW,
})

const PLACES = {
  'backchannel-logout': ['application/x-www-form-urlencoded', 'LOGOUT'],
  'security-events': ['application/secevent+jwt', 'LOGOUT'],
  'keycloak/k_push_not_before': ['text/plain', 'PUSH_NOT_BEFORE'],
  'keycloak/k_logout': ['text/plain', 'LOGOUT'],
} as const

type Place = keyof typeof PLACES

async function send(server: ReturnType<typeof serverOf>, place: Place, message: string) {
  const [type] = PLACES[place]
  const body = place === 'backchannel-logout' ? `logout_token=${message}` : message
  const headers = { 'content-type': type, authorization: AUTHORIZATION }
  const { status } = await sendLogout(
    server,
    { headers, message: Buffer.from(body) },
    `/mcp/${place}`,
  )
  return status
}

const victim = async (server: ReturnType<typeof serverOf>) =>
  (await judge(await signKeycloakToken({ claims: { sid: 'victim', iat: NOW } }), server)).reason

/** The payload `typ` of Keycloak's tokens, which no registrant can choose, and the `typ` of their headers. */
const TOKENS = [
  ['an access token', 'Bearer', 'JWT'],
  ['an access token of RFC 9068', 'Bearer', 'at+jwt'],
  ['an ID token', 'ID', 'JWT'],
  ['a token of another kind', 'Refresh', undefined],
] as const

describe.each(Object.keys(PLACES) as Place[])('BCL-1 SET-1: at %s', (place) => {
  it.each(TOKENS)('%s with chosen claims revokes nothing', async (_what, typ, header) => {
    const server = serverOf()
    const claims = { ...chosen(PLACES[place][1]), typ }
    const token = await signKeycloakToken({ claims, header: { typ: header } })
    expect(await send(server, place, token)).toBe(400)
    expect(await victim(server)).toBeUndefined()
  })

  it.each(['logout+jwt', 'secevent+jwt', 'JWT'])(
    'a message of the type %s counts only where it belongs, and is no access token',
    async (typ) => {
      const server = serverOf()
      const own = { jti: 'm', iat: NOW, iss: ISSUER, exp: NOW + 60, sub: 'alice' }
      const action = typ === 'JWT' ? {} : own
      const payload = { ...chosen(PLACES[place][1]), ...action }
      const message = await forge({ header: { typ }, payload: JSON.stringify(payload) })
      const belongs =
        { 'backchannel-logout': 'logout+jwt', 'security-events': 'secevent+jwt' }[
          place as string
        ] ?? 'JWT'
      const good = typ === belongs
      const status = await send(server, place, message)
      expect(status).toBe(good ? (place === 'security-events' ? 202 : 200) : 400)
      expect(await victim(server)).toBe(good ? 'token_revoked' : undefined)
      expect((await judge(message, server)).reason).toBeDefined()
    },
  )
})
