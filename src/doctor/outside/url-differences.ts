import { isLoopback } from '../../http/secure-url.ts'

/** Scheme, host, port and the rest of a URL, as it is written. */
interface UrlParts {
  readonly scheme: string
  readonly host: string
  readonly port: string
  readonly rest: string
}

function partsOf(url: string): UrlParts | undefined {
  const [, scheme, host, port = '', rest = ''] =
    /^([^:/]+):\/\/(\[[^\]]*\]|[^:/?#]*)(?::(\d+))?(.*)$/s.exec(url) ?? []
  return scheme === undefined || !host ? undefined : { scheme, host, port, rest }
}

const standardPort = ({ scheme, port }: UrlParts): string =>
  port || (scheme.toLowerCase() === 'https' ? '443' : '80')

/**
 * Says in which parts two URLs differ. Clients and servers compare URLs as strings, so every difference
 * counts.
 *
 * @returns `undefined` if they are equal, or differ only by the slash of an empty path, which every URL
 * parser adds
 * @internal
 */
export function urlDifferences(one: string, other: string): string | undefined {
  if (one === other || `${one}/` === other || one === `${other}/`) {
    const rest = partsOf(one)?.rest
    return one === other || rest === '' || rest === '/' ? undefined : 'a slash at the end'
  }
  const [a, b] = [partsOf(one), partsOf(other)]
  if (a === undefined || b === undefined) return 'everything'
  const differences = [
    a.scheme.toLowerCase() === b.scheme.toLowerCase() ? '' : 'the scheme (http or https)',
    hostDifference(a.host, b.host),
    portDifference(a, b),
    restDifference(a.rest, b.rest),
  ].filter((difference) => difference !== '')
  return differences.join(', ') || 'upper and lower case of the scheme'
}

function hostDifference(a: string, b: string): string {
  if (a === b) return ''
  if (a.toLowerCase() === b.toLowerCase()) return 'upper and lower case of the host'
  return isLoopback(a) && isLoopback(b)
    ? 'the spelling of loopback (localhost or an address)'
    : 'the host'
}

function portDifference(a: UrlParts, b: UrlParts): string {
  if (a.port === b.port) return ''
  if (a.port !== '' && b.port !== '') return 'the port'
  return standardPort(a) === standardPort(b) ? 'a standard port that is written out' : 'the port'
}

function restDifference(a: string, b: string): string {
  if (a === b || `${a}${b}` === '/') return ''
  if (`${a}/` === b || a === `${b}/`) return 'a slash at the end'
  return a.toLowerCase() === b.toLowerCase() ? 'upper and lower case of the path' : 'the path'
}

/**
 * Whether a URL is a parent of another: the same scheme, host and port, and a path that the other begins
 * with.
 *
 * @internal
 */
export function isParentOf(parent: string, url: string): boolean {
  const base = parent.replace(/\/$/, '')
  return partsOf(base) !== undefined && url.startsWith(`${base}/`) && url !== `${base}/`
}
