import { withoutCredentials } from '../quoted.ts'

/** Options whose values must not be printed. */
const SECRET =
  /secret|password$|passphrase|keys|key$|certificate|assertion$|signed_?metadata$|introspection$|authorization(?:\.\d+)?$/i

/** Options that {@link SECRET} matches, and that hold no secret: where a proxy puts a certificate. */
const NO_SECRET = /^clientCertificate\.(?:header|format|trustedProxies)\b/

/**
 * Makes the error for a wrong option.
 *
 * @param expected what the option must be, after its name
 * @param got the value, which is shown unless it may be a secret
 * @internal
 */
export function optionError(
  where: string,
  path: string,
  expected: string,
  got?: unknown,
): TypeError {
  const found = expected.startsWith('is empty') ? '' : `; got ${shown(path, got)}`
  return new TypeError(`${where}: option \`${path}\` ${expected}${found}`)
}

function shown(path: string, got: unknown): string {
  if (got === undefined) return 'nothing'
  if (SECRET.test(path) && !NO_SECRET.test(path)) {
    return `${typeof got === 'object' ? 'an' : 'a'} ${typeof got} that is not shown`
  }
  if (typeof got === 'function') return 'a function'
  if (typeof got === 'object' && got !== null) return Array.isArray(got) ? 'a list' : 'an object'
  if (typeof got !== 'string') return String(got)
  // A URL may contain a password.
  return JSON.stringify(withoutCredentials(got).slice(0, 200))
}
