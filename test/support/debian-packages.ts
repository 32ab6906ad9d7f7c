import { spawnSync } from 'node:child_process'

/** Where Debian has servers, which is not in the path of every user. */
export const PATHS = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`

const env = { ...process.env, PATH: PATHS, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }

/**
 * Installs the Debian packages whose commands are missing, where that is possible. A package has the
 * name of its command.
 *
 * @param tier the npm script that needs them
 * @throws {Error} naming what is still missing
 */
export function installPackages(tier: string, packages: readonly string[]): void {
  const missing = packages.filter((name) => !isInstalled(name))
  if (missing.length === 0) return
  if (process.getuid?.() === 0 && isInstalled('apt-get')) {
    run('apt-get', 'update')
    run('apt-get', 'install', '--yes', '--no-install-recommends', ...missing)
  }
  const still = missing.filter((name) => !isInstalled(name))
  if (still.length === 0) return
  const names = still.join(' and ')
  throw new Error(
    `${tier} needs ${names}, which this machine does not have. As root: apt-get install ${still.join(' ')}`,
  )
}

function isInstalled(command: string): boolean {
  return spawnSync(command, ['-v'], { env }).error === undefined
}

function run(command: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { env, encoding: 'utf8' })
  if (status !== 0) console.error(`${command} ${args.join(' ')}: ${stderr}`)
}
