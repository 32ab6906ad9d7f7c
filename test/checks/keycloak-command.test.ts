import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const FOLDER = 'scripts/keycloak'

const run = (...args: string[]) =>
  spawnSync(process.execPath, [`${FOLDER}/main.ts`, ...args], { encoding: 'utf8' })

describe('npm run keycloak', () => {
  it('tells every variable that it reads, and starts nothing, with --help', () => {
    const { status, stdout } = run('--help')
    expect(status).toBe(0)
    const sources = readdirSync(FOLDER).map((name) => readFileSync(`${FOLDER}/${name}`, 'utf8'))
    const read = sources.flatMap((source) => source.match(/\bKEYCLOAK_[A-Z_]+\b/g) ?? [])
    for (const name of ['PORT', 'RESOURCE', ...read]) expect(stdout).toContain(`  ${name} `)
  })

  it('refuses an option that it does not have', () => {
    const { status, stderr } = run('--port')
    expect(status).toBe(1)
    expect(stderr).toContain('--port')
  })
})
