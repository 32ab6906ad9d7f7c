import type { UriTemplate } from './uri-template.ts'

/**
 * Matches the first fixed text of a template if all URIs of the template have the same host: the text
 * contains a complete authority, or a path without an authority.
 */
const FIXED_AUTHORITY = /^[^:/?#]+:(?:\/\/[^/?#]*[/?#]|\/?[^/])/

/** Matches a URI without a host, or the first fixed text of a template without a host. */
const HOSTLESS = /^[^:/?#]+:(?:\/\/[/?#]|\/?[^/])/

/** The largest number of parameters in a query. A URI with more parameters is denied. @internal */
export const MAX_PARAMETERS = 16

/** Whether all URIs of a template have the same host and port, or all have none. @internal */
export function fixesAuthority({ literals: [head = ''] }: UriTemplate): boolean {
  return FIXED_AUTHORITY.test(head)
}

/** Whether a URI, or the first fixed text of a template, has no host. @internal */
export function isHostless(head: string): boolean {
  return HOSTLESS.test(head)
}

/** Returns a URI without its query and fragment. @internal */
export function withoutQuery(uri: string): string {
  return uri.split(/[?#]/, 1)[0] ?? ''
}

/**
 * Returns the parameters of a URI's query, such as `a=1`. For a URI without a query, the list has one
 * empty text.
 *
 * @internal
 */
export function parametersOf(uri: string): readonly string[] {
  const [whole = ''] = uri.split('#', 1)
  return whole.split('?').slice(1).join('?').split('&')
}
