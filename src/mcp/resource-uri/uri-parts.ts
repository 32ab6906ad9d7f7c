import type { UriTemplate } from './uri-template.ts'

/** The beginning of a template that fixes the host: a whole authority, or a path without an authority. */
const FIXED_AUTHORITY = /^[^:/?#]+:(?:\/\/[^/?#]*[/?#]|\/?[^/])/

/** A URI without a host, or the beginning of a template without one. */
const HOSTLESS = /^[^:/?#]+:(?:\/\/[/?#]|\/?[^/])/

/** Most parameters of a query that are looked at; a URI with more is denied. @internal */
export const MAX_PARAMETERS = 16

/** Whether every URI of a template has the same host and port, or none. @internal */
export function fixesAuthority({ literals: [head = ''] }: UriTemplate): boolean {
  return FIXED_AUTHORITY.test(head)
}

/** Whether a URI, or the beginning of a template, names no host. @internal */
export function isHostless(head: string): boolean {
  return HOSTLESS.test(head)
}

/** The URI without its query and fragment. @internal */
export function withoutQuery(uri: string): string {
  return uri.split(/[?#]/, 1)[0] ?? ''
}

/** The parameters of the query, such as `a=1`. A URI without a query has one empty parameter. @internal */
export function parametersOf(uri: string): readonly string[] {
  const [whole = ''] = uri.split('#', 1)
  return whole.split('?').slice(1).join('?').split('&')
}
