import type { BuiltInAuthentication } from './client-authentication.ts'

/**
 * Sends client id and secret in the header `Authorization: Basic` (RFC 6749 §2.3.1).
 *
 * @internal
 */
export function clientSecretBasic(clientId: string, clientSecret: string): BuiltInAuthentication {
  // Id and secret are form-encoded before they are joined. Otherwise a colon in the id would look like
  // the separator, and a secret with non-ASCII characters could not be sent. A buffer would leave a copy of
  // the secret in the memory that all buffers share.
  const credentials = btoa(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`)
  const authorization = `Basic ${credentials}`
  return {
    authenticate({ headers }) {
      headers.authorization = authorization
    },
  }
}

function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1)
}
