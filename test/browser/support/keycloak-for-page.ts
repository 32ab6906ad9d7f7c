import { keycloak } from 'mcp-resource-server/keycloak'
import { createDpopKey } from 'mcp-resource-server/testing'
import {
  type DemoAuthorizationServer,
  type DemoPlace,
  onceExpired,
} from '../../../examples/demo/page/demo-authorization-server.ts'
import type { TestRealm } from './keycloak-realm.ts'

/** The client id of the page. */
export const PAGE = 'demo-page'
const SECRET = 'secret-of-a-stranger'
const stranger = { serviceAccount: true, secret: SECRET } as const

/** In seconds: the lifetime of access tokens. Long enough for a step of a test, and short enough to wait for. */
const LIFETIME = 20
/** In seconds: the lifetime of the token that expires. */
const SHORT = 1

/** Lets the demo page use a realm of a real Keycloak. Clients of strangers get the tokens for the attacks. */
export async function keycloakForPage(
  realm: TestRealm,
  { resource, redirectUri, origin }: DemoPlace,
): Promise<DemoAuthorizationServer> {
  await realm.import({
    resource,
    scopes: ['mcp:tools'],
    optionalScopes: [{ name: 'mcp:write', description: 'Change things' }],
    accessTokenLifetime: LIFETIME,
    revocation: { backchannelLogout: true },
    clients: [
      { clientId: PAGE, redirectUris: [redirectUri], webOrigins: [origin] },
      { clientId: 'short-lived', ...stranger, tokens: { lifetime: SHORT } },
      { clientId: 'bound', ...stranger, tokens: { dpopBound: true } },
      { clientId: 'elsewhere', ...stranger, fullScope: true, scopes: [], optionalScopes: [] },
    ],
  })
  const expiredToken = onceExpired(await strangersToken(realm.issuer, 'short-lived'), SHORT)
  const because = 'The other tests use this Keycloak too.'
  return {
    issuer: realm.issuer,
    trust: keycloak(realm.issuer, { backchannelLogout: PAGE }),
    clientId: PAGE,
    stepUpScope: 'mcp:write',
    expiredToken,
    otherAudienceToken: () => strangersToken(realm.issuer, 'elsewhere'),
    boundToken: () => strangersToken(realm.issuer, 'bound', true),
    newKeyToken: { because },
    logOut: (subject) => realm.logOut(subject),
    outage: { because },
    close: () => realm.remove(),
  }
}

/** The client credentials grant, with a proof of a new key where the client needs one. */
async function strangersToken(issuer: string, clientId: string, isBound = false): Promise<string> {
  const url = `${issuer}/protocol/openid-connect/token`
  const key = isBound ? await createDpopKey() : undefined
  const answer = await fetch(url, {
    method: 'POST',
    headers: key === undefined ? {} : { DPoP: await key.proof({ url }) },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: SECRET,
    }),
  })
  const { access_token: token } = (await answer.json()) as { access_token?: string }
  if (token === undefined) throw new Error(`Keycloak gives ${clientId} no token: ${answer.status}`)
  return token
}
