import { describe, expect, it } from 'vitest'
import {
  allMembers,
  changedMembers,
  differences,
  isOurs,
  readStreamConfiguration,
  type StreamConfiguration,
  type WantedStream,
  wantedMembers,
} from '../../../../src/revocation/stream/stream-configuration.ts'

const ISSUER = 'https://sso.example.com'
const PUSH = 'urn:ietf:rfc:8935'
const POLL = 'urn:ietf:rfc:8936'
const URL = 'https://mcp.example.com/events'
const AUTHORIZATION = 'Bearer secret'

const push: WantedStream = {
  delivery: { method: 'push', url: URL, authorization: AUTHORIZATION },
  events: ['a', 'b'],
  description: 'this server',
}
const poll: WantedStream = { ...push, delivery: { method: 'poll' } }
const unnamed = { description: undefined }

const pushed: StreamConfiguration = {
  id: 'stream-1',
  audiences: ['audience'],
  method: PUSH,
  url: URL,
  authorization: AUTHORIZATION,
  eventsRequested: ['a', 'b'],
  eventsDelivered: ['a'],
  description: 'this server',
}
const polled: StreamConfiguration = { ...pushed, method: POLL, url: `${ISSUER}/poll` }

const told = {
  stream_id: 'stream-1',
  iss: ISSUER,
  aud: ['audience'],
  delivery: { method: PUSH, endpoint_url: URL, authorization_header: AUTHORIZATION },
  events_requested: ['a', 'b'],
  events_delivered: ['a'],
  description: 'this server',
}
const longest = 'x'.repeat(2048)

describe('the configuration of a stream', () => {
  it.each<[string, object, Partial<StreamConfiguration>]>([
    ['all members', {}, {}],
    ['no issuer', { iss: undefined }, {}],
    ['one audience', { aud: 'audience' }, {}],
    ['two audiences', { aud: ['one', 'two'] }, { audiences: ['one', 'two'] }],
    ['the longest id', { stream_id: longest }, { id: longest }],
    [
      'no delivery',
      { delivery: undefined },
      { method: undefined, url: undefined, authorization: undefined },
    ],
    [
      'a delivery of other types',
      { delivery: { method: 7, endpoint_url: '', authorization_header: `${longest}x` } },
      { method: undefined, url: undefined, authorization: undefined },
    ],
    [
      'no events',
      { events_requested: undefined, events_delivered: undefined },
      { eventsRequested: [], eventsDelivered: undefined },
    ],
    [
      'events of other types',
      { events_requested: 'a', events_delivered: ['a', 7, ''] },
      { eventsRequested: [], eventsDelivered: ['a'] },
    ],
    ['no description', { description: undefined }, unnamed],
    ['a description that is too long', { description: `${longest}x` }, unnamed],
  ])('SSF-1: is read: %s', (_name, more, expected) => {
    expect(readStreamConfiguration({ ...told, ...more }, ISSUER)).toEqual({
      ...pushed,
      ...expected,
    })
  })

  const noId = '"stream_id" of a stream is missing'
  const noAudience = '"aud" of the stream is neither a string nor a list of strings'
  it.each<[string, unknown, string]>([
    ['null', null, 'a stream is not an object'],
    ['a list', [told], 'a stream is not an object'],
    ['a text', 'stream-1', 'a stream is not an object'],
    ['no id', { ...told, stream_id: undefined }, noId],
    ['an empty id', { ...told, stream_id: '' }, noId],
    ['an id that is a number', { ...told, stream_id: 1 }, noId],
    ['an id that is too long', { ...told, stream_id: `${longest}x` }, noId],
    [
      'another issuer',
      { ...told, iss: `${ISSUER}/` },
      `"iss" of the stream is "${ISSUER}/", configured is "${ISSUER}"`,
    ],
    ['no audience', { ...told, aud: undefined }, noAudience],
    ['an empty list of audiences', { ...told, aud: [] }, noAudience],
    ['an audience that is a number', { ...told, aud: 7 }, noAudience],
    ['an empty audience', { ...told, aud: '' }, noAudience],
    ['one audience that is no text', { ...told, aud: ['audience', 7] }, noAudience],
  ])('SSF-1: is a fault: %s', (_name, value, fault) => {
    expect(readStreamConfiguration(value, ISSUER)).toBe(fault)
  })
})

describe('a stream of this server', () => {
  const elsewhere = { url: 'https://other.example.com/events' }
  it.each<[string, StreamConfiguration, WantedStream, boolean]>([
    ['names it', { ...pushed, ...elsewhere }, push, true],
    ['names it, and delivers in another way', pushed, poll, true],
    ['delivers to it', { ...pushed, description: 'another' }, push, true],
    ['delivers to it, and has no name', { ...pushed, ...unnamed }, push, true],
    ['is not one that delivers elsewhere', { ...pushed, ...elsewhere, ...unnamed }, push, false],
    ['is not one that is polled', { ...pushed, method: POLL, ...unnamed }, push, false],
    ['is polled, and has no name', { ...polled, ...unnamed }, poll, true],
    ['is not one that is polled by another', { ...polled, description: 'another' }, poll, false],
    ['is not one that is pushed', { ...pushed, ...unnamed }, poll, false],
    ['has no name, as this server', { ...polled, ...unnamed }, { ...poll, ...unnamed }, true],
    [
      'is not any without a name, if this server has none',
      { ...pushed, ...elsewhere, ...unnamed },
      { ...push, ...unnamed },
      false,
    ],
  ])('SSF-1: %s', (_name, stream, wanted, expected) => {
    expect(isOurs(stream, wanted)).toBe(expected)
  })
})

describe('what is said to the transmitter', () => {
  const delivery = { method: PUSH, endpoint_url: URL, authorization_header: AUTHORIZATION }

  it.each<[string, WantedStream, object]>([
    ['push', push, { delivery, events_requested: ['a', 'b'], description: 'this server' }],
    [
      'push without a header',
      { ...push, ...unnamed, delivery: { method: 'push', url: URL, authorization: undefined } },
      { delivery: { method: PUSH, endpoint_url: URL }, events_requested: ['a', 'b'] },
    ],
    [
      'poll',
      poll,
      { delivery: { method: POLL }, events_requested: ['a', 'b'], description: 'this server' },
    ],
  ])('SSF-1: describes the wanted stream: %s', (_name, wanted, expected) => {
    expect(wantedMembers(wanted)).toStrictEqual(expected)
  })

  it.each<[string, Partial<StreamConfiguration>, WantedStream, readonly string[]]>([
    ['nothing', {}, push, []],
    ['nothing that is known of a poll', { method: POLL, url: 'https://x' }, poll, []],
    ['another order of the events', { eventsRequested: ['b', 'a'] }, push, []],
    ['the method', { method: POLL }, push, ['delivery']],
    ['the method, for polls', {}, poll, ['delivery']],
    ['the URL', { url: 'https://other.example.com/' }, push, ['delivery']],
    ['the header', { authorization: 'Bearer other' }, push, ['authorization_header']],
    ['a header that is not told', { authorization: undefined }, push, ['authorization_header']],
    ['an event too many', { eventsRequested: ['a', 'b', 'c'] }, push, ['events_requested']],
    ['an event that lacks', { eventsRequested: ['a'] }, push, ['events_requested']],
    ['another event', { eventsRequested: ['a', 'c'] }, push, ['events_requested']],
    ['the description', { description: 'another' }, push, ['description']],
    ['a description that nobody wants', {}, { ...push, ...unnamed }, []],
    [
      'everything',
      { url: '', eventsRequested: [], ...unnamed },
      push,
      ['delivery', 'events_requested', 'description'],
    ],
  ])('SSF-1: names what differs: %s', (_name, more, wanted, expected) => {
    expect(differences({ ...pushed, ...more }, wanted)).toEqual(expected)
  })

  it.each<[readonly string[], object]>([
    [['delivery'], { delivery }],
    [['authorization_header'], { delivery }],
    [['events_requested'], { events_requested: ['a', 'b'] }],
    [['description'], { description: 'this server' }],
    [
      ['delivery', 'events_requested', 'description'],
      { delivery, events_requested: ['a', 'b'], description: 'this server' },
    ],
  ])('SSF-1: changes only what differs: %j', (differing, expected) => {
    expect(changedMembers(pushed, push, differing)).toStrictEqual({
      stream_id: 'stream-1',
      ...expected,
    })
  })

  const events = { events_requested: ['a', 'b'] }
  const name = { description: 'this server' }
  it.each<[string, StreamConfiguration, WantedStream, object]>([
    ['push', pushed, push, { delivery, ...events, ...name }],
    [
      'a description that nobody wants to change',
      pushed,
      { ...push, ...unnamed },
      { delivery, ...events, ...name },
    ],
    [
      'the wanted description',
      { ...pushed, description: 'old' },
      push,
      { delivery, ...events, ...name },
    ],
    ['no description', { ...pushed, ...unnamed }, { ...push, ...unnamed }, { delivery, ...events }],
    [
      'the URL of polls, which the transmitter chose',
      polled,
      poll,
      { delivery: { method: POLL, endpoint_url: `${ISSUER}/poll` }, ...events, ...name },
    ],
    [
      'polls without a URL',
      { ...polled, url: undefined },
      poll,
      { delivery: { method: POLL }, ...events, ...name },
    ],
    ['polls in place of push', pushed, poll, { delivery: { method: POLL }, ...events, ...name }],
    ['push in place of polls', polled, push, { delivery, ...events, ...name }],
  ])('SSF-1: replaces a stream with all members: %s', (_name, stream, wanted, expected) => {
    expect(allMembers(stream, wanted)).toStrictEqual(expected)
  })
})
