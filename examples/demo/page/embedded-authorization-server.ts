import { DpopSession } from '@modelcontextprotocol/client'
import type { AuthorizationServer } from '../authorization-server.ts'
import {
  type DemoAuthorizationServer,
  type DemoPlace,
  onceExpired,
} from './demo-authorization-server.ts'

const CLIENT_ID = 'demo-page'
const SCOPE = 'mcp:tools'
const STEP_UP = 'mcp:admin'
/** An API that is not the MCP server. */
const OTHER = 'https://another.example/api'
/** In seconds: the lifetime of the token that expires. */
const SHORT = 1

/** Lets the page use the authorization server of the demo, which runs in this process. */
export async function embeddedAuthorizationServer(
  server: AuthorizationServer,
  { resource, redirectUri, backchannelLogoutUri }: DemoPlace,
): Promise<DemoAuthorizationServer> {
  server.register({ resource, scopes: [SCOPE, STEP_UP], format: 'jwt' })
  server.register({ resource: OTHER, scopes: [SCOPE], format: 'jwt' })
  server.registerClient({ clientId: CLIENT_ID, redirectUri, backchannelLogoutUri })
  const { issuer } = server
  const tokenFor = (audience: string, ttl?: number) =>
    server.clientCredentialsToken({
      ...{ resource: audience, scope: SCOPE },
      ...(ttl === undefined ? {} : { ttl }),
    })
  // Requested now, so that nobody waits for the expiry, and an outage does not matter.
  const expiredToken = onceExpired(await tokenFor(resource, SHORT), SHORT)
  const otherAudience = await tokenFor(OTHER)
  const bound = await boundToken(server, resource)
  return {
    issuer,
    clientId: CLIENT_ID,
    scope: SCOPE,
    stepUpScope: STEP_UP,
    trust: { issuer, backchannelLogout: { clientIds: CLIENT_ID } },
    expiredToken,
    otherAudienceToken: async () => otherAudience,
    boundToken: async () => bound,
    async newKeyToken() {
      await server.rotateKeys({ keepOld: true })
      return tokenFor(resource)
    },
    logOut: (subject) => server.logOut(subject),
    outage: { start: () => server.stop(), end: () => server.start() },
    close: () => server.stop(),
  }
}

/** A token that is bound to a key which is forgotten at once. */
async function boundToken(server: AuthorizationServer, resource: string): Promise<string> {
  const somebody = await DpopSession.create()
  const proof = await somebody.buildProof({ htm: 'POST', htu: `${server.issuer}/token` })
  return server.clientCredentialsToken({ resource, scope: SCOPE, proof })
}
