import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { adminOf } from '../../scripts/keycloak/admin.ts'
import { keycloakRealm } from '../../src/keycloak/index.ts'

// Keycloak's own client profiles, held against the recipe's: docs/realm.md says where they differ.

interface Profile {
  readonly name: string
  readonly executors: readonly { readonly executor: string }[]
}

const DOCUMENT = resolve(import.meta.dirname, '../../docs/realm.md')

/** The rows of the document's table: executor, profiles, what the recipe has. */
const rows = readFileSync(DOCUMENT, 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, executor, profiles, recipe] =
      /^\| `([a-z-]+)` \| ([^|]+) \| ([^|]+) \|$/.exec(line) ?? []
    return executor === undefined ? [] : [{ executor, profiles, recipe }]
  })

const inRecipe = new Set(
  keycloakRealm({ resource: 'https://mcp.example.com/mcp' }).clientProfiles.profiles.flatMap(
    ({ executors }) => executors.map(({ executor }) => executor),
  ),
)

describe('the client profiles that Keycloak has built in', () => {
  let executors: Map<string, string[]>

  beforeAll(async () => {
    const admin = adminOf(inject('keycloakUrl'), inject('administrator'))
    const { globalProfiles } = (await admin.call(
      'GET',
      '/main/client-policies/profiles?include-global-profiles=true',
    )) as { globalProfiles: Profile[] }
    executors = new Map()
    for (const { name, executors: checks } of globalProfiles) {
      if (name.startsWith('saml')) continue
      for (const { executor } of checks) {
        executors.set(executor, [...(executors.get(executor) ?? []), name])
      }
    }
  })

  it('demand what docs/realm.md says, each in the profiles that it says', () => {
    const documented = rows.map(({ executor, profiles }) => [executor, profiles])
    const found = [...executors].map(([executor, names]) => [executor, names.sort().join(', ')])
    expect(documented.sort()).toEqual(found.sort())
  })

  it.each(rows)('the recipe has what docs/realm.md says of $executor', ({ executor, recipe }) => {
    expect(inRecipe.has(executor)).toBe(recipe?.startsWith('the same') ?? false)
  })
})
