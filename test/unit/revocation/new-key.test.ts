import { expect, it, onTestFinished } from 'vitest'
import type { ResourceServer } from '../../../src/resource-server/resource-server.ts'
import { REVOCATION_CHANNEL, type RevocationEvent } from '../../../src/telemetry/events.ts'
import { createTestKey } from '../../../src/testing/create-test-key.ts'
import type { TestKey } from '../../../src/testing/test-key.ts'
import { collectEvents } from '../../support/events.ts'
import { startIssuer } from '../../support/issuers/local-issuer.ts'
import { LOGOUT_CLIENT, logoutClaims, postLogout } from '../../support/logout-tokens.ts'
import { AUDIENCE, AUTHORIZATION, push, SET_CLAIMS } from '../../support/security-events.ts'

const events = collectEvents<RevocationEvent>(REVOCATION_CHANNEL)

type Send = (server: ResourceServer, signer: TestKey, iss: string, now: number) => Promise<number>

const logout: Send = async (server, signer, iss, now) => {
  const claims = logoutClaims({ iss, iat: now, exp: now + 120 })
  return (await postLogout(server, await signer.sign(claims, { typ: 'logout+jwt' }))).status
}

const securityEvent: Send = async (server, signer, iss, now) => {
  const set = { ...SET_CLAIMS, iss, iat: now, jti: crypto.randomUUID() }
  return (await push(server, await signer.sign(set, { typ: 'secevent+jwt' }))).status
}

it.each([
  ['BCL-3: a logout token', logout, 200],
  ['PUSH-1: a security event', securityEvent, 202],
] as const)(
  '%s with a new key is 503, and not lost, while strangers keep the keys from being fetched',
  async (_what, send, done) => {
    const issuer = await startIssuer()
    const { clock, issuer: iss } = issuer
    const gate = await issuer.readyGate({
      backchannelLogout: { clientIds: LOGOUT_CLIENT },
      securityEvents: { audience: AUDIENCE, authorization: AUTHORIZATION },
    })
    onTestFinished(() => issuer[Symbol.asyncDispose]())
    const [stranger, next] = [createTestKey(), createTestKey()]
    // The keys were fetched, and this one is not among them.
    expect(await send(gate, stranger, iss, clock.seconds)).toBe(400)
    issuer.publish(issuer.signer.publicKey, next.publicKey)
    expect(await send(gate, next, iss, clock.seconds)).toBe(503)
    expect(events.map(({ kind }) => kind)).toEqual(['message_refused', 'message_refused'])
    clock.advance(10)
    expect(await send(gate, next, iss, clock.seconds)).toBe(done)
    expect(issuer.keys.count()).toBe(3)
  },
)
