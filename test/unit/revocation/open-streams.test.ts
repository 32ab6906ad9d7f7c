import { describe, expect, it, vi } from 'vitest'
import { OpenStreams } from '../../../src/revocation/open-streams.ts'
import { REVOCATION_CHANNEL, type RevocationEvent } from '../../../src/telemetry/events.ts'
import type { VerifiedToken } from '../../../src/token/verified-token.ts'
import { collectEvents } from '../../support/events.ts'
import { testRevocations } from '../../support/revocations.ts'
import { VERIFIED } from '../../support/tokens.ts'

const events = collectEvents<RevocationEvent>(REVOCATION_CHANNEL)

const tokenOf = (subject: string): VerifiedToken => ({ ...VERIFIED, subject })
const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('open event streams', () => {
  it('REV-1: each stream of a revoked token ends once, and is no longer watched', async () => {
    const revocations = testRevocations()
    const ended: string[] = []
    const open = (subject: string) => revocations.watch(tokenOf(subject), () => ended.push(subject))
    const closeAlice = open('alice')
    const closeBob = open('bob')
    await revocations.revoke({ subject: 'alice' })
    await revocations.revoke({ client: 'nobody' })
    await turn()
    expect(ended).toEqual(['alice'])
    expect(revocations.openStreams).toBe(1)
    closeAlice()
    expect(revocations.openStreams).toBe(1)
    closeBob()
    closeBob()
    expect(revocations.openStreams).toBe(0)
    await revocations.revoke({ everything: true })
    await turn()
    expect(ended).toEqual(['alice'])
    expect(events.filter(({ kind }) => kind === 'streams_ended')).toMatchObject([
      { source: 'program', detail: 'open event streams of revoked tokens were ended: 1' },
    ])
  })

  it('REV-1: a stream whose token was revoked before ends at once, after it was added', async () => {
    const revocations = testRevocations()
    await revocations.revoke({ subject: 'alice' })
    const ended: string[] = []
    revocations.watch(tokenOf('alice'), () => ended.push('alice'))
    expect(ended).toEqual([])
    await turn()
    expect(ended).toEqual(['alice'])
    expect(revocations.openStreams).toBe(0)
  })

  it('REV-1: thousands of streams end while other work goes on, and a stream that does not end stops no other', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const revocations = testRevocations()
    let ended = 0
    for (let at = 0; at < 2000; at += 1) {
      revocations.watch(tokenOf('alice'), () => {
        ended += 1
        if (at === 7) throw new Error('of the adapter')
      })
    }
    await revocations.revoke({ subject: 'alice' })
    await turn()
    expect(ended).toBeGreaterThan(0)
    expect(ended).toBeLessThan(2000)
    while (revocations.openStreams > 0) await turn()
    expect(ended).toBe(2000)
    expect(warn.mock.calls).toEqual([['an event stream of a revoked token did not end: Error']])
    warn.mockRestore()
  })

  it('REV-1: a revocation during a pass also ends the streams that the pass has looked at already', async () => {
    const revoked = new Set<string | undefined>(['late'])
    const streams = new OpenStreams({
      isRevoked: ({ subject }) => revoked.has(subject),
      onEnded: () => {},
    })
    const ended: string[] = []
    streams.add(tokenOf('first'), () => ended.push('first'))
    for (let at = 0; at < 600; at += 1) streams.add(tokenOf('other'), () => {})
    streams.endRevoked()
    await turn()
    revoked.add('first')
    streams.endRevoked()
    for (let turns = 0; turns < 6; turns += 1) await turn()
    expect(ended).toEqual(['first'])
  })
})
