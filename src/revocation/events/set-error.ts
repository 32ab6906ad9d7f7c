import type { RefusedMessage } from '../signed-message.ts'

/** What a receiver tells a transmitter of a security event token that it does not accept. @internal */
export interface SetError {
  readonly err:
    | 'invalid_request'
    | 'invalid_key'
    | 'invalid_issuer'
    | 'invalid_audience'
    | 'authentication_failed'
  readonly description: string
}

const ERRORS: Readonly<Record<RefusedMessage['fault'], SetError>> = {
  request: {
    err: 'invalid_request',
    description: 'The request is not a valid security event token.',
  },
  key: { err: 'invalid_key', description: 'The signature cannot be verified.' },
  issuer: { err: 'invalid_issuer', description: 'The issuer is not accepted here.' },
  audience: { err: 'invalid_audience', description: 'The audience does not name this receiver.' },
}

/** The request does not have the agreed `Authorization`. @internal */
export const AUTHENTICATION_FAILED: SetError = {
  err: 'authentication_failed',
  description: 'The header field Authorization is missing or wrong.',
}

/**
 * The error for the transmitter, as RFC 8935 §2.4 and RFC 8936 §2.4.4 have it. It says nothing about this
 * server: operators get the reason.
 *
 * @internal
 */
export function setErrorOf({ fault }: RefusedMessage): SetError {
  return ERRORS[fault]
}
