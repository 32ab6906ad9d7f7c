/**
 * The versions of Keycloak that this project is tried with, the preferred one first; a later one
 * is taken where an earlier one cannot be had. The only place where a version is named.
 */
export const VERSIONS: readonly [string, ...string[]] = [
  '26.8.2',
  '26.8.1',
  '26.8.0',
  '26.7.5',
  '26.7.4',
]

/** Switched on besides the default ones; all versions above have them. */
export const FEATURES = ['resource-indicators', 'cimd'] as const
