import { createRemoteJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { adminOf } from '../../scripts/keycloak/admin.ts'
import { keycloakRealm } from '../../src/keycloak/index.ts'
import { changeClient } from './support/changes.ts'
import { importRealm, serve, type Undo, undoAll } from './support/examples.ts'
import { RESOURCE, SERVER_CLIENT, SERVER_SECRET } from './support/realms.ts'
import { decide, MODES, type Mode, verdict } from './support/resource-servers.ts'
import { decoded, personToken, realmUrl } from './support/tokens.ts'

// Keycloak signs a logout token like an access token, with the same key and issuer, and posts it to
// a client's back-channel logout URL. Whoever gets hold of it must not get in with it.

const realm = 'logout-token'
const admin = adminOf(inject('keycloakUrl'), inject('administrator'))
const undo: Undo = []
afterAll(() => undoAll(undo))

/** A client's back-channel logout URL. */
async function logoutEndpoint(): Promise<{ url: string; token: Promise<string> }> {
  const { promise: token, resolve } = Promise.withResolvers<string>()
  const { origin, close } = await serve(() => (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const form = new URLSearchParams(Buffer.concat(chunks).toString('utf8'))
      resolve(form.get('logout_token') ?? '')
      response.end()
    })
  })
  undo.push(close)
  return { url: `${origin}/logout`, token }
}

/** Ends the session of an access token, as an administrator does it. */
const endSession = (of: string, token: string): Promise<unknown> =>
  admin.call('DELETE', `/${of}/sessions/${decoded(token).claims.sid}`)

/** Of a client as the recipe makes it. */
async function ofPerson(): Promise<string> {
  const { url, token } = await logoutEndpoint()
  const made = keycloakRealm({
    realm,
    resource: RESOURCE,
    server: { clientId: SERVER_CLIENT, secret: SERVER_SECRET },
    clients: [
      { clientId: 'person', passwordGrant: true, scopes: ['mcp:tools'], backchannelLogoutUrl: url },
    ],
    users: [{ username: 'alice', password: 'password-of-alice' }],
  })
  undo.push(await importRealm(made))
  const { access_token } = await personToken('person', { realm })
  expect(verdict(await decide('jwt', access_token, { realm }))).toBe('allowed')
  await endSession(realm, access_token)
  return token
}

/** Of the server's own client, had somebody signed in with it: then even the audience is right. */
async function ofServer(): Promise<string> {
  const { url, token } = await logoutEndpoint()
  undo.push(
    await changeClient(admin, 'main', RESOURCE, ({ attributes }) => ({
      directAccessGrantsEnabled: true,
      attributes: {
        ...attributes,
        'backchannel.logout.url': url,
        'backchannel.logout.session.required': 'true',
      },
    })),
  )
  const { access_token } = await personToken(RESOURCE, { client_secret: SERVER_SECRET })
  await endSession('main', access_token)
  return token
}

describe.each([
  ['an MCP client', ofPerson, realm, 'person'],
  ['the server itself', ofServer, 'main', RESOURCE],
] as const)('a logout token for %s', (_whose, obtain, realm, audience) => {
  let token = ''
  beforeAll(async () => {
    token = await obtain()
  })

  it('is a good token of this issuer', async () => {
    const keys = createRemoteJWKSet(new URL(`${realmUrl(realm)}/protocol/openid-connect/certs`))
    const { protectedHeader, payload } = await jwtVerify(token, keys, {
      issuer: realmUrl(realm),
      audience,
      currentDate: new Date(Number(decoded(token).claims.iat) * 1000),
    })
    expect(protectedHeader).toMatchObject({ alg: 'RS256', typ: 'logout+jwt' })
    expect(payload).toMatchObject({
      typ: 'Logout',
      sid: expect.any(String),
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    })
  })

  const reasons: Readonly<Record<Mode, string>> = {
    jwt: '401 token_type_refused',
    introspection: '401 token_inactive',
    hybrid: '401 token_type_refused',
  }

  it.each(MODES)('RFC9068-1: is no access token: %s', async (mode) => {
    const decision = await decide(mode, token, { realm })
    expect(verdict(decision)).toBe(reasons[mode])
    if (decision.outcome !== 'challenged') return
    expect(decision.headers['WWW-Authenticate']).toMatch(/^Bearer error="invalid_token", /)
    expect(decision.body.error).toBe('invalid_token')
  })
})
