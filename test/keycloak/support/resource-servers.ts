import type { Decision, ResourceServerOptions } from '../../../src/index.ts'
import { createResourceServer } from '../../../src/index.ts'
import { type KeycloakOptions, keycloak } from '../../../src/keycloak/index.ts'
import { RESOURCE, SERVER_CLIENT, SERVER_SECRET } from './realms.ts'
import { realmUrl } from './tokens.ts'

export type Mode = 'jwt' | 'introspection' | 'hybrid'

export const MODES = ['jwt', 'introspection', 'hybrid'] as const

const server = (realm: string): KeycloakOptions => ({
  clientId: realm === 'main' ? RESOURCE : SERVER_CLIENT,
  clientSecret: SERVER_SECRET,
})

const options: Readonly<Record<Mode, (realm: string) => KeycloakOptions>> = {
  jwt: () => ({}),
  introspection: (realm) => ({ ...server(realm), verification: 'introspection' }),
  // Asked at each request, so that what is seen is what Keycloak says now.
  hybrid: (realm) => ({ ...server(realm), confirm: 'always' }),
}

/** Sends a token to a resource server of a realm, as a client would. */
export async function decide(
  mode: Mode,
  token: string,
  { realm = 'main', ...more }: { realm?: string } & Partial<ResourceServerOptions> = {},
): Promise<Decision> {
  const resourceServer = createResourceServer({
    resource: RESOURCE,
    authorizationServer: keycloak(realmUrl(realm), options[mode](realm)),
    requiredScopes: ['mcp:tools'],
    ...more,
  })
  try {
    return await resourceServer.authenticate({
      method: 'POST',
      url: '/mcp',
      headers: { authorization: `Bearer ${token}` },
    })
  } finally {
    await resourceServer.close()
  }
}

/** What is compared of a decision: `allowed`, or status and reason. */
export function verdict(decision: Decision): string {
  return decision.outcome === 'allowed' ? 'allowed' : `${decision.status} ${decision.reason}`
}
