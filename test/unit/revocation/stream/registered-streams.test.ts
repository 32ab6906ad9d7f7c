import { describe, expect, it } from 'vitest'
import type {
  Transmitter,
  TransmitterCall,
} from '../../../../src/authorization-server/transmitter/transmitter.ts'
import { RegisteredStreams } from '../../../../src/revocation/stream/registered-streams.ts'
import type { WantedStream } from '../../../../src/revocation/stream/stream-configuration.ts'

const ISSUER = 'https://sso.example.com'
const PUSH = 'urn:ietf:rfc:8935'
const POLL = 'urn:ietf:rfc:8936'
const URL = 'https://mcp.example.com/events'
const PURPOSE = { to: 'configuration_endpoint', purpose: 'stream_configuration' }

const push: WantedStream = {
  delivery: { method: 'push', url: URL, authorization: 'Bearer secret' },
  events: ['a'],
  description: 'this server',
}
const poll: WantedStream = { ...push, delivery: { method: 'poll' } }
const delivery = { method: PUSH, endpoint_url: URL, authorization_header: 'Bearer secret' }
const body = { delivery, events_requested: ['a'], description: 'this server' }

/** What a transmitter says about a stream. */
const told = (id: string, more: object = {}) => ({ stream_id: id, aud: 'x', ...body, ...more })

type Reply =
  | number
  | { readonly status?: number; readonly value?: unknown; readonly after?: number }

/** A transmitter that gives these answers, one after another. */
function streamsOf(
  replies: readonly Reply[],
  { methods, endpoint }: { methods?: readonly string[]; endpoint?: string } = {},
) {
  const calls: TransmitterCall[] = []
  const left = [...replies]
  const transmitter = {
    issuer: ISSUER,
    metadata: {
      deliveryMethods: async () => methods,
      endpoint: async (name: string) => (name === 'status_endpoint' ? endpoint : undefined),
    },
    failed: (message: string) => new Error(message),
    async call(call: TransmitterCall) {
      calls.push(call)
      const reply = left.shift()
      if (reply === undefined) throw new Error('one call too many')
      const { status = 200, value, after } = typeof reply === 'number' ? { status: reply } : reply
      return { status, value, retryAfter: after, words: `HTTP ${status}` }
    },
  } as unknown as Transmitter
  const streams = new RegisteredStreams(transmitter)
  return { streams, calls, methods: () => calls.map(({ method }) => method).join(' ') }
}

describe('the list of streams', () => {
  it.each<[string, Reply, readonly string[]]>([
    ['none', 404, []],
    ['an empty list', { value: [] }, []],
    ['a list', { value: [told('one'), told('two')] }, ['one', 'two']],
    ['the only stream itself', { value: told('one') }, ['one']],
    [
      'a thousand streams',
      { value: Array.from({ length: 1000 }, (_, at) => told(`${at}`)) },
      Array.from({ length: 1000 }, (_, at) => `${at}`),
    ],
  ])('SSF-1: is read: %s', async (_name, reply, ids) => {
    const { streams, calls } = streamsOf([reply])
    expect((await streams.list()).map(({ id }) => id)).toEqual(ids)
    expect(calls).toEqual([{ ...PURPOSE, method: 'GET' }])
  })

  const noStreams = 'the configuration_endpoint did not answer with streams'
  it.each<[string, Reply, string]>([
    ['another status', 204, 'HTTP 204'],
    ['an error', 500, 'HTTP 500'],
    ['a text', { value: 'streams' }, noStreams],
    ['nothing', {}, noStreams],
    ['a thousand and one', { value: Array.from({ length: 1001 }, () => told('a')) }, noStreams],
    ['a list of texts', { value: ['one'] }, 'a stream is not an object'],
    ['another issuer', { value: [told('a', { iss: 'x' })] }, `"x", configured is "${ISSUER}"`],
  ])('SSF-1: is a fault: %s', async (_name, reply, message) => {
    await expect(streamsOf([reply]).streams.list()).rejects.toThrow(message)
  })
})

describe('a stream is settled', () => {
  const foreign = told('foreign', {
    description: 'another',
    delivery: { method: PUSH, endpoint_url: 'https://user:pass@other.example.com/x?key=s#f' },
  })
  const old = { description: 'old' }

  it.each<
    [string, readonly Reply[], { calls: string; id: string; done: string; differing?: unknown }]
  >([
    ['it is there', [{ value: [told('b')] }], { calls: 'GET', id: 'b', done: 'adopted' }],
    [
      'the one with the smallest id of several',
      [{ value: [told('c'), told('a'), foreign, told('b')] }],
      { calls: 'GET', id: 'a', done: 'adopted' },
    ],
    [
      'it differs',
      [{ value: [told('b', old)] }, { value: told('b2') }],
      { calls: 'GET PATCH', id: 'b2', done: 'updated', differing: ['description'] },
    ],
    [
      'the change has no answer',
      [{ value: [told('b', old)] }, 204],
      { calls: 'GET PATCH', id: 'b', done: 'updated', differing: ['description'] },
    ],
    [
      'it cannot be changed in parts: 405',
      [{ value: [told('b', old)] }, 405, { value: told('b') }],
      { calls: 'GET PATCH PUT', id: 'b', done: 'updated', differing: ['description'] },
    ],
    [
      'it cannot be changed in parts: 501',
      [{ value: [told('b', old)] }, 501, { value: told('b') }],
      { calls: 'GET PATCH PUT', id: 'b', done: 'updated', differing: ['description'] },
    ],
    [
      'there is none',
      [{ value: [foreign] }, { status: 201, value: told('b') }, { value: [foreign, told('b')] }],
      { calls: 'GET POST GET', id: 'b', done: 'created' },
    ],
    [
      'it is created with 200',
      [404, { status: 200, value: told('b') }, { value: told('b') }],
      { calls: 'GET POST GET', id: 'b', done: 'created' },
    ],
    [
      'the list does not have the new one yet',
      [404, { status: 201, value: told('b') }, 404],
      { calls: 'GET POST GET', id: 'b', done: 'created' },
    ],
    [
      'another instance was first: 409',
      [404, 409, { value: [told('a')] }],
      { calls: 'GET POST GET', id: 'a', done: 'adopted' },
    ],
    [
      'another instance has created one with a smaller id',
      [404, { status: 201, value: told('b') }, { value: [told('b'), told('a')] }, 204],
      { calls: 'GET POST GET DELETE', id: 'a', done: 'adopted' },
    ],
    [
      'another instance has created one with a larger id',
      [404, { status: 201, value: told('b') }, { value: [told('c'), told('b')] }],
      { calls: 'GET POST GET', id: 'b', done: 'created' },
    ],
  ])('SSF-1: %s', async (_name, replies, expected) => {
    const { streams, calls, methods } = streamsOf(replies, { methods: [PUSH] })
    const { stream, done, differing } = await streams.settle(push, true)
    expect({ calls: methods(), id: stream.id, done, differing }).toEqual({
      differing: [],
      ...expected,
    })
    const changes = calls.filter(({ method }) => method !== 'GET')
    const secrets = ['Bearer secret']
    for (const { method, ...call } of changes) {
      const wanted = {
        POST: { ...PURPOSE, body, secrets },
        PATCH: { ...PURPOSE, body: { stream_id: 'b', description: 'this server' }, secrets },
        PUT: { ...PURPOSE, body: { ...body, stream_id: 'b' }, secrets },
        DELETE: { ...PURPOSE, streamId: 'b' },
      }[method as string]
      expect(call).toEqual(wanted)
    }
  })

  it('SSF-1: a running instance does not change a stream, and says what differs', async () => {
    const { streams, methods } = streamsOf([{ value: [told('b', old)] }])
    expect(await streams.settle(push, false)).toMatchObject({
      stream: { id: 'b', description: 'old' },
      done: 'adopted',
      differing: ['description'],
    })
    expect(methods()).toBe('GET')
  })

  it('SSF-1: a polled stream has no secrets', async () => {
    const polled = told('b', { delivery: { method: POLL } })
    const { streams, calls } = streamsOf([404, { status: 201, value: polled }, { value: polled }])
    expect(await streams.settle(poll, true)).toMatchObject({ done: 'created' })
    expect(calls[1]?.secrets).toEqual([])
    const unsigned = {
      ...push,
      delivery: { ...delivery, method: 'push', url: URL },
    } as unknown as WantedStream
    const pushing = streamsOf([404, { status: 201, value: told('b') }, 404])
    await pushing.streams.settle(unsigned, true)
    expect(pushing.calls[1]?.secrets).toEqual([])
  })

  const hint = `; the transmitter must allow the address ${URL} (in Keycloak: the client's attribute ssf.validPushUrls)`
  it.each<[string, readonly Reply[], WantedStream, string]>([
    ['it cannot be created', [404, 400], push, `HTTP 400${hint}`],
    ['it cannot be created, for polls', [404, 400], poll, 'HTTP 400'],
    ['it is created without an answer', [404, 204], push, `HTTP 204${hint}`],
    ['it is created, and is no stream', [404, 201], push, 'a stream is not an object'],
    ['it cannot be changed', [{ value: [told('b', old)] }, 300], push, `HTTP 300${hint}`],
    ['it cannot be replaced', [{ value: [told('b', old)] }, 405, 400], push, `HTTP 400${hint}`],
    [
      'the client has a stream for another purpose',
      [{ value: [foreign] }, 409, { value: [foreign] }],
      push,
      `this server's client already has a stream for another purpose ("foreign", "${PUSH}" to "https://other.example.com/x"), and cannot have a second one. Give this server a client of its own, or delete that stream: npx mcp-resource-server stream delete`,
    ],
    [
      'the stream for another purpose has no address',
      [404, 409, { value: [{ ...foreign, delivery: {} }] }],
      push,
      '("foreign", nothing to nothing), and',
    ],
    [
      'the client has many streams for other purposes',
      [404, 409, { value: ['a', 'b', 'c', 'd'].map((id) => ({ ...foreign, stream_id: id })) }],
      push,
      `("a", "${PUSH}" to "https://other.example.com/x"; "b", "${PUSH}" to "https://other.example.com/x"; "c", "${PUSH}" to "https://other.example.com/x"), and`,
    ],
    [
      'the stream for another purpose is not shown',
      [404, 409, 404],
      push,
      'a stream for another purpose, and cannot have a second one',
    ],
    [
      'the one too many cannot be deleted',
      [404, { status: 201, value: told('b') }, { value: [told('a')] }, 500],
      push,
      'HTTP 500',
    ],
  ])('SSF-1: it is a fault: %s', async (_name, replies, wanted, message) => {
    const { streams } = streamsOf(replies)
    const fault = await streams.settle(wanted, true).then(
      () => 'none',
      (error: Error) => error.message,
    )
    if (message.startsWith('HTTP')) expect(fault).toBe(message)
    else expect(fault).toContain(message)
  })

  it('SSF-1: it is not created if the transmitter does not offer the way of delivery', async () => {
    const offered = streamsOf([404], { methods: [PUSH] })
    const message = 'the transmitter does not offer delivery by poll'
    await expect(offered.streams.settle(poll, true)).rejects.toThrow(message)
    expect(offered.methods()).toBe('GET')
  })
})

describe('the status of a stream', () => {
  const endpoint = `${ISSUER}/status`
  const call = { to: 'status_endpoint', purpose: 'stream_configuration' }

  it('SSF-1: is not known if the transmitter has no endpoint for it', async () => {
    const { streams, calls } = streamsOf([])
    expect(await streams.status('a')).toBeUndefined()
    expect(calls).toEqual([])
  })

  it.each<[unknown, unknown]>([
    [{ status: 'enabled' }, { status: 'enabled', reason: undefined }],
    [
      { status: 'paused', reason: 'why' },
      { status: 'paused', reason: 'why' },
    ],
    [
      { status: 'paused', reason: 7 },
      { status: 'paused', reason: undefined },
    ],
  ])('SSF-1: is read: %j', async (value, expected) => {
    const { streams, calls } = streamsOf([{ value }], { endpoint })
    expect(await streams.status('a')).toEqual(expected)
    expect(calls).toEqual([{ ...call, method: 'GET', streamId: 'a' }])
  })

  it.each<[string, Reply, string]>([
    ['an error', 404, 'HTTP 404'],
    ['no answer', {}, 'the status_endpoint did not answer with a status'],
    ['a number', { value: { status: 1 } }, 'the status_endpoint did not answer with a status'],
  ])('SSF-1: is a fault: %s', async (_name, reply, message) => {
    const { streams } = streamsOf([reply], { endpoint })
    await expect(streams.status('a')).rejects.toThrow(message)
  })

  it.each<[string, Reply, string | undefined]>([
    ['it is so', { value: { status: 'paused' } }, undefined],
    ['it will be decided', 202, undefined],
    ['an error', 400, 'HTTP 400'],
    [
      'it is another one',
      { value: { status: 'enabled' } },
      'the stream "a": its status is "enabled" after it was set to paused',
    ],
    ['no status', { value: [] }, 'the status_endpoint did not answer with a status'],
  ])('SSF-1: is set: %s', async (_name, reply, message) => {
    const { streams, calls } = streamsOf([reply])
    const set = streams.setStatus('a', 'paused', 'why')
    if (message === undefined) await set
    else await expect(set).rejects.toThrow(message)
    const status = { stream_id: 'a', status: 'paused', reason: 'why' }
    expect(calls).toEqual([{ ...call, method: 'POST', body: status }])
  })
})

describe('other calls', () => {
  it.each<[Reply, number | undefined]>([
    [204, undefined],
    [200, undefined],
    [429, 60],
    [{ status: 429, after: 7 }, 7],
    [{ status: 429, after: 86_400 }, 3600],
  ])('SSF-1: a verification event is asked for: %j', async (reply, later) => {
    const { streams, calls } = streamsOf([reply])
    expect(await streams.verify('a', 'state')).toBe(later)
    const call = { to: 'verification_endpoint', purpose: 'stream_configuration', method: 'POST' }
    expect(calls).toEqual([{ ...call, body: { stream_id: 'a', state: 'state' } }])
  })

  it.each([300, 400, 404])('SSF-1: a verification event cannot be sent: %d', async (status) => {
    await expect(streamsOf([status]).streams.verify('a', 'state')).rejects.toThrow(
      `HTTP ${status}; the transmitter could not send a verification event`,
    )
  })

  it.each([
    [204, true],
    [200, true],
    [404, false],
  ])('SSF-1: a stream is deleted: %d', async (status, existed) => {
    const { streams, calls } = streamsOf([status])
    expect(await streams.delete('a')).toBe(existed)
    expect(calls).toEqual([{ ...PURPOSE, method: 'DELETE', streamId: 'a' }])
  })

  it.each([300, 403])('SSF-1: a stream cannot be deleted: %d', async (status) => {
    await expect(streamsOf([status]).streams.delete('a')).rejects.toThrow(`HTTP ${status}`)
  })
})
