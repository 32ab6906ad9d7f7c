import type { BuiltInAuthentication } from './client-authentication.ts'

/** Sends client id and secret in the form of the request body (RFC 6749 §2.3.1). @internal */
export function clientSecretPost(clientId: string, clientSecret: string): BuiltInAuthentication {
  return {
    authenticate({ body }) {
      body.set('client_id', clientId)
      body.set('client_secret', clientSecret)
    },
  }
}
