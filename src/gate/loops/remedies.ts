import type { ChallengeReason, NearMiss } from '../../errors/reasons.ts'
import { cureOf } from '../../token/near-miss-texts.ts'

const AUDIENCE =
  'let the authorization server put the audience of this server into the tokens of this client: for the ' +
  'parameter `resource`, or by a scope'

const CLOCKS = 'compare the clocks of this server and of the authorization server'

const KEYS =
  'check that the client logs in at a configured issuer, and that its key set has the key of its tokens'

const SENDER =
  'let the client use the scheme DPoP, or its certificate, with the key that its tokens are bound to'

const REMEDIES: Partial<Record<ChallengeReason, string>> = {
  audience_missing: AUDIENCE,
  audience_mismatch: AUDIENCE,
  issuer_missing: 'configure the verification that fits the tokens of this authorization server',
  issuer_unknown: 'let the client log in at a configured issuer, or configure this issuer',
  token_issued_in_future: CLOCKS,
  token_not_yet_valid: CLOCKS,
  token_lifetime_exceeded:
    'shorten the lifetime at the authorization server, or raise `maxTokenLifetime`',
  key_unknown: KEYS,
  key_ambiguous: KEYS,
  signature_invalid: KEYS,
  algorithm_refused:
    'let the authorization server sign access tokens with an algorithm of `algorithms`',
  token_encrypted: 'let the authorization server issue access tokens that are not encrypted',
  token_type_refused:
    'let the client send its access token, not an ID token, and choose the profile of the authorization server',
  claim_missing:
    'let the authorization server add the claim, or choose the profile that fits its tokens',
  token_inactive:
    'check that the client for introspection belongs to the issuer and may introspect these tokens',
  token_revoked:
    'look for a revocation or a not-before that covers new tokens too, and compare the clocks',
  scope_missing:
    'let the authorization server give the scope to this client and user, and name the scope in ' +
    '`initialScopes` if the client does not ask for more later',
  sender_constraint_unmet: SENDER,
  dpop_scheme_missing: SENDER,
  dpop_required: 'use a client with a DPoP key, or set `dpop` to "accepted"',
  dpop_token_not_bound: SENDER,
  dpop_key_mismatch: SENDER,
  certificate_missing: SENDER,
  certificate_mismatch: SENDER,
}

/** What the operator can do about a refusal that repeats itself. @internal */
export function remedyFor(reason: ChallengeReason, nearMiss: NearMiss | undefined): string {
  if (nearMiss !== undefined) return cureOf(nearMiss)
  return REMEDIES[reason] ?? 'see what the detail says; another login does not help'
}
