import { UnavailableError } from '../errors/unavailable-error.ts'
import { parseStrictJsonObject } from '../jws/strict-json.ts'
import { type MaybePromise, whenSettled } from '../storage/maybe-promise.ts'
import type { AuthorizationServer } from './authorization-server.ts'
import type {
  CredentialWords,
  SettledAuthentication,
} from './client-authentication/oauth-client.ts'
import type { EndpointName } from './discovery.ts'
import type { HttpCall, HttpReply } from './http/http-call.ts'

/** A form for an endpoint, with the settings of the HTTP call. @internal */
export interface FormRequest extends Pick<HttpCall, 'purpose' | 'lane' | 'failure' | 'signal'> {
  readonly endpoint: EndpointName
  readonly form: URLSearchParams
  /** The header `Accept`; default `application/json`. */
  readonly accept?: string
}

/** A call that posts a form. The sent body is known, so that messages can leave out what it contains. @internal */
export interface FormCall extends HttpCall {
  readonly body: string
  /** How this server authenticated, for messages. */
  readonly client: CredentialWords
  /** Makes the call again with a newer credential; `undefined` if there is none. */
  renew(): Promise<FormCall | undefined>
}

/** The answer to a form, with the call that it answers. @internal */
export interface FormReply {
  readonly reply: HttpReply
  readonly sent: FormCall
}

/**
 * Makes the call that posts a form to an endpoint, with the credentials of this server's client.
 *
 * @returns a promise only if the metadata or a credential must be fetched, or if the credentials are made
 * asynchronously. Introspection makes a call for each token, so this saves time.
 * @throws {UnavailableError} `discovery_failed`; `client_authentication_failed` if no client is
 * configured or its authentication fails. A form is never sent without credentials.
 * @internal
 */
export function createFormCall(
  server: AuthorizationServer,
  request: FormRequest,
): MaybePromise<FormCall> {
  const { client, issuer } = server
  if (client === undefined) {
    const message = `${request.purpose} of ${issuer}: this server has no client configured for it`
    throw new UnavailableError('client_authentication_failed', message)
  }
  return whenSettled(client.settle(server, request.endpoint), (authentication) =>
    authenticated(server, request, authentication),
  )
}

/**
 * Sends a form. If the authorization server refuses this server's client, and the operator's function
 * returns a newer credential, the form is sent once more.
 *
 * @throws {UnavailableError} if there is no complete answer, or if the operator's function fails
 * @internal
 */
export async function sendForm(server: AuthorizationServer, call: FormCall): Promise<FormReply> {
  let reply: HttpReply
  try {
    reply = await server.http.call(call)
    if (!refusesClient(reply)) return { reply, sent: call }
  } catch (error) {
    // A server may refuse a certificate by closing the connection.
    const renewed = call.certificate && !call.signal?.aborted ? await call.renew() : undefined
    if (renewed === undefined) throw error
    return { reply: await server.http.call(renewed), sent: renewed }
  }
  const renewed = await call.renew()
  if (renewed === undefined) return { reply, sent: call }
  return { reply: await server.http.call(renewed), sent: renewed }
}

function authenticated(
  server: AuthorizationServer,
  request: FormRequest,
  authentication: SettledAuthentication,
): MaybePromise<FormCall> {
  const { certificate } = authentication
  return whenSettled(server.endpoint(request.endpoint, certificate !== undefined), (url) => {
    const { issuer } = server
    const { purpose, lane, failure, signal, form, accept = 'application/json' } = request
    if (certificate !== undefined && !url.startsWith('https:')) {
      const message = `${purpose} of ${issuer}: ${authentication.words.method} needs an https URL; got ${url}`
      throw new UnavailableError('client_authentication_failed', message)
    }
    const headers: Record<string, string> = {
      accept,
      'content-type': 'application/x-www-form-urlencoded',
    }
    const finish = (): FormCall => ({
      purpose,
      issuer,
      lane,
      failure,
      method: 'POST',
      url,
      headers,
      body: form.toString(),
      signal,
      certificate,
      client: authentication.words,
      async renew() {
        const renewed = await authentication.renew?.()
        return renewed && authenticated(server, request, renewed)
      },
    })
    const work = authentication.authenticate({ headers, body: form, url })
    return work === undefined ? finish() : work.then(finish)
  })
}

/**
 * Whether the answer is about this server's client (RFC 6749 §5.2, RFC 7662 §2.3). Keycloak answers
 * `unauthorized_client` if an assertion was signed with another secret.
 */
function refusesClient({ status, body }: HttpReply): boolean {
  if (status === 401) return true
  if (status !== 400) return false
  try {
    const { error } = parseStrictJsonObject(body)
    return error === 'invalid_client' || error === 'unauthorized_client'
  } catch {
    return false
  }
}
