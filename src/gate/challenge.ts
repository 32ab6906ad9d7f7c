import type { ChallengeErrorCode } from '../errors/challenge-error.ts'
import { SCOPE_TOKEN } from '../options/scope-token.ts'

/** The parameters of one challenge (RFC 6750 §3, RFC 9449 §7.1, RFC 9728 §5.1). */
export interface ChallengeParameters {
  readonly scheme: 'Bearer' | 'DPoP'
  /** The protection space of the resource (RFC 9110 §11.5). */
  readonly realm?: string | undefined
  readonly error?: ChallengeErrorCode | undefined
  /** A text for the developer of the client. Characters that RFC 6750 §3 does not allow become `?`. */
  readonly errorDescription?: string | undefined
  /** All scopes that the operation needs. */
  readonly scope?: readonly string[] | undefined
  /** The URL of the protected resource metadata (RFC 9728 §5.1). */
  readonly resourceMetadata?: string | undefined
  /** The accepted signature algorithms of DPoP proofs (RFC 9449 §7.1). Only for the scheme `DPoP`. */
  readonly algs?: readonly string[] | undefined
}

/**
 * Makes the value of a `WWW-Authenticate` header. The result is always one line of well-formed quoted
 * strings: no value can end its string early, or add a parameter or a header.
 *
 * A resource that accepts both schemes sends one challenge for each, separated by a comma. Only the
 * challenge of the scheme that the caller used has an `error` (RFC 9449 §7.2).
 *
 * @throws {TypeError} when the scheme is neither `Bearer` nor `DPoP`, when a scope is not a `scope-token`
 * (RFC 6749 §3.3), when a Bearer challenge has `algs`, or when there is no parameter (RFC 6750 §3 requires
 * one)
 *
 * @example
 * ```ts
 * import { challenge } from 'mcp-resource-server'
 *
 * challenge({
 *   scheme: 'Bearer',
 *   error: 'insufficient_scope',
 *   scope: ['mcp:tools'],
 *   resourceMetadata: 'https://mcp.example.com/.well-known/oauth-protected-resource/mcp',
 * })
 * challenge({ scheme: 'DPoP', scope: ['mcp:tools'], algs: ['ES256', 'EdDSA'] })
 * ```
 */
export function challenge(parameters: ChallengeParameters): string {
  const { scheme, realm, error, errorDescription, scope, resourceMetadata, algs } = parameters ?? {}
  if (scheme !== 'Bearer' && scheme !== 'DPoP') {
    throw new TypeError('challenge: `scheme` must be "Bearer" or "DPoP"')
  }
  if (algs !== undefined && scheme === 'Bearer') {
    throw new TypeError('challenge: `algs` belongs to the scheme DPoP (RFC 9449 §7.1)')
  }
  for (const word of scope ?? []) {
    if (!SCOPE_TOKEN.test(word)) {
      throw new TypeError(
        'challenge: `scope` contains a value that is not a scope-token (RFC 6749 §3.3)',
      )
    }
  }
  const attributes = [
    attribute('realm', realm),
    attribute('error', error),
    attribute('error_description', errorDescription),
    attribute('scope', scope === undefined || scope.length === 0 ? undefined : scope.join(' ')),
    attribute('resource_metadata', resourceMetadata),
    attribute('algs', algs?.join(' ')),
  ].filter((text) => text !== undefined)
  if (attributes.length === 0) {
    throw new TypeError(`challenge: a ${scheme} challenge needs at least one parameter`)
  }
  return `${scheme} ${attributes.join(', ')}`
}

/**
 * Writes one parameter. RFC 6750 §3 lists the allowed characters; quotes and backslashes are not
 * allowed, even escaped.
 */
function attribute(name: string, value: string | undefined): string | undefined {
  if (value === undefined) return undefined
  return `${name}="${value.replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?')}"`
}
