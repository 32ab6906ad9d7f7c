import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { adminOf } from '../../scripts/keycloak/admin.ts'
import { type AttackedRealm, attackedRealm } from './support/attacked-realm.ts'
import { ATTACKS } from './support/attacks/all.ts'
import { plainKeycloak } from './support/control.ts'
import { DOCUMENTS } from './support/documents.ts'
import { type Undo, undoAll } from './support/examples.ts'
import { accessTokenOf } from './support/oauth.ts'
import { alice, HONEST, type Row } from './support/who-gets-what.ts'

// One realm by the whole recipe, two servers, a shop, a hostile server, a hostile registrant.

const DOCUMENT = resolve(import.meta.dirname, '../../docs/realm.md')

/** Which realm a row is tried in: registered clients and documents exclude each other. */
const REALMS = [
  ['attacked', [...HONEST, ...ATTACKS], undefined],
  ['documents', DOCUMENTS, { documentHosts: ['127.0.0.1'], insecureDocuments: true }],
] as const
const ROWS = REALMS.flatMap(([, rows]) => rows).toSorted((a, b) => order(a) - order(b))

/** What honest users need comes first, then what fell, by its number. */
function order({ about }: Row): number {
  return about === 'honest' ? 0 : Number(about)
}

const nameOf = ({ about, who, does, off, on }: Row, indicators: boolean): string => {
  const prefix = about === 'honest' ? '' : `what fell, ${about}: `
  const open = !indicators && off?.startsWith('OPENS') && !on.startsWith('OPENS')
  return `${prefix}${who} ${does}${open ? ' (only resource indicators stop it)' : ''}`
}

const CASES = [true, false].flatMap((indicators) =>
  REALMS.map(([name, rows, registration]) => ({ indicators, name, rows, registration })),
)

describe.each(CASES)('realm $name, resource indicators: $indicators', (setUp) => {
  const { indicators, name, rows, registration } = setUp
  const undo: Undo = []
  let world: AttackedRealm

  beforeAll(async () => {
    const keycloak = indicators
      ? {
          url: inject('keycloakUrl'),
          admin: adminOf(inject('keycloakUrl'), inject('administrator')),
        }
      : await plainKeycloak()
    const choices = registration === undefined ? { name } : { name, registration }
    world = await attackedRealm(keycloak, indicators, undo, choices)
  })
  afterAll(() => undoAll(undo))

  it.each(rows.map((row) => [nameOf(row, indicators), row] as const))('%s', async (_name, row) => {
    expect(await row.run(world)).toBe(indicators ? row.on : (row.off ?? row.on))
  })
})

describe('a server that verifies no signatures', () => {
  const undo: Undo = []
  afterAll(() => undoAll(undo))

  it('with resource indicators refuses every token, for answers are not narrowed', async () => {
    const url = inject('keycloakUrl')
    const keycloak = { url, admin: adminOf(url, inject('administrator')) }
    const { realm, notes } = await attackedRealm(keycloak, true, undo, { name: 'introspected' })
    const token = accessTokenOf(
      await realm.signIn(alice(), {
        client_id: 'mcp-client',
        scope: 'notes:read',
        resource: notes.url,
      }),
    )
    expect(await notes.judge(token, 'hybrid')).toBe('opens')
    expect(await notes.judge(token, 'introspection')).toBe('401 audience_mismatch')
  })
})

describe('docs/realm.md', () => {
  const START = '<!-- who gets what: written by test/keycloak/who-gets-what.test.ts -->'
  const END = '<!-- end of who gets what -->'

  it('has the table of who gets what, as it was tried', () => {
    const before = readFileSync(DOCUMENT, 'utf8')
    const [head = '', rest = ''] = before.split(START)
    const [, tail = ''] = rest.split(END)
    const after = `${head}${START}\n\n${tableOf(ROWS)}\n${END}${tail}`
    if (process.env.WRITE_DOCS === '1') writeFileSync(DOCUMENT, after)
    expect(readFileSync(DOCUMENT, 'utf8')).toBe(after)
  })
})

function tableOf(rows: readonly Row[]): string {
  const lines = rows.map(({ about, who, does, on, off = on }) =>
    [about === 'honest' ? '' : about, who, does, on, off === on ? 'the same' : off].join(' | '),
  )
  return [
    '| | who | what is tried | with resource indicators | without |',
    '|---|---|---|---|---|',
    ...lines.map((line) => `| ${line} |`),
    '',
  ].join('\n')
}
