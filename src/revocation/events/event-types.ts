/**
 * What an event does to the tokens of its subject.
 *
 * - `session`: the session has ended. Without a session, all sessions of the user have ended.
 * - `user`: every token that the user has is revoked.
 * - `credential`: as `user`, if the option `onCredentialChange` says so.
 * - `claims`: the tokens of the subject are out of date, if the option `onTokenClaimsChange` says so.
 *
 * @internal
 */
export type EventEffect = 'session' | 'user' | 'credential' | 'claims'

const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/'
const RISC = 'https://schemas.openid.net/secevent/risc/event-type/'
const SSF = 'https://schemas.openid.net/secevent/ssf/event-type/'

/** The event types that revoke tokens (CAEP 1.0 §3, RISC 1.0 §2). @internal */
export const EVENT_EFFECTS: ReadonlyMap<string, EventEffect> = new Map([
  [`${CAEP}session-revoked`, 'session'],
  [`${CAEP}credential-change`, 'credential'],
  [`${CAEP}token-claims-change`, 'claims'],
  [`${RISC}account-disabled`, 'user'],
  [`${RISC}account-purged`, 'user'],
  [`${RISC}credential-compromise`, 'user'],
  [`${RISC}sessions-revoked`, 'user'],
])

/** A probe of the transmitter, or of this server, whether the stream works (SSF 1.0 §8.1.4.1). @internal */
export const VERIFICATION = `${SSF}verification`

/** The stream has another status (SSF 1.0 §8.1.5). @internal */
export const STREAM_UPDATED = `${SSF}stream-updated`
