import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { GENERAL_FINDINGS } from '../../src/doctor/catalogue.ts'
import type { FindingKind } from '../../src/doctor/finding.ts'
import { ISSUER_FINDINGS } from '../../src/doctor/inside/issuer-catalogue.ts'
import { KEYCLOAK_FINDINGS } from '../../src/doctor/inside/keycloak-catalogue.ts'
import { TOKEN_FINDINGS } from '../../src/doctor/inside/token-catalogue.ts'
import { AUTHORIZATION_SERVER_FINDINGS } from '../../src/doctor/outside/authorization-server-catalogue.ts'
import { METADATA_FINDINGS } from '../../src/doctor/outside/metadata-catalogue.ts'
import { SERVER_FINDINGS } from '../../src/doctor/outside/server-catalogue.ts'

const GUIDE = 'docs/doctor.md'

/** The parts of the guide, in their order. */
const PARTS: Readonly<Record<string, Readonly<Record<string, FindingKind>>>> = {
  'The server': SERVER_FINDINGS,
  'The metadata of the server': METADATA_FINDINGS,
  'The authorization server': AUTHORIZATION_SERVER_FINDINGS,
  'From inside: the authorization server': ISSUER_FINDINGS,
  'From inside: tokens': TOKEN_FINDINGS,
  'From inside: Keycloak': KEYCLOAK_FINDINGS,
  'The examination itself': GENERAL_FINDINGS,
}

/** The first lines of the section of a code. The guide may say more after them. */
function beginningOf(code: string, { severity, meaning, remedy }: FindingKind): string {
  return `#### ${code}\n\nA ${severity}. ${meaning}\n\n**Mend:** ${remedy}\n`
}

/** The sections of the guide by their codes. */
function sectionsOf(guide: string): ReadonlyMap<string, string> {
  const sections = guide.split(/^(?=#{2,4} )/m).filter((section) => section.startsWith('#### '))
  return new Map(sections.map((section) => [/^#### (\S+)/.exec(section)?.[1] ?? '', section]))
}

/** The guide with a section for every code. What it says beyond the first lines stays. */
function written(guide: string): string {
  const sections = sectionsOf(guide)
  const restOf = (code: string): string => {
    // The heading, the meaning and the remedy, with empty lines in between.
    const lines = (sections.get(code) ?? '').split('\n')
    return lines.slice(5).join('\n').trim()
  }
  const parts = Object.entries(PARTS).map(([title, catalogue]) => {
    const entries = Object.entries(catalogue).map(([code, kind]) => {
      const rest = restOf(code)
      return `${beginningOf(code, kind)}${rest === '' ? '' : `\n${rest}\n`}`
    })
    return `### ${title}\n\n${entries.join('\n')}`
  })
  const [introduction = ''] = guide.split(/^## Findings$/m)
  return `${introduction}## Findings\n\n${parts.join('\n')}`
}

describe('docs/doctor.md', () => {
  if (process.env.WRITE_DOCS === '1') {
    writeFileSync(GUIDE, written(readFileSync(GUIDE, 'utf8')))
  }
  const guide = readFileSync(GUIDE, 'utf8')
  const catalogues = Object.values(PARTS).flatMap((catalogue) => Object.entries(catalogue))

  it('has a place for every code, and no place without a code', () => {
    const codes = catalogues.map(([code]) => code)
    expect([...sectionsOf(guide).keys()].sort()).toEqual([...codes].sort())
    expect(new Set(codes).size).toBe(codes.length)
  })

  it('says of each code what the report says; WRITE_DOCS=1 writes it', () => {
    for (const [code, kind] of catalogues) {
      expect(sectionsOf(guide).get(code), code).toContain(beginningOf(code, kind))
    }
  })

  it('says what people can do, in sentences', () => {
    for (const [code, { meaning, remedy }] of catalogues) {
      expect(code).toMatch(/^[A-Z][A-Z0-9_]+$/)
      for (const text of [meaning, remedy]) expect(text, code).toMatch(/^["A-Z].*\.$/)
    }
  })
})
