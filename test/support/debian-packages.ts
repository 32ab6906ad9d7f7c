import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Where Debian has servers, which is not in the path of every user. */
export const PATHS = `${process.env.PATH}:/usr/sbin:/usr/local/bin:/usr/local/sbin`

const env = { ...process.env, PATH: PATHS, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }

/**
 * Installs the Debian packages whose commands are missing, where that is possible. A package has the
 * name of its command.
 *
 * @param user what needs them, such as an npm script: the subject of the error message
 * @throws {Error} naming what is still missing
 */
export function installPackages(user: string, packages: readonly string[]): void {
  const missing = packages.filter((name) => !isInstalled(name))
  if (missing.length === 0) return
  tryInstall(missing)
  const still = missing.filter((name) => !isInstalled(name))
  if (still.length === 0) return
  throw new Error(
    `${user} needs ${still.join(' and ')}, which this machine does not have. ` +
      `As root: apt-get install ${still.join(' ')}`,
  )
}

/** Installs Debian packages if this process may. A failure is printed. */
export function tryInstall(packages: readonly string[]): void {
  if (process.getuid?.() !== 0 || !isInstalled('apt-get')) return
  run('apt-get', 'update')
  run('apt-get', 'install', '--yes', '--no-install-recommends', ...packages)
}

function isInstalled(command: string): boolean {
  return PATHS.split(':').some((folder) => existsSync(join(folder, command)))
}

/** Runs a command. A failure is printed. */
export function run(command: string, ...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { env, encoding: 'utf8' })
  if (status !== 0) console.error(`${command} ${args.join(' ')}: ${stderr || error}`)
}
