import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { GENERAL_FINDINGS } from '../../src/doctor/catalogue.ts'
import { ISSUER_FINDINGS } from '../../src/doctor/inside/issuer-catalogue.ts'
import { KEYCLOAK_FINDINGS } from '../../src/doctor/inside/keycloak-catalogue.ts'
import { TOKEN_FINDINGS } from '../../src/doctor/inside/token-catalogue.ts'
import { AUTHORIZATION_SERVER_FINDINGS } from '../../src/doctor/outside/authorization-server-catalogue.ts'
import { METADATA_FINDINGS } from '../../src/doctor/outside/metadata-catalogue.ts'
import { SERVER_FINDINGS } from '../../src/doctor/outside/server-catalogue.ts'

const CODES: ReadonlySet<string> = new Set(
  [
    GENERAL_FINDINGS,
    KEYCLOAK_FINDINGS,
    ISSUER_FINDINGS,
    TOKEN_FINDINGS,
    AUTHORIZATION_SERVER_FINDINGS,
    METADATA_FINDINGS,
    SERVER_FINDINGS,
  ].flatMap(Object.keys),
)

/** The cells of the table of symptoms, without its head. */
function rows(): readonly (readonly string[])[] {
  const guide = readFileSync('docs/keycloak.md', 'utf8')
  const [, section = ''] = guide.split(/^## Symptoms$/m)
  const [table = ''] = section.split(/^#{2,3} /m)
  const lines = table.split('\n').filter((line) => line.startsWith('| '))
  return lines.slice(1).map((line) => line.split(' | ').map((cell) => cell.replace(/ \|$/, '')))
}

describe('the table of symptoms', () => {
  it('says of each symptom what the doctor calls it, or who sees it instead', () => {
    expect(rows().length).toBeGreaterThan(40)
    for (const cells of rows()) {
      expect(cells, cells[0]).toHaveLength(5)
      const [symptom = '', , , , doctor = ''] = cells
      const codes = [...doctor.matchAll(/\[`([A-Z0-9_]+)`\]\(([^)]+)\)/g)]
      if (codes.length === 0) expect(doctor, symptom).toMatch(/^(?:no: .|.* `--try-registration`$)/)
      for (const [, code = '', place] of codes) {
        expect(CODES.has(code), `${symptom}: ${code}`).toBe(true)
        expect(place).toBe(`doctor.md#${code.toLowerCase()}`)
      }
    }
  })
})
