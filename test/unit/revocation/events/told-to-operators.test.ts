import { describe, expect, it } from 'vitest'
import { REVOCATION_CHANNEL, type RevocationEvent } from '../../../../src/telemetry/events.ts'
import { collectEvents } from '../../../support/events.ts'
import {
  ALICE,
  CREDENTIAL_CHANGE,
  errorOf,
  push,
  receiver,
  SESSION_REVOKED,
  STREAM_UPDATED,
  signSet,
  VERIFICATION,
} from '../../../support/security-events.ts'
import { ISSUER, RESOURCE } from '../../../support/tokens.ts'

const told = collectEvents<RevocationEvent>(REVOCATION_CHANNEL)
const STREAM = { format: 'opaque', id: 'stream-1' }
const TENANT_ADDED = 'https://schemas.openid.net/secevent/risc/event-type/account-enabled'

describe('security events, as operators hear of them', () => {
  it('SET-1: a type of event that nobody knows is acknowledged and told', async () => {
    const set = await signSet({ events: { [TENANT_ADDED]: {} } })
    expect(errorOf(await push(receiver(), set))).toBeUndefined()
    expect(told).toEqual([
      {
        kind: 'event_unknown',
        source: 'security_event',
        resource: RESOURCE,
        issuer: ISSUER,
        detail: `"${TENANT_ADDED}": this type of event has no effect here`,
      },
    ])
  })

  it.each([
    [
      'of another issuer',
      { ...ALICE, iss: 'https://evil.example.com' },
      'https://evil.example.com',
    ],
    ['of a format without tokens', { format: 'did', url: 'did:example:alice' }, '"did"'],
    ['of a group', { format: 'complex', group: STREAM }, 'without user and session'],
    ['that is a text', 'alice', 'not an object'],
    ['that is missing', undefined, 'it has none'],
  ])(
    'SET-1: a subject %s is acknowledged and told, without its name',
    async (_name, subject, words) => {
      const set = await signSet({ sub_id: subject, events: { [SESSION_REVOKED]: {} } })
      expect(errorOf(await push(receiver(), set))).toBeUndefined()
      expect(told.map(({ kind }) => kind)).toEqual(['event_unknown'])
      expect(told[0]?.detail).toContain(words)
      expect(told[0]?.detail).not.toContain('alice')
    },
  )

  it('CAEP-1: an event that an option ignores is told with the name of the option', async () => {
    const server = receiver({}, { onCredentialChange: 'ignore' })
    await push(server, await signSet({ events: { [CREDENTIAL_CHANGE]: {} } }))
    expect(told.map(({ kind }) => kind)).toEqual(['event_unknown'])
    expect(told[0]?.detail).toContain('onCredentialChange')
  })

  it('SSF-1: the stream is paused: operators learn it with the reason', async () => {
    const server = receiver()
    const event = { status: 'paused', reason: 'Internal\nerror' }
    const set = await signSet({ sub_id: STREAM, events: { [STREAM_UPDATED]: event } })
    expect(errorOf(await push(server, set))).toBeUndefined()
    expect(errorOf(await push(server, set))).toBeUndefined()
    expect(told.map(({ kind, detail }) => [kind, detail])).toEqual([
      ['stream_changed', 'the transmitter says that the stream is "paused": "Internal\\nerror"'],
    ])
  })

  it('SSF-1: a verification event that nobody asked for is acknowledged and told once', async () => {
    const server = receiver()
    const set = await signSet({ sub_id: STREAM, events: { [VERIFICATION]: {} } })
    for (const _time of [1, 2]) expect(errorOf(await push(server, set))).toBeUndefined()
    expect(told.map(({ kind }) => kind)).toEqual(['stream_changed'])
  })

  it('SET-1: operators get one short line, whatever the message says', async () => {
    const words = `\u2028\r\nforged line ${'x'.repeat(5000)}`
    const set = await signSet({
      sub_id: { format: words },
      events: { [SESSION_REVOKED]: {}, [words]: {} },
    })
    expect(errorOf(await push(receiver(), set))).toBeUndefined()
    expect(told).toHaveLength(2)
    for (const { detail } of told) {
      expect(detail.length).toBeLessThan(300)
      expect(detail).not.toMatch(/[\r\n\u2028]/)
    }
  })
})
