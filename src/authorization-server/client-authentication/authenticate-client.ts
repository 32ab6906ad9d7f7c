import { UnavailableError } from '../../errors/unavailable-error.ts'
import { SigningError } from '../../jws/own-signer.ts'
import { LONGEST_WAIT } from '../../storage/in-time.ts'
import { leaveOnAbort } from '../../storage/single-flight.ts'
import type { BuiltInRequest, ClientAuthentication } from './client-authentication.ts'

/**
 * Adds the client's credentials to a request, and turns every failure of the operator's own
 * authentication into an `UnavailableError`.
 *
 * @returns a promise only if `authenticate` returned one. The methods that send a secret do not.
 * @throws {UnavailableError} `client_authentication_failed`: the operator's fault, not the caller's
 * @internal
 */
export function authenticateClient(
  authentication: ClientAuthentication,
  request: BuiltInRequest,
): undefined | Promise<void> {
  try {
    const work = authentication.authenticate(request)
    if (work === undefined) return undefined
    const deadline = AbortSignal.timeout(LONGEST_WAIT)
    return leaveOnAbort(work, deadline).catch((cause) => failed(cause, deadline.aborted))
  } catch (cause) {
    return failed(cause)
  }
}

function failed(cause: unknown, late = false): never {
  if (late) {
    const message = `authenticate() did not finish within ${LONGEST_WAIT / 1000} s`
    throw new UnavailableError('client_authentication_failed', message)
  }
  // Messages of this package hold nothing secret.
  if (cause instanceof SigningError) {
    throw new UnavailableError('client_authentication_failed', cause.message)
  }
  // A clock that fails has a reason of its own. The operator's own code never sees this error.
  if (cause instanceof UnavailableError && cause.reason === 'clock_failed') throw cause
  // Neither the message nor the name of the error is repeated: both may contain a key.
  const name = cause instanceof TypeError ? 'a TypeError' : 'an error'
  throw new UnavailableError('client_authentication_failed', `authenticate() threw ${name}`)
}
