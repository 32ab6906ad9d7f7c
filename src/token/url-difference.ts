import { isLoopback } from '../http/secure-url.ts'

/**
 * How two URLs differ that probably mean the same place, the weightiest difference first. `host` is
 * another host with the same path, `realm` another segment of the path, `origin` a URL without its path.
 * The others are ways to write one address.
 */
const DIFFERENCES = [
  'host',
  'realm',
  'scheme',
  'loopback',
  'port',
  'origin',
  'slash',
  'case',
  'spelling',
] as const

/** @internal */
export type UrlDifference = (typeof DIFFERENCES)[number]

/** How one part differs. `far`: the parts mean different places. */
type PartDifference = UrlDifference | 'same' | 'far'

/** Longest URL that is compared, in characters. The caller of the server chooses it. @internal */
export const MAX_URL_LENGTH = 512

/**
 * Names the weightiest difference of two http(s) URLs. `undefined` if they are equal, if one of them is
 * no such URL, or if a difference is not in `counted`. It is a hint for the operator, and never a reason
 * to accept a URL.
 *
 * @internal
 */
export function urlDifference<Counted extends UrlDifference>(
  found: string,
  expected: string,
  counted: readonly Counted[],
): Counted | undefined {
  if (found === expected) return undefined
  const one = readUrl(found)
  const two = readUrl(expected)
  if (one === undefined || two === undefined) return undefined
  if (one.search !== two.search || one.hash !== two.hash) return undefined
  const host = hostDifference(one, two)
  // Every server has a root, so another host with the path `/` has nothing in common with this one.
  const isElsewhere = one.pathname !== two.pathname || one.pathname === '/'
  if (host === 'host' && isElsewhere) return undefined
  const parts: readonly PartDifference[] = [
    one.protocol === two.protocol ? 'same' : 'scheme',
    host,
    pathDifference(one.pathname, two.pathname),
  ]
  const differences = parts.filter((part) => part !== 'same')
  if (differences.length === 0) differences.push(spellingDifference(found, expected))
  const known: readonly PartDifference[] = counted
  if (!differences.every((difference) => known.includes(difference))) return undefined
  return counted.find((difference) => difference === weightiest(differences))
}

/** Whether two texts that are not equal differ only by a final slash, or in upper and lower case. @internal */
export function spellingDifference(found: string, expected: string): 'slash' | 'case' | 'spelling' {
  const [one, two] = [withoutSlash(found), withoutSlash(expected)]
  if (one === two) return 'slash'
  return one.toLowerCase() === two.toLowerCase() ? 'case' : 'spelling'
}

function weightiest(differences: readonly PartDifference[]): UrlDifference | undefined {
  return DIFFERENCES.find((difference) => differences.includes(difference))
}

function hostDifference(one: URL, two: URL): PartDifference {
  if (one.hostname !== two.hostname) {
    return isLoopback(one.hostname) && isLoopback(two.hostname) ? 'loopback' : 'host'
  }
  return one.port === two.port ? 'same' : 'port'
}

function pathDifference(one: string, two: string): PartDifference {
  if (one === two) return 'same'
  if (withoutSlash(one) === withoutSlash(two)) return 'slash'
  if (one === '/') return 'origin'
  const [plain, other] = [plainPath(one), plainPath(two)]
  if (plain === other) return 'spelling'
  if (plain.toLowerCase() === other.toLowerCase()) return 'case'
  return differsInOneSegment(plain.split('/'), other.split('/')) ? 'realm' : 'far'
}

function differsInOneSegment(one: readonly string[], two: readonly string[]): boolean {
  if (one.length !== two.length) return false
  return one.filter((segment, at) => segment !== two[at]).length === 1
}

/** The path without percent-encodings and without a final slash. */
function plainPath(path: string): string {
  try {
    return withoutSlash(decodeURIComponent(path))
  } catch {
    return withoutSlash(path)
  }
}

function withoutSlash(text: string): string {
  return text.endsWith('/') ? text.slice(0, -1) : text
}

function readUrl(text: string): URL | undefined {
  const url = text.length > MAX_URL_LENGTH ? null : URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined
  return url.username === '' && url.password === '' ? url : undefined
}
