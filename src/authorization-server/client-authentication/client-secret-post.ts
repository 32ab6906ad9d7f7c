import type { ClientAuthentication } from './client-authentication.ts'

/** Sends client id and secret in the form of the request body (RFC 6749 §2.3.1). @internal */
export function clientSecretPost(clientId: string, clientSecret: string): ClientAuthentication {
  return {
    authenticate({ body }) {
      body.set('client_id', clientId)
      body.set('client_secret', clientSecret)
    },
  }
}
