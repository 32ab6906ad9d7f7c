import type { Keycloak } from '../../../scripts/keycloak/start-keycloak.ts'
import { createResourceServer, type ResourceServer } from '../../../src/index.ts'
import {
  type KeycloakRealmOptions,
  keycloak,
  keycloakOptionsFor,
  keycloakRealm,
  type PartialKeycloakRealmOptions,
} from '../../../src/keycloak/index.ts'
import { serve, type Undo } from './examples.ts'
import { mcpApp } from './mcp-server.ts'
import { type PublicRealm, publicRealm } from './oauth.ts'

export const REALM = 'attacked'
export const PASSWORD = 'correct horse battery'
export const SECRETS = { server: 'secret-of-a-server', program: 'secret-of-a-program' } as const

/** A protected MCP server, for which the realm gives out tokens. */
export interface Protected {
  readonly url: string
  /**
   * What the gate makes of a token: `opens`, or the status and the reason.
   *
   * @param verification default `hybrid`, each token confirmed
   */
  judge(token: string, verification?: 'hybrid' | 'introspection'): Promise<string>
}

export interface AttackedRealm {
  readonly realm: PublicRealm
  readonly admin: Keycloak['admin']
  /** The server that the realm was made for, and one that was added later. */
  readonly notes: Protected
  readonly mail: Protected
  /** What was added to the realm for `mail`, and how. */
  readonly mailOptions: PartialKeycloakRealmOptions
  readonly notesOptions: KeycloakRealmOptions
}

type Registration = NonNullable<KeycloakRealmOptions['registration']>

/**
 * One realm by the whole recipe, with two MCP servers, in the worst case that its options allow
 * without a loosening of its own: everybody may register clients that redirect to loopback.
 */
export async function attackedRealm(
  { url, admin }: Pick<Keycloak, 'url' | 'admin'>,
  resourceIndicators: boolean,
  undo: Undo,
  {
    name = REALM,
    registration = { trustedHosts: ['127.0.0.1', 'localhost'], matchSender: false },
  }: { name?: string; registration?: Registration } = {},
): Promise<AttackedRealm> {
  const issuer = `${url}/realms/${name}`
  const gateOf = (
    resource: string,
    scope: string,
    verification: 'hybrid' | 'introspection' = 'hybrid',
  ): ResourceServer => {
    const options = keycloakOptionsFor({ resource })
    const gate = createResourceServer({
      ...options.resourceServer,
      authorizationServer: keycloak(issuer, {
        ...options.keycloak,
        clientSecret: SECRETS.server,
        verification,
        ...(verification === 'hybrid' ? { confirm: 'always' } : {}),
      }),
      requiredScopes: [scope],
    })
    undo.push(() => gate.close())
    return gate
  }
  const open = async (scope: string): Promise<Protected> => {
    const server = await serve((origin) => mcpApp(gateOf(`${origin}/mcp`, scope)))
    undo.push(() => server.close())
    const url = `${server.origin}/mcp`
    return {
      url,
      judge: async (token, verification) => {
        const decision = await gateOf(url, scope, verification).authenticate({
          method: 'POST',
          url: '/mcp',
          headers: { authorization: `Bearer ${token}` },
        })
        return decision.outcome === 'allowed' ? 'opens' : `${decision.status} ${decision.reason}`
      },
    }
  }
  const notes = await open('notes:read')
  const mail = await open('mail:read')

  const notesOptions: KeycloakRealmOptions = {
    realm: name,
    resource: notes.url,
    scopes: ['notes:read'],
    server: { secret: SECRETS.server },
    resourceIndicators,
    registration,
    clients: [
      { clientId: 'mcp-client', redirectUris: ['http://127.0.0.1/callback'] },
      {
        clientId: 'mcp-service',
        serviceAccount: true,
        refreshToken: true,
        secret: SECRETS.program,
      },
    ],
    users: [
      { username: 'alice', password: PASSWORD },
      { username: 'mallory', password: PASSWORD },
    ],
  }
  const mailOptions: PartialKeycloakRealmOptions = {
    partial: true,
    realm: name,
    resource: mail.url,
    scopes: ['mail:read'],
    server: { secret: SECRETS.server },
    resourceIndicators,
    existingClients: ['mcp-client'],
    registration: true,
  }
  await admin.importRealm(keycloakRealm(notesOptions))
  undo.push(async () => {
    await admin.call('DELETE', `/${name}`)
  })
  await admin.importPartially(name, keycloakRealm(mailOptions))
  // A web shop, as the admin console makes a client: with every default.
  await admin.call('POST', `/${name}/clients`, {
    clientId: 'shop',
    publicClient: true,
    redirectUris: ['http://127.0.0.1:8976/callback'],
  })
  return { realm: publicRealm(issuer), admin, notes, mail, notesOptions, mailOptions }
}
