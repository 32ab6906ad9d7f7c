import { UnavailableError } from '../../errors.ts'
import { leaveOnAbort } from '../../storage/single-flight.ts'

/** A request to the authorization server, to which credentials are added. */
export interface AuthenticatedRequest {
  readonly headers: Record<string, string>
  readonly body: URLSearchParams
  /** URL that the request goes to. */
  readonly url: string
}

/**
 * How this server proves to the authorization server who it is (RFC 7662 §2.1, RFC 6749 §2.3).
 * The credentials are its own, never those of a user's client (S1.8).
 */
export interface ClientAuthentication {
  /** Adds the credentials, within 10 seconds. */
  authenticate(request: AuthenticatedRequest): void | Promise<void>
}

/**
 * Adds the credentials, whatever is wrong with somebody else's way of doing so.
 *
 * @throws {UnavailableError} `client_authentication_failed`; our own affair, never the caller's
 * @internal
 */
export function authenticateClient(
  authentication: ClientAuthentication,
  request: AuthenticatedRequest,
): void | Promise<void> {
  try {
    const work = authentication.authenticate(request)
    // The built-in ways are done at once, and nobody need wait for them.
    if (work === undefined) return undefined
    const deadline = AbortSignal.timeout(LONGEST_WAIT)
    return leaveOnAbort(work, deadline).catch((cause) => failed(cause, deadline.aborted))
  } catch (cause) {
    return failed(cause)
  }
}

/** Milliseconds in which a way of the operator's own has to be done, as for a call itself. */
const LONGEST_WAIT = 10_000

function failed(cause: unknown, late = false): never {
  if (late) {
    const message = `authenticate() was not done after ${LONGEST_WAIT / 1000} s`
    throw new UnavailableError('client_authentication_failed', message)
  }
  // Its message may quote a key, and its name may be anything.
  const name = cause instanceof TypeError ? 'a TypeError' : 'an error'
  throw new UnavailableError('client_authentication_failed', `authenticate() threw ${name}`)
}

/** The built-in ways, by their names in RFC 7591 §2. */
export type ClientAuthenticationMethod = 'client_secret_basic' | 'client_secret_post'

/** @internal */
export function clientSecretAuthentication(
  method: ClientAuthenticationMethod,
  clientId: string,
  clientSecret: string,
): ClientAuthentication {
  if (method === 'client_secret_post') {
    return {
      authenticate({ body }) {
        body.set('client_id', clientId)
        body.set('client_secret', clientSecret)
      },
    }
  }
  // RFC 6749 §2.3.1: both are form-encoded before they are joined, or a colon in the id would
  // split in the wrong place and a non-ASCII secret could not be sent.
  const credentials = Buffer.from(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`)
  const authorization = `Basic ${credentials.toString('base64')}`
  return {
    authenticate({ headers }) {
      headers.authorization = authorization
    },
  }
}

function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1)
}
