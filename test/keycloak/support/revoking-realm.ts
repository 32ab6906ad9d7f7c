import { inject } from 'vitest'
import { type Admin, adminOf } from '../../../scripts/keycloak/admin.ts'
import type { ResourceServer } from '../../../src/index.ts'
import type { KeycloakRealmOptions } from '../../../src/keycloak/index.ts'
import {
  type KeycloakOptions,
  keycloakOptionsFor,
  keycloakRealm,
} from '../../../src/keycloak/index.ts'
import { ask, importRealm, type Undo } from './examples.ts'
import { startMcpServer } from './mcp-server.ts'
import { SERVER_SECRET } from './realms.ts'
import { decoded, personToken, realmUrl, type TokenAnswer } from './tokens.ts'

/** An MCP server that trusts signatures, in front of a realm that tells it what no longer counts. */
export interface RevokingRealm {
  readonly admin: Admin
  readonly url: string
  readonly server: ResourceServer
  /** The URL of an endpoint of the realm. */
  endpoint(name: 'logout' | 'revoke'): string
  /** Signs a user in, in a session of its own. */
  signIn(client?: string, user?: string, more?: Record<string, string>): Promise<TokenAnswer>
  /** The status that the server answers to a token. */
  status(token: TokenAnswer): Promise<number>
  /** Waits until the server refuses a token. @returns milliseconds */
  refused(token: TokenAnswer, longest?: number): Promise<number>
  /** The id of a user. */
  idOf(user: string): Promise<string>
  /** Logs a user out of every session, as the administrator does it. */
  logOut(user?: string): Promise<void>
  /** Ends the session of a token, as the administrator does it. */
  endSession(token: TokenAnswer): Promise<void>
}

/** Every test changes the realm, so the realm is new for each file. */
export async function revokingRealm(
  undo: Undo,
  realm: string,
  revocation: NonNullable<KeycloakRealmOptions['revocation']>,
  options: (resource: string) => KeycloakOptions,
  clientId?: string,
): Promise<RevokingRealm> {
  let server: ResourceServer | undefined
  const admin = adminOf(inject('keycloakUrl'), inject('administrator'))
  const recipe = (resource: string): KeycloakRealmOptions => ({
    realm,
    resource,
    server: { secret: SERVER_SECRET, ...(clientId === undefined ? {} : { clientId }) },
    revocation,
    clients: [
      ...['person', 'other'].map((clientId) => ({
        clientId,
        passwordGrant: true,
        scopes: ['mcp:tools'],
      })),
      { clientId: 'desktop', redirectUris: ['http://127.0.0.1/callback'] },
    ],
    users: ['alice', 'bob'].map((username) => ({ username, password: `password-of-${username}` })),
    allow: { offlineSessions: true },
  })
  const url = await startMcpServer(
    undo,
    realm,
    (resource) => ({
      ...keycloakOptionsFor(recipe(resource)).keycloak,
      clientSecret: SERVER_SECRET,
      // Keycloak is not asked about tokens: what the server knows, it was told.
      confirm: 'never',
      ...options(resource),
    }),
    {},
    (made) => {
      server = made
    },
  )
  if (server === undefined) throw new Error('No server was made')
  undo.push(await importRealm(keycloakRealm(recipe(url))))
  const status = async ({ access_token }: TokenAnswer): Promise<number> =>
    (await ask(url, access_token)).status
  const idOf = async (user: string): Promise<string> => {
    const [found] = (await admin.call('GET', `/${realm}/users?username=${user}&exact=true`)) as {
      id: string
    }[]
    return found?.id ?? ''
  }
  return {
    admin,
    url,
    server,
    endpoint: (name) => `${realmUrl(realm)}/protocol/openid-connect/${name}`,
    status,
    idOf,
    signIn: (client = 'person', user = 'alice', form = {}) =>
      personToken(client, { realm, user, ...form }),
    refused: async (token, longest = 60_000) => {
      const started = performance.now()
      while ((await status(token)) !== 401) {
        if (performance.now() - started > longest) throw new Error('The token is still accepted')
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      return performance.now() - started
    },
    logOut: async (user = 'alice') => {
      await admin.call('POST', `/${realm}/users/${await idOf(user)}/logout`)
    },
    endSession: async ({ access_token }) => {
      await admin.call('DELETE', `/${realm}/sessions/${decoded(access_token).claims.sid}`)
    },
  }
}
