import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { adminOf } from '../../scripts/keycloak/admin.ts'
import { freePort } from '../../scripts/keycloak/ports.ts'
import { faultIn, readGuide } from './support/guide.ts'
import { type CommandWatch, watchCommands } from './support/guide-commands.ts'
import { makeReadersFolder } from './support/readers-folder.ts'
import { openShell, type Shell } from './support/shell.ts'

const GUIDE = 'docs/quick-start-keycloak.md'

/** The guide as its reader has it here: with the addresses of this Keycloak and of a free port. */
function readHere(realm: string, origin: string): ReturnType<typeof readGuide> {
  const text = readFileSync(GUIDE, 'utf8')
    .replaceAll('realms/acme', `realms/${realm}`)
    .replaceAll('--realm acme', `--realm ${realm}`)
    .replaceAll('http://localhost:8080', inject('keycloakUrl'))
    .replaceAll('http://127.0.0.1:3001', origin)
  const folder = mkdtempSync(join(tmpdir(), 'quick-start-'))
  try {
    writeFileSync(join(folder, 'guide.md'), text)
    return readGuide(join(folder, 'guide.md'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const admin = adminOf(inject('keycloakUrl'), inject('administrator'))
const realm = `quick-${crypto.randomUUID().slice(0, 8)}`
const { steps, files, languages } = readHere(realm, `http://127.0.0.1:${await freePort()}`)

describe('ten minutes with Keycloak, read and done', () => {
  let folder = ''
  let before: readonly string[] = []
  let commands: CommandWatch
  let shell: Shell
  let imported = false

  beforeAll(() => {
    folder = makeReadersFolder(files)
    before = readdirSync(folder).sort()
    const path = [dirname(process.execPath), process.env.PATH].join(delimiter)
    commands = watchCommands(['curl', 'node', 'npx'], path)
    shell = openShell(folder, {
      PATH: [commands.folder, path].join(delimiter),
      HOME: commands.folder,
    })
  })

  afterAll(async () => {
    await shell?.close()
    commands?.close()
    if (imported) await admin.call('DELETE', `/${realm}`)
    rmSync(folder, { recursive: true, force: true })
  })

  it.each(steps)('line $line: $code', async ({ code, expected }) => {
    const { status, output } = await shell.run(code)
    expect(status, output).toBe(0)
    const written = join(folder, 'realm.json')
    if (!imported && existsSync(written)) {
      // The guide's Keycloak imports the file at its start; this one runs already.
      const text = readFileSync(written, 'utf8')
      commands.keepSecretsOf(text)
      imported = await admin.importRealm(JSON.parse(text))
      expect(imported).toBe(true)
    }
    if (expected === undefined) return
    expect(faultIn(output, expected), output).toBeUndefined()
  })

  it('S1.7: shows no secret, password or token to other users of the machine', () => {
    expect(commands.secrets).toBeGreaterThan(2)
    expect(commands.count).toBeGreaterThan(steps.length)
    expect(commands.exposed()).toEqual([])
  })

  it('S1.7: leaves nothing behind', () => {
    expect(readdirSync(folder).sort()).toEqual(before)
  })

  it('has no commands that are not run, but those that download or start something', () => {
    expect(languages.console).toBeLessThanOrEqual(5)
    expect(languages.sh).toBe(steps.length)
  })
})
