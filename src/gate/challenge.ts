import type { ChallengeErrorCode } from '../errors.ts'
import { SCOPE_TOKEN } from '../options/scope-token.ts'

/** The parameters of one challenge (RFC 6750 §3, RFC 9728 §5.1). */
export interface ChallengeParameters {
  readonly scheme: 'Bearer'
  /** RFC 9110 §11.5. */
  readonly realm?: string | undefined
  readonly error?: ChallengeErrorCode | undefined
  /** For the client's developer. Characters that RFC 6750 does not allow become `?`. */
  readonly errorDescription?: string | undefined
  /** All scopes that the operation needs. */
  readonly scope?: readonly string[] | undefined
  /** URL of the protected resource metadata. */
  readonly resourceMetadata?: string | undefined
}

/**
 * Builds the value of a `WWW-Authenticate` header. Whatever comes in, the result is one line of
 * well-formed quoted strings: nothing can end a string early or add a parameter or header.
 *
 * @throws {TypeError} when a scope is not a `scope-token` (RFC 6749 §3.3), or nothing at all is to
 * be said (RFC 6750 §3 wants a parameter)
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
 * ```
 */
export function challenge(parameters: ChallengeParameters): string {
  const { scheme, realm, error, errorDescription, scope, resourceMetadata } = parameters
  for (const word of scope ?? []) {
    if (!SCOPE_TOKEN.test(word)) {
      throw new TypeError('challenge: `scope` holds a word that is not an RFC 6749 scope-token')
    }
  }
  const attributes = [
    attribute('realm', realm),
    attribute('error', error),
    attribute('error_description', errorDescription),
    attribute('scope', scope === undefined || scope.length === 0 ? undefined : scope.join(' ')),
    attribute('resource_metadata', resourceMetadata),
  ].filter((text) => text !== undefined)
  if (attributes.length === 0) {
    throw new TypeError('challenge: a Bearer challenge needs at least one parameter')
  }
  return `${scheme} ${attributes.join(', ')}`
}

/** RFC 6750 §3 gives the characters; a quote or backslash is not even allowed when escaped. */
function attribute(name: string, value: string | undefined): string | undefined {
  if (value === undefined) return undefined
  return `${name}="${value.replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?')}"`
}
