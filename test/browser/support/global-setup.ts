import type { TestProject } from 'vitest/node'
import { startKeycloak } from '../../../scripts/keycloak/start-keycloak.ts'

/** Starts the one Keycloak of the tier. Each file that uses it has realms of its own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const say = (line: string): void => console.log(`[keycloak] ${line}`)
  const keycloak = await startKeycloak({ say })
  say(`${keycloak.description} at ${keycloak.url}`)
  project.provide('keycloakUrl', keycloak.url)
  project.provide('administrator', keycloak.administrator)
  return () => keycloak.close()
}
