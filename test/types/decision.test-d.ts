import type {
  ChallengeReason,
  Decision,
  JsonRpcErrorBody,
  OAuthErrorBody,
  RefusalReason,
  UnavailableReason,
  VerifiedToken,
} from 'mcp-resource-server'
import { describe, expectTypeOf, it } from 'vitest'

declare const decision: Decision

describe('a decision', () => {
  it('is narrowed by its outcome', () => {
    if (decision.outcome === 'allowed') {
      expectTypeOf(decision.token).toEqualTypeOf<VerifiedToken>()
      // @ts-expect-error an allowed request has no status of ours
      decision.status
      // @ts-expect-error nor a body
      decision.body
    } else if (decision.outcome === 'preflight') {
      expectTypeOf(decision.status).toEqualTypeOf<204>()
      expectTypeOf(decision.body).toEqualTypeOf<undefined>()
      expectTypeOf(decision.reason).toEqualTypeOf<undefined>()
    } else if (decision.outcome === 'challenged') {
      expectTypeOf(decision.status).toEqualTypeOf<400 | 401 | 403>()
      expectTypeOf(decision.reason).toEqualTypeOf<ChallengeReason>()
      // @ts-expect-error a refused request has no token
      decision.token
      expectTypeOf(decision.body).toEqualTypeOf<OAuthErrorBody>()
    } else if (decision.outcome === 'refused') {
      expectTypeOf(decision.status).toEqualTypeOf<200 | 400 | 403 | 404 | 413 | 415>()
      expectTypeOf(decision.reason).toEqualTypeOf<RefusalReason>()
      expectTypeOf(decision.body).toEqualTypeOf<JsonRpcErrorBody>()
    } else {
      expectTypeOf(decision.outcome).toEqualTypeOf<'unavailable'>()
      expectTypeOf(decision.status).toEqualTypeOf<503>()
      expectTypeOf(decision.reason).toEqualTypeOf<UnavailableReason>()
    }
  })

  it('has no outcome beside the five', () => {
    expectTypeOf<Decision['outcome']>().toEqualTypeOf<
      'allowed' | 'preflight' | 'challenged' | 'refused' | 'unavailable'
    >()
    // @ts-expect-error no such outcome
    if (decision.outcome === 'denied') return
  })

  it('cannot be changed', () => {
    if (decision.outcome !== 'allowed') return
    // @ts-expect-error read-only
    decision.outcome = 'challenged'
    // @ts-expect-error read-only
    decision.token.scopes.push('mcp:admin')
    // @ts-expect-error read-only
    decision.token.subject = 'somebody-else'
  })
})

describe('the reasons', () => {
  it('of a refusal are a closed union: a switch over them is exhaustive', () => {
    const fault = (reason: ChallengeReason): 'request' | 'token' | 'rights' => {
      switch (reason) {
        case 'credentials_missing':
        case 'scheme_unsupported':
        case 'authorization_malformed':
        case 'authorization_repeated':
        case 'token_too_long':
          return 'request'
        case 'token_malformed':
        case 'token_encrypted':
        case 'token_opaque':
        case 'algorithm_refused':
        case 'critical_header_refused':
        case 'key_unknown':
        case 'key_ambiguous':
        case 'signature_invalid':
        case 'issuer_missing':
        case 'issuer_unknown':
        case 'token_type_refused':
        case 'audience_missing':
        case 'audience_mismatch':
        case 'claim_missing':
        case 'claim_malformed':
        case 'token_expired':
        case 'token_not_yet_valid':
        case 'token_issued_in_future':
        case 'token_lifetime_exceeded':
        case 'confirmation_unknown':
        case 'sender_constraint_unmet':
        case 'dpop_required':
        case 'dpop_scheme_missing':
        case 'dpop_token_not_bound':
        case 'dpop_key_mismatch':
        case 'dpop_proof_missing':
        case 'dpop_proof_repeated':
        case 'dpop_proof_too_long':
        case 'dpop_proof_malformed':
        case 'dpop_proof_type_refused':
        case 'dpop_proof_algorithm_refused':
        case 'dpop_proof_key_refused':
        case 'dpop_proof_signature_invalid':
        case 'dpop_proof_method_mismatch':
        case 'dpop_proof_url_mismatch':
        case 'dpop_proof_token_mismatch':
        case 'dpop_proof_expired':
        case 'dpop_proof_issued_in_future':
        case 'dpop_proof_replayed':
        case 'dpop_nonce_missing':
        case 'dpop_nonce_invalid':
        case 'certificate_missing':
        case 'certificate_malformed':
        case 'certificate_expired':
        case 'certificate_mismatch':
        case 'token_inactive':
        case 'token_revoked':
          return 'token'
        case 'scope_missing':
          return 'rights'
        default:
          return reason satisfies never
      }
    }
    // @ts-expect-error no such reason
    fault('because')
  })

  it('of a refused request are a closed union: a switch over them is exhaustive', () => {
    const about = (reason: RefusalReason): 'origin' | 'session' | 'body' | 'rights' => {
      switch (reason) {
        case 'origin_refused':
          return 'origin'
        case 'session_unknown':
          return 'session'
        case 'media_type_unsupported':
        case 'body_too_large':
        case 'body_unreadable':
        case 'body_malformed':
        case 'header_mismatch':
          return 'body'
        case 'operation_denied':
          return 'rights'
        default:
          return reason satisfies never
      }
    }
    // @ts-expect-error a challenge's reason is none of these
    about('scope_missing')
  })

  it('of an outage are a closed union: a switch over them is exhaustive', () => {
    const whose = (reason: UnavailableReason): 'theirs' | 'ours' => {
      switch (reason) {
        case 'discovery_failed':
        case 'key_set_unavailable':
        case 'introspection_unavailable':
        case 'introspection_answer_invalid':
        case 'introspection_mismatch':
        case 'token_exchange_unavailable':
          return 'theirs'
        case 'introspection_refused_us':
        case 'client_authentication_failed':
        case 'metadata_signing_failed':
        case 'overloaded':
        case 'request_aborted':
        case 'closed':
        case 'revocation_check_failed':
        case 'shared_store_failed':
        case 'not_before_failed':
        case 'security_events_failed':
        case 'policy_failed':
        case 'gate_missing':
        case 'session_store_failed':
        case 'replay_store_failed':
        case 'external_path_failed':
        case 'connection_unknown':
        case 'clock_failed':
        case 'verifier_failed':
          return 'ours'
        default:
          return reason satisfies never
      }
    }
    // @ts-expect-error a refusal's reason is none of an outage's
    whose('token_expired')
  })
})
