/** Logout tokens, and the endpoint of a resource server that receives them. */
import type { Endpoint } from '../../src/http/endpoint.ts'
import type { HttpAnswer } from '../../src/http/http-answer.ts'
import type { ResourceRequest } from '../../src/http/resource-request.ts'
import { adapterOf } from '../../src/resource-server/adapter.ts'
import type { ResourceServer } from '../../src/resource-server/resource-server.ts'
import { logoutClaims as kitLogoutClaims } from '../../src/testing/logout-token.ts'
import { type Claims, ISSUER, issuer, NOW, rsaKey, type TokenParts } from './tokens.ts'

export const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'
export const LOGOUT_PATH = '/mcp/backchannel-logout'
export const LOGOUT_CLIENT = 'mcp-client'

const SESSION = { subject: 'alice', session: 'session-1', clientId: LOGOUT_CLIENT }

/** The claims of a good logout token for a session of alice, and none of an access token. */
export const logoutClaims = (claims: Claims = {}): Claims => ({
  ...kitLogoutClaims(ISSUER, { ...SESSION, claims }, NOW),
  client_id: claims.client_id,
  scope: claims.scope,
})

export const signLogoutToken = ({ claims = {}, header = {}, key = rsaKey }: TokenParts = {}) =>
  issuer.logoutToken({ ...SESSION, claims, header, key })

export const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

export function logoutEndpoint(server: ResourceServer, path = LOGOUT_PATH): Endpoint {
  const endpoint = adapterOf('test', server).endpointFor(path)
  if (endpoint === undefined) throw new Error(`no endpoint at ${path}`)
  return endpoint
}

/** Posts a logout token as an authorization server does it. */
export async function postLogout(
  server: ResourceServer,
  token: string,
  path = LOGOUT_PATH,
): Promise<HttpAnswer> {
  const message = Buffer.from(new URLSearchParams({ logout_token: token }).toString())
  return sendLogout(server, { message }, path)
}

/** Sends a request to the endpoint for logout tokens. */
export async function sendLogout(
  server: ResourceServer,
  request: Partial<ResourceRequest>,
  path = LOGOUT_PATH,
): Promise<HttpAnswer> {
  return logoutEndpoint(server, path).answer({
    method: 'POST',
    url: path,
    headers: FORM,
    ...request,
  })
}
