import type { DecisionEvent } from 'mcp-resource-server/telemetry'

/** How a decision looks. A challenge to sign in, or for a further scope, is no alarm. */
export type Look = 'good' | 'ask' | 'bad' | 'down'

export function lookOf({ outcome, reason }: DecisionEvent): Look {
  if (outcome === 'allowed') return 'good'
  if (outcome === 'unavailable') return 'down'
  return reason === 'credentials_missing' || reason === 'scope_missing' ? 'ask' : 'bad'
}

/** The words for the looks, beside their counts. */
export const LOOKS: Readonly<Record<Look, string>> = {
  good: 'allowed',
  ask: 'asked for more',
  bad: 'refused',
  down: 'not decided',
}

/** The outcome of a decision in words. */
export function outcomeOf({ outcome, status, reason }: DecisionEvent): string {
  if (outcome === 'allowed') return 'Allowed'
  if (outcome === 'unavailable') return 'Not decided: an outage is not the caller’s fault'
  if (outcome === 'refused') return 'Refused: another token would not help'
  if (reason === 'credentials_missing') return 'Asked to sign in'
  if (status === 403) return 'Asked for more rights'
  return 'Refused: the token is not good'
}

export interface Explanation {
  readonly cause: string
  readonly cure: string
}

/** The usual cause and cure of the reasons that the buttons lead to. */
export const EXPLANATIONS: Readonly<Record<string, Explanation>> = {
  credentials_missing: {
    cause: 'The request has no access token. Every client begins like this.',
    cure: 'Nothing to mend: the challenge tells the client where to sign in.',
  },
  token_expired: {
    cause: 'The token was good, but its time is over.',
    cure: 'Clients refresh it by themselves. If good tokens expire, compare the clocks.',
  },
  audience_mismatch: {
    cause: 'The token was issued for another API.',
    cure: 'The client has to ask for this resource (RFC 8707), or the authorization server has to map it.',
  },
  sender_constraint_unmet: {
    cause: 'The token is bound to a key, and came without proof of that key: it was copied.',
    cure: 'Send it with the scheme DPoP and a proof. A thief cannot.',
  },
  dpop_key_mismatch: {
    cause: 'The token is bound to another key than the one that made the proof.',
    cure: 'Only the holder of the key can use the token. Find out how it got into other hands.',
  },
  scope_missing: {
    cause: 'The user has not given the client this right yet.',
    cure: 'Nothing to mend: the client asks the user for the scope in the challenge.',
  },
  token_revoked: {
    cause: 'The session of the token has ended at the authorization server.',
    cure: 'The user signs in again.',
  },
  token_inactive: {
    cause: 'The authorization server says that the token is no longer active.',
    cure: 'The user signs in again.',
  },
  key_unknown: {
    cause: 'The token is signed with a key that the authorization server does not publish.',
    cure: 'Ask for a new token. Check that the authorization server publishes its new keys.',
  },
  key_set_unavailable: {
    cause:
      'The token needs a key that is not cached, and the authorization server does not answer.',
    cure: 'Bring the authorization server back. The caller may try again, and must not sign in again.',
  },
  introspection_unavailable: {
    cause: 'The authorization server has to be asked about the token, and does not answer.',
    cure: 'Bring the authorization server back. The caller may try again, and must not sign in again.',
  },
  discovery_failed: {
    cause: 'The metadata of the authorization server cannot be read.',
    cure: 'Bring the authorization server back, and check its issuer with the doctor.',
  },
  operation_denied: {
    cause: 'No rule of the policy lets this caller do it.',
    cure: 'Add a rule, or a role to the user.',
  },
  origin_refused: {
    cause: 'The page that sent the request is not in allowedOrigins.',
    cure: 'Add the origin of the page, if it is yours.',
  },
}
