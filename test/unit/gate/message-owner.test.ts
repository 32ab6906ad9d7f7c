import { describe, expect, it } from 'vitest'
import type { ConnectionMemory } from '../../../src/gate/message-gate.ts'
import { DECISION_CHANNEL, type DecisionEvent } from '../../../src/telemetry/events.ts'
import type { VerifiedToken } from '../../../src/token/verified-token.ts'
import { adapterFor } from '../../support/adapter.ts'
import { collectEvents } from '../../support/events.ts'
import { RESOURCE, testResourceServer, VERIFIED } from '../../support/tokens.ts'

const decisions = collectEvents<DecisionEvent>(DECISION_CHANNEL)
const alice = VERIFIED
const bob = { ...VERIFIED, subject: 'bob' }
const nobody = { ...VERIFIED, subject: undefined }
const bound = { ...VERIFIED, confirmation: { jkt: 'a' } }

/** Judges messages of one session, which keeps its memory. */
function session(memory: ConnectionMemory = {}) {
  const server = testResourceServer({ policy: { methods: { ping: 'allow' } } })
  const { messages } = adapterFor(server)
  const judge = async (token: VerifiedToken, sessionId: string | undefined = 's1') => {
    const origin = { token, resource: RESOURCE, shown: 'the token', sessionId }
    const refusal = await messages.check({ method: 'ping' }, origin, memory)
    return refusal === undefined ? 'goes on' : [refusal.error.code, refusal.answerable]
  }
  return { server, memory, judge }
}

describe('a session of messages', () => {
  it('S1.14: belongs to the principal of its first message, and its owner gets no answer to another', async () => {
    const { judge } = session()
    expect(await judge(alice)).toBe('goes on')
    expect(await judge(bob)).toEqual([404, false])
    expect(await judge(nobody)).toEqual([404, false])
    expect(await judge(alice)).toBe('goes on')
    expect(decisions.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['refused', 'session_unknown'],
      ['refused', 'session_unknown'],
    ])
  })

  it('S1.14: is opened by nobody whose token names no user; that refusal is answered', async () => {
    const { judge, memory } = session()
    expect(await judge(nobody)).toEqual([404, true])
    expect(memory).toEqual({})
    expect(await judge(bob)).toBe('goes on')
    expect(await judge(alice)).toEqual([404, false])
  })

  it('S1.14: that a bound token opened needs bound tokens', async () => {
    const { judge } = session()
    expect(await judge(bound)).toBe('goes on')
    expect(await judge(alice)).toEqual([404, false])
    expect(await judge(bound)).toBe('goes on')
  })

  it('REV-1: ends when the token that opened it is revoked, and the reason says so', async () => {
    const { judge, memory } = session()
    expect(await judge(alice)).toBe('goes on')
    delete memory.opening
    expect(await judge(alice)).toEqual([401, true])
    expect(decisions.map(({ reason }) => reason)).toEqual(['token_revoked'])
  })
})
