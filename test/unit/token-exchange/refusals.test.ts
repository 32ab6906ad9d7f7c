import { describe, expect, it } from 'vitest'
import { keycloakProfile } from '../../../src/keycloak/profile.ts'
import { settleProfile } from '../../../src/token/settled-profile.ts'
import { refusalOf } from '../../../src/token-exchange/refusals.ts'
import { throwing } from '../../support/throwing.ts'

describe('refusalOf', () => {
  it.each([
    ['invalid_request', 'Invalid token', 400, 'subject_token_refused'],
    ['invalid_request', 'Requested audience not available: x', 400, 'target_refused'],
    [
      'invalid_request',
      'Standard token exchange is not enabled for the requested client',
      400,
      'exchange_not_permitted',
    ],
    [
      'invalid_request',
      'Sender-constrained token exchange rejected as the token was not issued for the requesting client',
      400,
      'exchange_not_permitted',
    ],
    ['invalid_client', 'Audience not found', 400, 'target_refused'],
    [
      'unauthorized_client',
      'Client authentication with client secret signed JWT failed: Signature on JWT token by client secret  failed validation',
      400,
      'client_refused',
    ],
    ['invalid_scope', 'Missing consents for Token Exchange', 400, 'consent_required'],
    ['invalid_scope', 'Invalid scopes: x', 400, 'scope_refused'],
    ['unauthorized_client', 'Invalid client or Invalid client credentials', 401, 'client_refused'],
    ['invalid_client', 'Invalid client or Invalid client credentials', 401, 'client_refused'],
    ['access_denied', 'Client is not within the token audience', 403, 'exchange_not_permitted'],
  ])('S2: what Keycloak says is understood: %s, %j', (code, description, status, reason) => {
    expect(refusalOf(status, code, description, settleProfile(keycloakProfile))).toBe(reason)
  })

  it.each([
    ['no description', 'invalid_request', undefined, 'request_refused'],
    ['another one', 'invalid_request', 'Said: Invalid token', 'request_refused'],
    ['one that is no text', 'invalid_request', ['Invalid token'], 'request_refused'],
    ['one of another code', 'access_denied', 'Invalid token', 'exchange_not_permitted'],
    ['a code that names a member of Object', 'toString', undefined, 'request_refused'],
    ['400 for a client that may not', 'unauthorized_client', '', 'exchange_not_permitted'],
  ])('S2: the code alone counts with %s', (_what, code, description, reason) => {
    expect(refusalOf(400, code, description, settleProfile(keycloakProfile))).toBe(reason)
  })

  it.each([
    ['invalid_request', 'Invalid token', 400, 'request_refused'],
    ['invalid_client', 'Audience not found', 400, 'client_refused'],
    ['invalid_scope', 'Missing consents for Token Exchange', 400, 'scope_refused'],
    ['invalid_target', 'Any text', 400, 'target_refused'],
    ['invalid_client', 'Any text', 401, 'client_refused'],
  ])('S2: without a profile only the code counts: %s, %j', (code, description, status, reason) => {
    expect(refusalOf(status, code, description, settleProfile())).toBe(reason)
  })

  it.each([
    ['throws', throwing(new Error('broken'))],
    ['gives a reason that does not exist', () => 'a_reason' as never],
    ['gives a promise', () => Promise.resolve('client_refused') as never],
    ['gives nothing', () => undefined],
  ])('S2: the code counts where the profile’s reading %s', (_what, readExchangeRefusal) => {
    const profile = settleProfile({ name: 'acme', readExchangeRefusal })
    expect(refusalOf(400, 'invalid_scope', 'x', profile)).toBe('scope_refused')
  })
})
