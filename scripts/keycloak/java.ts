import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Java {
  readonly home: string
  readonly major: number
}

/** The releases that Keycloak 26 is tested with, the best first. 17 still runs it, for now. */
const PREFERRED = [25, 21]
const OLDEST = 17

const FOLDERS = ['/usr/lib/jvm', '/usr/java', '/Library/Java/JavaVirtualMachines']

/**
 * The best Java of this machine.
 *
 * @throws {Error} saying what was found, where none will do
 */
export function findJava(): Java {
  const found = candidates().flatMap((home): Java[] => {
    const major = majorOf(home)
    return major === undefined ? [] : [{ home, major }]
  })
  const [best] = found
    .filter(({ major }) => major >= OLDEST)
    .sort((a, b) => rank(a.major) - rank(b.major))
  if (best !== undefined) return best
  const seen = found.map(({ home, major }) => `Java ${major} in ${home}`).join(', ') || 'none'
  throw new Error(
    `Keycloak needs Java ${[...PREFERRED, OLDEST].join(', ')}; found ${seen}. Install one, or set JAVA_HOME.`,
  )
}

/** Preferred ones first; of the others the newest. */
function rank(major: number): number {
  const place = PREFERRED.indexOf(major)
  return place < 0 ? 1000 - major : place
}

function candidates(): string[] {
  const homes = FOLDERS.filter(existsSync)
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .flatMap((home) => [home, join(home, 'Contents/Home')])
  const { JAVA_HOME } = process.env
  const all = [...(JAVA_HOME ? [JAVA_HOME] : []), ...homes]
  return [...all.filter((home) => existsSync(join(home, 'bin/java'))), ...onPath()]
}

/** Where the `java` of the PATH lives, as it tells itself. */
function onPath(): string[] {
  const { stderr } = spawnSync('java', ['-XshowSettings:properties', '-version'], {
    encoding: 'utf8',
  })
  return /^\s*java\.home = (.+)$/m.exec(stderr ?? '')?.slice(1) ?? []
}

function majorOf(home: string): number | undefined {
  const release = join(home, 'release')
  const text = existsSync(release) ? readFileSync(release, 'utf8') : ''
  const version = /^JAVA_VERSION="(?:1\.)?(\d+)/m.exec(text)?.[1]
  return version === undefined ? undefined : Number(version)
}
