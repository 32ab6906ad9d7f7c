import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { freePort } from '../../scripts/keycloak/ports.ts'
import { blocksOf, faultIn, readGuide } from './support/guide.ts'
import { type CommandWatch, watchCommands } from './support/guide-commands.ts'
import { makeReadersFolder } from './support/readers-folder.ts'
import { openShell, type Shell } from './support/shell.ts'

const GUIDE = 'docs/keycloak.md'
const { steps, files, languages } = readGuide(GUIDE)

describe('the guide, read and done', () => {
  /** What the guide's variables are here, by what its text shows. */
  let shown: readonly (readonly [string, string])[] = []
  let folder = ''
  let before: readonly string[] = []
  let commands: CommandWatch
  let shell: Shell

  beforeAll(async () => {
    const keycloak = inject('keycloakUrl')
    const { username, password } = inject('administrator')
    const origin = `http://127.0.0.1:${await freePort()}`
    const realm = `guide-${crypto.randomUUID().slice(0, 8)}`
    shown = [
      ['http://localhost:8080/realms/acme', `${keycloak}/realms/${realm}`],
      ['http://localhost:8080', keycloak],
      ['http://127.0.0.1:3001', origin],
      ['"acme"', `"${realm}"`],
    ]
    folder = makeReadersFolder(files)
    before = readdirSync(folder).sort()
    const path = [dirname(process.execPath), process.env.PATH].join(delimiter)
    commands = watchCommands(['curl', 'jq', 'node', 'npx', 'openssl'], path)
    shell = openShell(folder, {
      PATH: [commands.folder, path].join(delimiter),
      HOME: commands.folder,
      KEYCLOAK: keycloak,
      ADMIN: username,
      ADMIN_PASSWORD: password,
      REALM: realm,
      EXISTING_REALM: `${realm}-existing`,
      MCP_ORIGIN: origin,
    })
  })

  afterAll(async () => {
    await shell?.close()
    commands?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it.each(steps)('line $line: $code', async ({ code, expected }) => {
    const { status, output } = await shell.run(code)
    expect(status, output).toBe(0)
    const made = readdirSync(folder).filter((name) => !before.includes(name))
    for (const name of made) {
      expect(statSync(join(folder, name)).mode & 0o077, `${name} is for its owner alone`).toBe(0)
      if (name.endsWith('.json')) commands.keepSecretsOf(readFileSync(join(folder, name), 'utf8'))
    }
    if (expected === undefined) return
    const text = shown.reduce((so, [there, here]) => so.replaceAll(there, here), expected.text)
    expect(
      faultIn(output, { ...expected, text }),
      `${output}\n\nexpected:\n${text}`,
    ).toBeUndefined()
  })

  it('S1.7: shows no secret, password or token to other users of the machine', () => {
    commands.keep(inject('administrator').password)
    expect(commands.secrets).toBeGreaterThan(8)
    expect(commands.count).toBeGreaterThan(steps.length)
    expect(commands.exposed()).toEqual([])
  })

  it('S1.7: leaves nothing behind', () => {
    expect(readdirSync(folder).sort()).toEqual(before)
  })

  it('has no commands that are not run, but those that need Docker, a registry or a proxy', () => {
    expect(Object.keys(languages).sort()).toEqual(['console', 'json', 'nginx', 'sh', 'text', 'ts'])
    expect(languages.console).toBeLessThanOrEqual(3)
    expect(languages.sh).toBe(steps.length)
  })

  it('promises something in each text or json block', () => {
    const promises = steps.filter(({ expected }) => expected !== undefined)
    expect(promises).toHaveLength((languages.text ?? 0) + (languages.json ?? 0))
  })
})

describe('the check itself', () => {
  it('sees a secret among the arguments of a command', async () => {
    const commands = watchCommands(['wc'], process.env.PATH ?? '')
    const path = [commands.folder, process.env.PATH].join(delimiter)
    const shell = openShell('.', { PATH: path, SECRET: 'a-secret-of-the-test' })
    try {
      commands.keepSecretsOf('{ "clients": [{ "secret": "a-secret-of-the-test" }] }')
      await shell.run('printf %s "$SECRET" | wc; wc < <(printf %s "$SECRET")')
      expect(commands.exposed()).toEqual([])
      await shell.run('wc "$SECRET" || true; wc -- eyJhbGciOi.eyJhdWQiOi.c2lnbmF0 || true')
      expect(commands.exposed()).toHaveLength(2)
      expect(commands.count).toBe(4)
    } finally {
      await shell.close()
      commands.close()
    }
  })

  it.each([
    ['text', 'a\nb', 'a\nb\n', true],
    ['text', 'a\nb', 'a\n', false],
    ['text', 'a', 'a\nb\n', false],
    ['text', 'a…c', 'abbc\n', true],
    ['text', 'a…c', 'ab\nc\n', false],
    ['text', 'a\n…\nd', 'a\r\nb\r\nc\r\nd\r\n', true],
    ['text', 'a.c', 'abc\n', false],
    ['json', '{ "a": 1 }', '{"b":2,"a":1}', true],
    ['json', '{ "a": 1 }', '{"a":2}', false],
    ['json', '{ "a": null }', '{}', false],
    ['json', '["a"]', '["a","b"]', false],
    ['json', '{ "a": ["x…"] }', '{"a":["xyz"]}', true],
    ['json', '{ "a": {} }', '{"a":[]}', false],
    ['json', '{}', 'no JSON', false],
  ] as const)('%s %j and %j', (language, text, output, same) => {
    expect(faultIn(output, { language, text }) === undefined).toBe(same)
  })

  it('knows where blocks end, and what stands between them', () => {
    const text = '# T\n```sh\na\nb\n```\n\n```json\n{}\n```\nwords\n```text\nc\n```\n'
    expect(blocksOf(text)).toEqual([
      { line: 3, language: 'sh', text: 'a\nb', before: ['# T'] },
      { line: 8, language: 'json', text: '{}', before: [''] },
      { line: 12, language: 'text', text: 'c', before: ['words'] },
    ])
  })

  it('notices a command that fails, wherever it stands', async () => {
    const shell = openShell('.', { PATH: process.env.PATH ?? '' })
    try {
      expect(await shell.run('one() { echo "$1"; }\nX=1')).toEqual({ status: 0, output: '' })
      expect(await shell.run('one "$X"; (exit 3); one 2')).toEqual({ status: 3, output: '1\n2\n' })
      expect(await shell.run('false | cat')).toEqual({ status: 1, output: '' })
      expect(await shell.run('if false; then one no; fi')).toEqual({ status: 0, output: '' })
    } finally {
      await shell.close()
    }
  })
})
