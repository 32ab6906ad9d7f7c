/**
 * What the package may cost its users: size, files, modules, packages. To raise a limit is a decision: do it in
 * the commit that needs it, and say why in its message. The limits are about a tenth above what is used: everyday
 * changes pass, but a mistake does not, such as a folder that is packed, or an import that loads a whole room.
 */

/** All packages that an installation brings. A new one is a decision: docs/decisions.md. */
export const RUNTIME_DEPENDENCIES = ['jose', 'lru-cache', 'undici', 'zod'] as const

/** The limits of the packed package: bytes of the .tgz, bytes of its files, and how many files. */
export const PACKAGE_BUDGET = { packed: 1_700_000, unpacked: 6_100_000, files: 1_900 } as const

/** How many modules the import of a subpath loads. */
export interface ModuleCounts {
  /** Modules of this package. */
  readonly own: number
  /** Modules of other packages. */
  readonly foreign: number
}

/** The limits of each subpath of `exports`. Which packages it may load is in `package.test.ts`. */
export const IMPORT_BUDGET: Readonly<Record<string, ModuleCounts>> = {
  '.': { own: 315, foreign: 245 },
  './verifiers': { own: 130, foreign: 245 },
  './token-exchange': { own: 95, foreign: 245 },
  './challenge': { own: 3, foreign: 0 },
  './metadata': { own: 6, foreign: 0 },
  './policy': { own: 35, foreign: 105 },
  './telemetry': { own: 8, foreign: 0 },
  './opentelemetry': { own: 35, foreign: 160 },
  './adapter': { own: 4, foreign: 0 },
  './express': { own: 25, foreign: 0 },
  './fastify': { own: 25, foreign: 0 },
  './hono': { own: 27, foreign: 0 },
  './node': { own: 23, foreign: 0 },
  './fetch': { own: 18, foreign: 0 },
  './mcp-sdk': { own: 44, foreign: 106 },
  './mcp-server': { own: 53, foreign: 120 },
  './keycloak': { own: 47, foreign: 105 },
  './redis': { own: 27, foreign: 105 },
  './profiles': { own: 41, foreign: 105 },
  './explain': { own: 68, foreign: 105 },
  './testing': { own: 355, foreign: 275 },
  './testing/msw': { own: 8, foreign: 50 },
  './environment': { own: 24, foreign: 0 },
}

const RAISE =
  'Is that wanted? Then raise the limit in test/checks/budget.ts, and say why in the message of the commit'

/** How many there are of each, the most first: `gate 40, mcp 38`. */
function tally(names: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  const sorted = [...counts].sort(([, one], [, other]) => other - one)
  return sorted.map(([name, count]) => `${name} ${count}`).join(', ')
}

/**
 * Says by how much the import of a subpath exceeds its limit; `undefined` if it does not.
 *
 * @param own paths below dist/, of this package
 * @param foreign names of packages, one for each module
 */
export function importOverBudget(
  subpath: string,
  { own, foreign }: { own: readonly string[]; foreign: readonly string[] },
): string | undefined {
  const budget = IMPORT_BUDGET[subpath]
  if (budget === undefined) return `"${subpath}" has no limit: add one to test/checks/budget.ts`
  const faults: string[] = []
  if (own.length > budget.own) {
    const rooms = own.map((path) => path.replace(/\/.*/, ''))
    faults.push(
      `${own.length} modules of this package, limit ${budget.own} (by room: ${tally(rooms)})`,
    )
  }
  if (foreign.length > budget.foreign) {
    faults.push(
      `${foreign.length} modules of other packages, limit ${budget.foreign} (${tally(foreign)})`,
    )
  }
  if (faults.length === 0) return undefined
  return `the import of "${subpath}" loads ${faults.join(', and ')}. ${RAISE}`
}

export interface PackedPackage {
  readonly size: number
  readonly unpackedSize: number
  readonly files: readonly { readonly path: string; readonly size: number }[]
}

/** What the packed package is too large in, or `undefined`. */
export function packageOverBudget({
  size,
  unpackedSize,
  files,
}: PackedPackage): string | undefined {
  const found = { packed: size, unpacked: unpackedSize, files: files.length }
  const faults = (['packed', 'unpacked', 'files'] as const)
    .filter((what) => found[what] > PACKAGE_BUDGET[what])
    .map((what) => `${what}: ${found[what]}, limit ${PACKAGE_BUDGET[what]}`)
  if (faults.length === 0) return undefined
  const bytes = new Map<string, number>()
  for (const file of files) {
    const folder = /^(?:dist\/)?[^/]+/.exec(file.path)?.[0] ?? file.path
    bytes.set(folder, (bytes.get(folder) ?? 0) + file.size)
  }
  const largest = [...bytes].sort(([, one], [, other]) => other - one).slice(0, 8)
  const shares = largest.map(([folder, count]) => `${folder} ${Math.round(count / 1000)} kB`)
  return `the package is too large (${faults.join('; ')}). The largest parts: ${shares.join(', ')}. ${RAISE}`
}
