import type { JWK } from 'jose'
import type { TestProject } from 'vitest/node'
import type { Administrator } from '../../../scripts/keycloak/server.ts'
import { startKeycloak } from '../../../scripts/keycloak/start-keycloak.ts'
import { createTestKey } from '../../../src/testing/index.ts'
import { makeCertificate } from '../../support/certificates.ts'
import { control } from './control.ts'
import {
  byRoleRealm,
  mainRealm,
  oneAudienceRealm,
  otherRealm,
  twoAudiencesRealm,
} from './realms.ts'

declare module 'vitest' {
  interface ProvidedContext {
    keycloakUrl: string
    administrator: Administrator
    /** Keycloak's address over https; empty for a Keycloak of KEYCLOAK_URL. */
    keycloakHttpsUrl: string
    /** The authority of Keycloak's certificate and of its clients' certificates. */
    authority: { readonly name: string; readonly cert: string; readonly key: string }
    /** Of `control`. */
    controlUrl: string
    /** The key of the client `private-key`. */
    clientKey: JWK
  }
}

/** Starts the one Keycloak of the tier. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { publicKey, privateKey } = createTestKey({ keyId: 'key-of-the-client' })
  const { KEYCLOAK_URL, KEYCLOAK_ADMIN = 'admin', KEYCLOAK_ADMIN_PASSWORD = 'admin' } = process.env
  const authority = makeCertificate({ name: 'authority', isAuthority: true })
  const { cert, key } = makeCertificate({ name: 'localhost', issuer: authority })
  const keycloak = await startKeycloak({
    https: { cert, key, clientAuthority: authority.cert },
    // Of a Keycloak that runs already; the tier's own gets a generated password.
    ...(KEYCLOAK_URL
      ? { administrator: { username: KEYCLOAK_ADMIN, password: KEYCLOAK_ADMIN_PASSWORD } }
      : {}),
    say: (line) => console.log(`[keycloak] ${line}`),
    realms: [
      mainRealm(publicKey),
      otherRealm(),
      twoAudiencesRealm(),
      oneAudienceRealm(),
      byRoleRealm(),
    ],
  })
  console.log(`[keycloak] ${keycloak.description} at ${keycloak.url}`)
  const { url, close } = await control(keycloak, (line) => console.log(`[keycloak] ${line}`))
  project.provide('keycloakUrl', keycloak.url)
  project.provide('keycloakHttpsUrl', keycloak.httpsUrl ?? '')
  const { name } = authority
  project.provide('authority', { name, cert: authority.cert, key: authority.key })
  project.provide('administrator', keycloak.administrator)
  project.provide('controlUrl', url)
  project.provide('clientKey', {
    ...privateKey.export({ format: 'jwk' }),
    kid: publicKey.kid,
  } as JWK)
  return async () => {
    await close()
    await keycloak.close()
  }
}
