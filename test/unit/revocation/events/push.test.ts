import { describe, expect, it } from 'vitest'
import { push, receiver, signSet } from '../../../support/security-events.ts'
import { ALLOWED, invalidToken, judge, NOW, signToken } from '../../../support/tokens.ts'

const ACCEPTED = { status: 202, headers: { 'Cache-Control': 'no-store' }, body: undefined }

describe('push delivery of security events', () => {
  it('PUSH-1 CAEP-1: Keycloak logs a user out: 202, and the tokens of the user are refused', async () => {
    const server = receiver()
    const token = await signToken({ claims: { sid: 'session-1' } })
    expect(await judge(token, server)).toEqual(ALLOWED)
    expect(await push(server, await signSet())).toEqual(ACCEPTED)
    expect(await judge(token, server)).toEqual(invalidToken('token_revoked'))
    expect(await judge(await signToken({ claims: { sub: 'bob' } }), server)).toEqual(ALLOWED)
    const later = await signToken({ claims: { sid: 'session-2', iat: NOW + 1 } })
    expect(await judge(later, server)).toEqual(ALLOWED)
  })
})
