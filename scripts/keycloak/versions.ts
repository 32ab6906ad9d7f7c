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
export const FEATURES = ['resource-indicators', 'cimd', 'ssf'] as const

/** Settings of the feature `ssf`. */
export const SECURITY_EVENTS = [
  // How often Keycloak sends what it has put by. Its default is 30 s.
  '--spi-ssf-transmitter--default--outbox-drainer-interval=1s',
  // Receivers on loopback, without https.
  '--spi-ssf-transmitter--default--allow-insecure-push-targets=true',
] as const
