import { isDeepStrictEqual, types } from 'node:util'
import { UnavailableError } from '../../errors/unavailable-error.ts'
import type { Clock } from '../../storage/clock.ts'
import { LONGEST_WAIT } from '../../storage/in-time.ts'
import type { MaybePromise } from '../../storage/maybe-promise.ts'
import { leaveOnAbort } from '../../storage/single-flight.ts'
import { Refreshed } from '../refreshed.ts'

/** Shortest time in seconds between two calls of the function because of refusals. */
const COOL_DOWN = 10
/** Ten years in seconds: a credential is used until the authorization server refuses it. */
const FOREVER = 315_360_000

/** A secret, key or certificate that is ready for use. @internal */
export interface Credential<Made> {
  /**
   * Returns the credential; a promise of it only if the operator's function must be called.
   *
   * @throws {UnavailableError} `client_authentication_failed`
   */
  get(): MaybePromise<Made>
  /**
   * Gets a newer credential after a refusal; `undefined` if there is none.
   *
   * @param refused the credential that was refused
   */
  renew(refused: Made): Promise<Made | undefined>
}

/**
 * Makes a credential from an option that is a value, or a function that returns the value.
 *
 * The result of the function is kept. When the authorization server refuses it, the function is called
 * again: once for all calls that were refused, and at most every 10 seconds.
 *
 * @param option the full name of the option, for messages
 * @param make makes the credential. It throws a TypeError whose message may be logged.
 * @throws {TypeError} if the value is wrong
 * @internal
 */
export function createCredential<Given, Made>(
  option: string,
  given: Given | (() => MaybePromise<Given>),
  make: (given: Given) => Made,
  clock: Clock,
): Credential<Made> {
  if (typeof given !== 'function') {
    const made = make(given)
    return { get: () => made, renew: async () => undefined }
  }
  const ask = given as () => MaybePromise<Given>
  let last: { readonly given: Given; readonly made: Made } | undefined
  const load = async (): Promise<Made> => {
    const found = await askOperator(option, ask)
    // An unchanged value stays the same credential, so that it is not sent a second time.
    if (last !== undefined && isSame(last.given, found)) return last.made
    last = { given: copyOf(found), made: made(option, () => make(found)) }
    return last.made
  }
  const kept = new Refreshed<Made>(load, {
    maxAge: FOREVER,
    staleIfError: FOREVER,
    coolDown: COOL_DOWN,
    clock,
  })
  return {
    get: () => kept.get(),
    async renew(refused) {
      // Another call may have renewed the credential already.
      const current = await kept.get()
      if (current !== refused) return current
      const renewed = await kept.refresh()
      return renewed === refused ? undefined : renewed
    },
  }
}

async function askOperator<Given>(option: string, ask: () => MaybePromise<Given>): Promise<Given> {
  const deadline = AbortSignal.timeout(LONGEST_WAIT)
  try {
    return await leaveOnAbort(Promise.resolve(ask()), deadline)
  } catch (error) {
    // Neither the message nor the name of the error is repeated: both may contain the secret.
    const late = `did not finish within ${LONGEST_WAIT / 1000} s`
    const threw = `threw an error${systemCode(error)}`
    throw failed(`the function ${option} ${deadline.aborted ? late : threw}`)
  }
}

/** The code of an error of the operating system, such as ENOENT for a file that does not exist. */
function systemCode(error: unknown): string {
  if (!types.isNativeError(error)) return ''
  const [code, errno] = ['code', 'errno'].map(
    (name) => Object.getOwnPropertyDescriptor(error, name)?.value,
  )
  const isOne = typeof errno === 'number' && typeof code === 'string' && /^E[A-Z]{2,14}$/.test(code)
  return isOne ? ` (${code})` : ''
}

function made<Made>(option: string, make: () => Made): Made {
  try {
    return make()
  } catch (error) {
    const detail = error instanceof TypeError ? error.message : 'a value that cannot be used'
    throw failed(`the function ${option} returned something else than expected: ${detail}`)
  }
}

/** Whether two values are the same credential. Objects of the platform are compared by identity. */
function isSame(one: unknown, other: unknown): boolean {
  return one === other || (isPlain(one) && isPlain(other) && isDeepStrictEqual(one, other))
}

/** A copy, so that a change of the returned object is noticed. */
function copyOf<Value>(value: Value): Value {
  return isPlain(value) ? { ...value } : value
}

function isPlain(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  )
}

function failed(message: string): UnavailableError {
  return new UnavailableError('client_authentication_failed', message)
}
