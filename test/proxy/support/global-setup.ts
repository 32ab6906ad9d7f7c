import { spawnSync } from 'node:child_process'
import { PATHS } from './run-proxy.ts'

const PROXIES = ['nginx', 'haproxy']

/** Installs the proxies that are missing, where that is possible. */
export default function setUp(): void {
  const missing = PROXIES.filter((name) => !isInstalled(name))
  if (missing.length === 0) return
  if (process.getuid?.() === 0 && isInstalled('apt-get')) {
    run('apt-get', 'update')
    run('apt-get', 'install', '--yes', '--no-install-recommends', ...missing)
  }
  const still = missing.filter((name) => !isInstalled(name))
  if (still.length === 0) return
  const names = still.join(' and ')
  throw new Error(
    `test:proxy needs ${names}, which this machine does not have. As root: apt-get install ${still.join(' ')}`,
  )
}

const env = { ...process.env, PATH: PATHS, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }

function isInstalled(command: string): boolean {
  return spawnSync(command, ['-v'], { env }).error === undefined
}

function run(command: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { env, encoding: 'utf8' })
  if (status !== 0) console.error(`${command} ${args.join(' ')}: ${stderr}`)
}
