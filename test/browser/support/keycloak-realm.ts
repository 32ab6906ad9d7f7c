import { randomUUID } from 'node:crypto'
import { inject } from 'vitest'
import { type Admin, adminOf } from '../../../scripts/keycloak/admin.ts'
import { type KeycloakRealmOptions, keycloakRealm } from '../../../src/keycloak/index.ts'

/** The user who sits at the browser. */
export const ALICE = { username: 'alice', password: 'password-of-alice' } as const

/** A realm of the tier's Keycloak, written by the recipe, with Alice as its user. */
export interface TestRealm {
  readonly issuer: string
  readonly admin: Admin
  /** Imports the realm, as soon as the addresses of the MCP server and of its clients are known. */
  import(options: KeycloakRealmOptions): Promise<void>
  /** Ends the sessions of a user, as the administrator does it. */
  logOut(userId: string): Promise<void>
  /** The id of Alice. */
  idOfAlice(): Promise<string>
  remove(): Promise<void>
}

/** @param name the beginning of its name. Each run has its own, because a Keycloak may serve several. */
export function testRealm(name: string): TestRealm {
  const realm = `${name}-${randomUUID().slice(0, 8)}`
  const url = inject('keycloakUrl')
  const admin = adminOf(url, inject('administrator'))
  const issuer = `${url}/realms/${realm}`
  return {
    issuer,
    admin,
    async import(options) {
      const whole = { realm, resourceIndicators: true, users: [ALICE], ...options }
      if (!(await admin.importRealm(keycloakRealm(whole)))) {
        throw new Error(`Keycloak has a realm ${realm} already`)
      }
    },
    async logOut(userId) {
      await admin.call('POST', `/${realm}/users/${userId}/logout`)
    },
    async idOfAlice() {
      const query = `username=${ALICE.username}&exact=true`
      const [alice] = (await admin.call('GET', `/${realm}/users?${query}`)) as { id: string }[]
      return alice?.id ?? ''
    },
    async remove() {
      await admin.call('DELETE', `/${realm}`)
    },
  }
}
