import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Commands that are written down as they are run. */
export interface CommandWatch {
  /** To be put first into `PATH`. */
  readonly folder: string
  /** How many commands were run. */
  readonly count: number
  /** How many secrets are looked for. */
  readonly secrets: number
  /** Looks for this text from now on. A short one would be found everywhere, and is not looked for. */
  keep(secret: string): void
  /** Looks for the secrets and passwords of a realm's JSON from now on. */
  keepSecretsOf(realm: string): void
  /** Commands with a secret, or with a signed token, among their arguments. */
  exposed(): readonly string[]
  close(): void
}

const SIGNED_TOKEN = /eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/

/** Puts a stand-in before each of these commands that notes its arguments, and runs the command. */
export function watchCommands(names: readonly string[], path: string): CommandWatch {
  const folder = mkdtempSync(join(tmpdir(), 'commands-'))
  const log = join(folder, 'arguments.log')
  const secrets = new Set<string>()
  for (const name of names) {
    const real = execFileSync('bash', ['-c', `command -v ${name}`], {
      encoding: 'utf8',
      env: { PATH: path },
    }).trim()
    const stand = join(folder, name)
    // Each command is one line, whatever is in its arguments.
    const note = `printf '%s ' ${name} "$@" | tr '\\n' ' ' >> '${log}'; echo >> '${log}'`
    writeFileSync(stand, `#!/bin/bash\n${note}\nexec '${real}' "$@"\n`)
    chmodSync(stand, 0o755)
  }
  const lines = (): string[] =>
    existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(0, -1) : []
  const keep = (secret: unknown): void => {
    if (typeof secret === 'string' && secret.length >= 16) secrets.add(secret)
  }
  return {
    folder,
    get count() {
      return lines().length
    },
    get secrets() {
      return secrets.size
    },
    keep,
    keepSecretsOf(realm) {
      JSON.parse(realm, (name, value: unknown) => {
        if (name === 'secret') keep(value)
        if (name === 'credentials')
          for (const entry of value as { value?: string }[]) keep(entry.value)
        return value
      })
    },
    exposed: () =>
      lines().filter(
        (line) => SIGNED_TOKEN.test(line) || [...secrets].some((secret) => line.includes(secret)),
      ),
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}
