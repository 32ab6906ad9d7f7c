import { describe, expect, it } from 'vitest'
import {
  descriptionOf,
  type ManagementEvent,
  readManagementEvent,
} from '../../../../src/revocation/events/management-event.ts'
import { SESSION_REVOKED, STREAM_UPDATED, VERIFICATION } from '../../../support/security-events.ts'

const stream = { format: 'opaque', id: 'stream-1' }
const updated = { kind: 'stream-updated', streamId: 'stream-1', reason: undefined }

describe('an event about the stream', () => {
  it.each<[string, object, unknown, object | undefined]>([
    [SESSION_REVOKED, { state: 'a', status: 'enabled' }, stream, undefined],
    [
      VERIFICATION,
      { state: 'a' },
      stream,
      { kind: 'verification', streamId: 'stream-1', state: 'a' },
    ],
    [
      VERIFICATION,
      { state: 7 },
      { id: 7 },
      { kind: 'verification', streamId: undefined, state: undefined },
    ],
    [VERIFICATION, {}, 'stream-1', { kind: 'verification', streamId: undefined, state: undefined }],
    [STREAM_UPDATED, { status: 'paused' }, stream, { ...updated, status: 'paused' }],
    [
      STREAM_UPDATED,
      { status: 'paused', reason: 'why' },
      stream,
      { ...updated, status: 'paused', reason: 'why' },
    ],
    [
      STREAM_UPDATED,
      { status: { status: 'paused' }, reason: 7 },
      stream,
      { ...updated, status: 'paused' },
    ],
    [STREAM_UPDATED, { status: { status: 7 } }, stream, { ...updated, status: 'unknown' }],
    [STREAM_UPDATED, { status: null }, stream, { ...updated, status: 'unknown' }],
    [STREAM_UPDATED, {}, null, { ...updated, streamId: undefined, status: 'unknown' }],
  ])('SSF-1: is read: %s %j of %j', (type, event, subject, expected) => {
    expect(readManagementEvent(type, event as Record<string, unknown>, subject)).toEqual(expected)
  })

  it.each<[Partial<ManagementEvent>, string]>([
    [{ kind: 'verification' }, 'a verification event came through the stream'],
    [
      { kind: 'stream-updated', status: 'paused' },
      'the transmitter says that the stream is "paused"',
    ],
    [
      { kind: 'stream-updated', status: 'paused', reason: 'a\nb' },
      'the transmitter says that the stream is "paused": "a\\nb"',
    ],
  ])('SSF-1: is described in one line: %j', (event, expected) => {
    expect(descriptionOf(event as ManagementEvent)).toBe(expected)
  })
})
