import type { TestClient } from './options.ts'
import type { TestIssuerRequest } from './test-answer.ts'

/**
 * Whether a request has the credentials of the client, in the header or in the form (RFC 6749 §2.3.1). A
 * client that uses both is refused.
 *
 * @internal
 */
export function isTheClient(
  { clientId, clientSecret }: TestClient,
  { headers }: TestIssuerRequest,
  form: URLSearchParams,
): boolean {
  const { authorization } = headers
  const secret = form.get('client_secret')
  if (authorization === undefined) {
    return form.get('client_id') === clientId && secret === clientSecret
  }
  const [scheme = '', credentials = ''] = authorization.split(' ')
  if (scheme.toLowerCase() !== 'basic' || secret !== null) return false
  const [id, password, ...more] = Buffer.from(credentials, 'base64').toString().split(':')
  if (id === undefined || password === undefined || more.length > 0) return false
  return formDecoded(id) === clientId && formDecoded(password) === clientSecret
}

/** Both parts are form-encoded before they are joined (RFC 6749 §2.3.1). */
function formDecoded(text: string): string | null {
  return new URLSearchParams(`value=${text.replaceAll('&', '%26')}`).get('value')
}
