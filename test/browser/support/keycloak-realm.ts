import { inject } from 'vitest'
import { type Admin, adminOf } from '../../../scripts/keycloak/admin.ts'
import type { AuthorizationServerOptions } from '../../../src/index.ts'
import {
  type KeycloakRealmOptions,
  keycloak,
  keycloakRealm,
  type RealmClient,
} from '../../../src/keycloak/index.ts'

/** The user who sits at the browser. */
export const ALICE = { username: 'alice', password: 'password-of-alice' } as const

/** A realm of the tier's Keycloak, written by the recipe, with Alice as its user. */
export interface TestRealm {
  readonly issuer: string
  /** How the MCP server trusts the realm: it also takes the logout tokens of the client. */
  readonly trust: AuthorizationServerOptions
  readonly admin: Admin
  /** Imports the realm, as soon as the addresses of the MCP server and of the client are known. */
  import(
    resource: string,
    client: Omit<RealmClient, 'clientId'>,
    more?: Omit<KeycloakRealmOptions, 'resource' | 'clients'>,
  ): Promise<void>
  remove(): Promise<void>
}

/** @param clientId of the realm's public client */
export function testRealm(realm: string, clientId: string): TestRealm {
  const url = inject('keycloakUrl')
  const admin = adminOf(url, inject('administrator'))
  const issuer = `${url}/realms/${realm}`
  return {
    issuer,
    trust: keycloak(issuer, { backchannelLogout: clientId }),
    admin,
    async import(resource, client, more) {
      const imported = await admin.importRealm(
        keycloakRealm({
          realm,
          resource,
          resourceIndicators: true,
          clients: [{ clientId, ...client }],
          users: [ALICE],
          revocation: { backchannelLogout: true },
          ...more,
        }),
      )
      if (!imported) throw new Error(`Keycloak has a realm ${realm} already`)
    },
    async remove() {
      await admin.call('DELETE', `/${realm}`)
    },
  }
}
