import { UnavailableError } from '../errors/unavailable-error.ts'
import { type MaybePromise, whenSettled } from '../storage/maybe-promise.ts'
import type { AuthorizationServer, EndpointName } from './authorization-server.ts'
import { authenticateClient } from './client-authentication/authenticate-client.ts'
import type { HttpCall } from './http/http-call.ts'

/** A form for an endpoint, with the settings of the HTTP call. @internal */
export interface FormRequest extends Pick<HttpCall, 'purpose' | 'lane' | 'failure' | 'signal'> {
  readonly endpoint: EndpointName
  readonly form: URLSearchParams
  /** The header `Accept`; default `application/json`. */
  readonly accept?: string
}

/** A call that posts a form. The sent body is known, so that messages can leave out what it contains. @internal */
export type FormCall = HttpCall & { readonly body: string }

/**
 * Makes the call that posts a form to an endpoint, with the credentials of this server's client.
 *
 * @returns a promise only if the endpoint's URL must be fetched, or if the operator's own
 * authentication returns a promise. Introspection makes a call for each token, so this saves time.
 * @throws {UnavailableError} `discovery_failed`; `client_authentication_failed` if no client is
 * configured or its authentication fails. A form is never sent without credentials.
 * @internal
 */
export function createFormCall(
  server: AuthorizationServer,
  request: FormRequest,
): MaybePromise<FormCall> {
  return whenSettled(server.endpoint(request.endpoint), (url) =>
    authenticated(server, request, url),
  )
}

function authenticated(
  { issuer, client }: AuthorizationServer,
  { purpose, lane, failure, signal, form, accept = 'application/json' }: FormRequest,
  url: string,
): MaybePromise<FormCall> {
  if (client === undefined) {
    const message = `${purpose} of ${issuer}: this server has no client configured for it`
    throw new UnavailableError('client_authentication_failed', message)
  }
  const headers: Record<string, string> = {
    accept,
    'content-type': 'application/x-www-form-urlencoded',
  }
  const finish = (): FormCall => {
    const body = form.toString()
    return { purpose, issuer, lane, failure, method: 'POST', url, headers, body, signal }
  }
  const work = authenticateClient(client.authentication, { headers, body: form, url })
  return work === undefined ? finish() : work.then(finish)
}
