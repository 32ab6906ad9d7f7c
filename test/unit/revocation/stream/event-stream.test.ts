import { onTestFinished } from 'vitest'
import { EventStream } from '../../../../src/revocation/stream/event-stream.ts'
import type { WantedStream } from '../../../../src/revocation/stream/stream-configuration.ts'
import {
  AUTHORIZATION,
  POLLED,
  PUSH_URL,
  PUSHED,
  QUICK,
  transmitterOf,
  until,
} from '../../../support/event-streams.ts'
import {
  drip,
  html,
  json,
  raw,
  resetAfterHeaders,
  resetBeforeHeaders,
  silent,
  status,
} from '../../../support/issuers/answers.ts'
import { describe, expect, it } from '../../../support/issuers/it.ts'
import {
  CREDENTIALS,
  type LocalIssuer,
  startIssuer,
} from '../../../support/issuers/local-issuer.ts'
import type { Answer } from '../../../support/issuers/loopback-server.ts'
import { addTransmitter, POLL, PUSH } from '../../../support/issuers/transmitter.ts'

function open(
  issuer: LocalIssuer,
  wanted: WantedStream = PUSHED,
  timing: object = {},
  timeout?: number,
) {
  const events: { kind: string; detail: string }[] = []
  const { transmitter, server } = transmitterOf(issuer, CREDENTIALS, timeout)
  const stream = new EventStream({
    transmitter,
    wanted,
    report: (event) => void events.push(event),
    timing: { ...QUICK, checkInterval: 60_000, ...timing },
  })
  onTestFinished(async () => {
    stream.close()
    await server.http.close()
  })
  const kinds = () => events.map(({ kind }) => kind)
  const details = () => events.map(({ detail }) => detail).join('\n')
  return { stream, transmitter, events, kinds, details }
}

const failure = (stream: EventStream) =>
  stream.ready().then(
    () => expect.fail('it is ready'),
    (error: Error & { reason?: string }) => ({ reason: error.reason, message: error.message }),
  )

describe('setting the stream up', () => {
  it('SSF-1: creates the stream with the delivery, the header and the events that the options say', async ({
    issuer,
  }) => {
    const fake = addTransmitter(issuer)
    const { stream } = open(issuer)
    await stream.ready()
    expect(fake.streams).toMatchObject([
      {
        delivery: { method: PUSH, endpoint_url: PUSH_URL, authorization_header: AUTHORIZATION },
        events_requested: PUSHED.events,
      },
    ])
    expect(stream.audiences).toEqual(fake.streams[0]?.aud)
  })

  it('SSF-1: adopts a stream that is right, and changes nothing', async ({ issuer }) => {
    const fake = addTransmitter(issuer)
    await open(issuer).stream.ready()
    const before = structuredClone(fake.streams)
    const second = open(issuer)
    await second.stream.ready()
    expect(fake.streams).toEqual(before)
    expect(fake.received('streams').filter(({ method }) => method !== 'GET')).toHaveLength(1)
    expect(second.details()).toContain('was adopted')
  })

  it.each(['PATCH', 'PUT'])('SSF-1: %s: updates what differs', async (method) => {
    await using issuer = await startIssuer()
    const fake = addTransmitter(issuer, { withoutPatch: method === 'PUT' })
    fake.register({ delivery: { method: PUSH, endpoint_url: PUSH_URL }, events_requested: ['x'] })
    const { stream } = open(issuer)
    await stream.ready()
    expect(fake.streams).toMatchObject([
      { delivery: { authorization_header: AUTHORIZATION }, events_requested: PUSHED.events },
    ])
    expect(fake.received('streams').at(-1)?.method).toBe(method)
  })

  it.each([false, true])(
    'SSF-1: the URL of polls stays when other members are changed (without PATCH: %s)',
    async (withoutPatch) => {
      await using issuer = await startIssuer()
      const fake = addTransmitter(issuer, { withoutPatch })
      const first = open(issuer, POLLED)
      await first.stream.ready()
      const url = first.stream.pollUrl
      expect(url).toBe(`${issuer.server.origin}/ssf/poll`)
      const second = open(issuer, { ...POLLED, events: ['urn:example:another'] })
      await second.stream.ready()
      expect(fake.streams).toMatchObject([
        {
          delivery: { method: POLL, endpoint_url: url },
          events_requested: ['urn:example:another'],
        },
      ])
    },
  )

  it('SSF-1: a stream of the same server moves from push to poll', async ({ issuer }) => {
    const fake = addTransmitter(issuer)
    await open(issuer, PUSHED).stream.ready()
    const { stream } = open(issuer, POLLED)
    await stream.ready()
    expect(fake.streams).toHaveLength(1)
    expect(stream.pollUrl).toBe(`${issuer.server.origin}/ssf/poll`)
  })

  it('SSF-1: never takes the stream that an operator made for another purpose', async ({
    issuer,
  }) => {
    const fake = addTransmitter(issuer)
    fake.register({
      delivery: {
        method: PUSH,
        endpoint_url: 'https://siem.example.com/in?key=secret-of-the-siem',
      },
    })
    const before = structuredClone(fake.streams)
    const { stream } = open(issuer)
    const { reason, message } = await failure(stream)
    expect(reason).toBe('security_events_failed')
    expect(message).toContain('already has a stream for another purpose')
    expect(message).toContain('https://siem.example.com/in')
    expect(message).not.toContain('secret-of-the-siem')
    expect(fake.streams).toEqual(before)
  })

  it.each([
    ['one stream for each client', {}],
    ['several streams for each client', { severalStreams: true }],
  ])('SSF-1: instances that start at once end with one stream: %s', async (_what, options) => {
    await using issuer = await startIssuer()
    const fake = addTransmitter(issuer, options)
    const instances = Array.from({ length: 6 }, () => open(issuer, PUSHED, QUICK))
    await Promise.all(instances.map(({ stream }) => stream.ready()))
    await until(() => fake.streams.length === 1)
    await until(() =>
      instances.every(({ stream }) => stream.audiences[0] === fake.streams[0]?.aud[0]),
    )
  })

  it('sets the header of a stream whose transmitter does not show it', async ({ issuer }) => {
    const fake = addTransmitter(issuer, { hidesAuthorization: true })
    fake.register({
      delivery: { method: PUSH, endpoint_url: PUSH_URL, authorization_header: 'an old value' },
      events_requested: PUSHED.events,
    })
    await open(issuer).stream.ready()
    expect(fake.streams[0]?.delivery.authorization_header).toBe(AUTHORIZATION)
  })
})

describe('a set-up that is wrong is found at start-up', () => {
  it('the client has not got the scopes', async ({ issuer }) => {
    const fake = addTransmitter(issuer)
    fake.scopes = 'profile'
    const { message } = await failure(open(issuer).stream)
    expect(message).toContain("give this server's client the scopes ssf.manage ssf.read")
  })

  it('the secret is wrong', async ({ issuer }) => {
    addTransmitter(issuer)
    const secret = 'a-wrong-secret-of-this-client'
    const { transmitter, server } = transmitterOf(issuer, { ...CREDENTIALS, clientSecret: secret })
    const stream = new EventStream({ transmitter, wanted: PUSHED, report() {} })
    const { message } = await failure(stream)
    stream.close()
    await server.http.close()
    expect(message).toContain('introspection.clientSecret')
    expect(message).not.toContain(secret)
  })

  it('the transmitter does not allow the address, and what it says holds no secret', async ({
    issuer,
  }) => {
    addTransmitter(issuer, { validPushUrls: [] })
    const { message } = await failure(open(issuer).stream)
    expect(message).toContain('ssf.validPushUrls')
    expect(message).toContain(PUSH_URL)
    expect(message).not.toContain('push-secret')
  })

  it('an error description that quotes a secret is not repeated', async ({ issuer }) => {
    const fake = addTransmitter(issuer)
    fake.instead.streams = (received, response) => {
      if (received.method === 'GET') return json([])(received, response)
      const token = received.authorization ?? ''
      response.writeHead(400, { 'content-type': 'application/json' })
      const error_description = `${received.body.slice(0, 200)} ${token}`
      response.end(JSON.stringify({ error: 'stream_error', error_description }))
    }
    const { stream, details } = open(issuer)
    const { message } = await failure(stream)
    expect(message).toContain('not repeated here')
    expect(`${message}${details()}`).not.toMatch(/push-secret|management-token/)
  })

  it('there is no transmitter', async ({ issuer }) => {
    const { message } = await failure(open(issuer).stream)
    expect(message).toContain('ssf.transmitterEnabled')
  })

  it.each([
    ['of another issuer', { issuer: 'https://other.example.com' }, '"issuer" is'],
    ['without an endpoint', { configuration_endpoint: undefined }, 'no "configuration_endpoint"'],
    ['plain http', { configuration_endpoint: 'http://sso.example.com/' }, 'is plain http'],
    ['not a URL', { configuration_endpoint: 7 }, 'is not a string'],
    ['other deliveries', { delivery_methods_supported: [POLL] }, 'delivery by push'],
  ])('SSF-1: metadata %s', async (_what, changes, words) => {
    await using issuer = await startIssuer()
    const fake = addTransmitter(issuer)
    issuer.server.on('/.well-known/ssf-configuration', json(fake.metadata(changes)))
    const { message } = await failure(open(issuer).stream)
    expect(message).toContain(words)
    expect(fake.streams).toEqual([])
  })

  it('SSF-1: metadata are found after the path of the issuer too', async () => {
    await using issuer = await startIssuer({ path: '/realms/acme' })
    const fake = addTransmitter(issuer)
    issuer.server.on('/.well-known/ssf-configuration/realms/acme', status(404))
    issuer.server.on('/realms/acme/.well-known/ssf-configuration', json(fake.metadata()))
    await open(issuer).stream.ready()
    expect(fake.streams).toHaveLength(1)
  })

  it.each<[string, object]>([
    ['no id', { stream_id: undefined }],
    ['an id that is a number', { stream_id: 7 }],
    ['no audience', { aud: undefined }],
    ['an empty audience', { aud: [] }],
    ['an audience that is an object', { aud: {} }],
    ['another issuer', { iss: 'https://other.example.com' }],
  ])('a created stream with %s is refused', async (_what, changes) => {
    await using issuer = await startIssuer()
    const fake = addTransmitter(issuer)
    fake.instead.streams = (received, response) => {
      const stream = { stream_id: 'one', aud: 'aud', ...JSON.parse(received.body || '{}') }
      const answer = received.method === 'GET' ? [] : { ...stream, ...changes }
      response.writeHead(received.method === 'GET' ? 200 : 201)
      response.end(JSON.stringify(answer))
    }
    const { stream } = open(issuer)
    expect((await failure(stream)).reason).toBe('security_events_failed')
    expect(stream.audiences).toEqual([])
  })
})

describe('faults', () => {
  const FAULTS: [string, Answer][] = [
    ['500', status(500)],
    ['503', status(503)],
    ['a page', html()],
    ['half an answer', raw('[{"stream_id":')],
    ['a list of numbers', json([1, 2])],
    ['nested a thousand deep', raw('['.repeat(1000))],
    ['a reset', resetBeforeHeaders()],
    ['a reset in the body', resetAfterHeaders()],
    ['no answer', silent()],
    ['an answer without end', drip()],
  ]
  it.each(FAULTS)('SSF-1: %s: it is reported, tried again, and heals', async (_what, answer) => {
    await using issuer = await startIssuer()
    const fake = addTransmitter(issuer)
    fake.instead.streams = answer
    const { stream, kinds } = open(issuer, PUSHED, {}, 1)
    expect((await failure(stream)).reason).toBe('security_events_failed')
    fake.instead.streams = undefined
    await until(() => stream.audiences.length > 0)
    expect(fake.streams).toHaveLength(1)
    await until(() => kinds().includes('source_back'))
    expect(kinds()[0]).toBe('source_failed')
  })

  it('SSF-1: an outage while it runs is reported once, and is over by itself', async ({
    issuer,
  }) => {
    const fake = addTransmitter(issuer)
    const { stream, kinds } = open(issuer, PUSHED, { checkInterval: 20 })
    await stream.ready()
    await issuer.server.stop()
    await until(() => kinds().includes('source_failed'))
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(kinds().filter((kind) => kind === 'source_failed').length).toBeLessThanOrEqual(2)
    await issuer.server.start()
    await until(() => kinds().includes('source_back'))
    expect(stream.audiences).toEqual(fake.streams[0]?.aud)
  })

  it('a token that is refused in the middle is renewed, once', async ({ issuer }) => {
    const fake = addTransmitter(issuer)
    const { stream } = open(issuer, PUSHED, { checkInterval: 20 })
    await stream.ready()
    expect(fake.count('token')).toBe(1)
    fake.forgetTokens()
    const before = fake.count('status')
    await until(() => fake.count('status') > before + 2)
    expect(fake.count('token')).toBe(2)
  })

  it('a token is used until shortly before it expires', async ({ issuer }) => {
    const fake = addTransmitter(issuer)
    const { transmitter } = open(issuer)
    const call = { to: 'status_endpoint', purpose: 'stream_configuration', method: 'GET' } as const
    await transmitter.call(call)
    issuer.clock.advance(269)
    await transmitter.call(call)
    expect(fake.count('token')).toBe(1)
    issuer.clock.advance(2)
    await transmitter.call(call)
    expect(fake.count('token')).toBe(2)
  })

  it.each<[string, object]>([
    ['no token', { token_type: 'Bearer' }],
    ['a token with a line break', { access_token: 'a\r\nb', token_type: 'Bearer' }],
    ['another type', { access_token: 'abc', token_type: 'DPoP' }],
    ['not even an object', [1]],
  ])('an answer of the token endpoint: %s', async (_what, answer) => {
    await using issuer = await startIssuer()
    const fake = addTransmitter(issuer)
    fake.instead.token = json(answer)
    const { reason, message } = await failure(open(issuer).stream)
    expect(reason).toBe('security_events_failed')
    expect(message).toMatch(/^client token of/)
    expect(fake.count('streams')).toBe(0)
  })

  it('stops when it is closed', async ({ issuer }) => {
    const fake = addTransmitter(issuer)
    const { stream } = open(issuer, PUSHED, QUICK)
    await stream.ready()
    stream.close()
    await new Promise((resolve) => setTimeout(resolve, 50))
    const before = fake.count('streams')
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(fake.count('streams')).toBe(before)
    expect((await failure(stream)).message).toContain('close() was called')
  })
})

describe('watching the stream', () => {
  it('SSF-1: a stream that was deleted is created again, and operators hear of it', async ({
    issuer,
  }) => {
    const fake = addTransmitter(issuer)
    const { stream, details } = open(issuer, PUSHED, { checkInterval: 20 })
    await stream.ready()
    const [before] = stream.audiences
    fake.streams.splice(0)
    await until(() => stream.audiences[0] !== before)
    expect(stream.audiences).toEqual(fake.streams[0]?.aud)
    expect(details()).toContain('events since then may be lost')
  })

  it('SSF-1: another audience of the stream counts from the next look on', async ({ issuer }) => {
    const fake = addTransmitter(issuer)
    const { stream, details } = open(issuer, PUSHED, { checkInterval: 20 })
    await stream.ready()
    for (const registered of fake.streams) registered.aud = ['urn:another']
    await until(() => stream.audiences[0] === 'urn:another')
    expect(details()).toContain('another audience')
  })

  it('SSF-1: a paused stream is enabled again', async ({ issuer }) => {
    const fake = addTransmitter(issuer)
    const { stream, details } = open(issuer, PUSHED, { checkInterval: 20 })
    await stream.ready()
    for (const registered of fake.streams) registered.status = 'paused'
    await until(() => fake.streams[0]?.status === 'enabled')
    await until(() => details().includes('was paused'))
  })

  it('SSF-1: a disabled stream stays disabled, and operators hear that events are lost', async ({
    issuer,
  }) => {
    const fake = addTransmitter(issuer)
    const { stream, details, kinds } = open(issuer, PUSHED, { checkInterval: 20 })
    await stream.ready()
    for (const registered of fake.streams) registered.status = 'disabled'
    await until(() => kinds().includes('source_failed'))
    expect(details()).toContain('its events are lost')
    expect(fake.streams[0]?.status).toBe('disabled')
    for (const registered of fake.streams) registered.status = 'enabled'
    await until(() => kinds().includes('source_back'))
  })

  it('a transmitter that repeats the secret of the pushes is not quoted', async ({ issuer }) => {
    const fake = addTransmitter(issuer)
    const { stream, details, kinds } = open(issuer, PUSHED, { checkInterval: 20 })
    await stream.ready()
    const reason = `cannot push with ${AUTHORIZATION} today`
    stream.handle({ kind: 'stream-updated', streamId: undefined, status: 'paused', reason })
    expect(details()).toContain('cannot push with')
    for (const registered of fake.streams) registered.status = `disabled: ${AUTHORIZATION}`
    await until(() => kinds().includes('source_failed'))
    expect(details()).toContain('its events are lost')
    expect(details()).not.toContain('push-secret')
  })

  it('the error of a start with such a transmitter does not quote the secret', async ({
    issuer,
  }) => {
    const fake = addTransmitter(issuer)
    await open(issuer).stream.ready()
    for (const registered of fake.streams) registered.status = `disabled: ${AUTHORIZATION}`
    const { message } = await failure(open(issuer).stream)
    expect(message).toContain('"disabled: ')
    expect(message).not.toContain('push-secret')
  })

  it('SSF-1: stream-updated reaches operators, and the stream is looked at', async ({ issuer }) => {
    const fake = addTransmitter(issuer)
    const { stream, events } = open(issuer)
    await stream.ready()
    for (const registered of fake.streams) registered.status = 'paused'
    stream.handle({
      kind: 'stream-updated',
      streamId: fake.streams[0]?.stream_id,
      status: 'paused',
      reason: 'inactive',
    })
    expect(events.at(-1)).toMatchObject({
      kind: 'stream_changed',
      detail: expect.stringMatching(/"paused" \("inactive"\)/),
    })
    await until(() => fake.streams[0]?.status === 'enabled')
  })

  it('a flood of events about the stream causes a bounded number of calls', async ({ issuer }) => {
    const fake = addTransmitter(issuer)
    const { stream } = open(issuer, PUSHED, { leastPause: 5000 })
    await stream.ready()
    const before = fake.count('streams')
    for (let turn = 0; turn < 1000; turn += 1) {
      stream.handle({ kind: 'stream-updated', streamId: undefined, status: 'paused', reason: '' })
      if (turn % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(fake.count('streams') - before).toBeLessThanOrEqual(1)
  })

  it('instances with different options do not change the stream in turns', async ({ issuer }) => {
    const fake = addTransmitter(issuer)
    const one = open(issuer, PUSHED, { checkInterval: 20 })
    await one.stream.ready()
    const other = open(issuer, { ...PUSHED, events: ['urn:another'] }, { checkInterval: 20 })
    await other.stream.ready()
    await until(() => one.details().includes('somebody has changed events_requested'))
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(fake.received('streams').filter(({ method }) => method === 'PATCH')).toHaveLength(1)
    expect(fake.streams[0]?.events_requested).toEqual(['urn:another'])
  })

  it('a delivery that was turned elsewhere is a failure', async ({ issuer }) => {
    const fake = addTransmitter(issuer)
    const { stream, kinds, details } = open(issuer, PUSHED, { checkInterval: 20 })
    await stream.ready()
    for (const { delivery } of fake.streams) delivery.endpoint_url = 'https://thief.example.com/'
    await until(() => kinds().includes('source_failed'))
    expect(details()).toContain('somebody has changed delivery')
  })
})

describe('verifying the stream', () => {
  it('SSF-1: asks with a random state, until a verification event arrives', async ({ issuer }) => {
    const fake = addTransmitter(issuer)
    const { stream, details, kinds } = open(issuer)
    await stream.ready()
    await until(() => fake.states.length >= 2)
    expect(fake.states[0]).toMatch(/^[\w-]{36}$/)
    const [streamId] = fake.streams.map(({ stream_id }) => stream_id)
    stream.handle({ kind: 'verification', streamId, state: fake.states[0] })
    const asked = fake.states.length
    expect(details()).toContain('is verified')
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(fake.states.length).toBeLessThanOrEqual(asked + 1)
    expect(kinds().slice(0, 1)).toEqual(['stream_changed'])
  })

  it('SSF-1: the event for another instance counts too', async ({ issuer }) => {
    addTransmitter(issuer)
    const { stream, details } = open(issuer)
    await stream.ready()
    stream.handle({ kind: 'verification', streamId: undefined, state: 'of another instance' })
    expect(details()).toContain('is verified')
  })

  it('SSF-1: the event of another stream does not', async ({ issuer }) => {
    addTransmitter(issuer)
    const { stream, details } = open(issuer)
    await stream.ready()
    stream.handle({ kind: 'verification', streamId: 'another', state: undefined })
    expect(details()).not.toContain('is verified')
  })

  it('SSF-1: a missing event is reported; a later one is reported too', async ({ issuer }) => {
    addTransmitter(issuer)
    const { stream, kinds, details } = open(issuer, PUSHED, { verificationWait: 60 })
    await stream.ready()
    await until(() => kinds().includes('source_failed'))
    expect(details()).toContain('no verification event has arrived')
    expect(kinds().filter((kind) => kind === 'source_failed')).toHaveLength(1)
    stream.handle({ kind: 'verification', streamId: undefined, state: undefined })
    expect(kinds().at(-1)).toBe('source_back')
  })

  it('429 is no failure: another instance has just asked', async ({ issuer }) => {
    const fake = addTransmitter(issuer)
    fake.instead.verify = status(429, { 'retry-after': '60' })
    const { stream, kinds } = open(issuer)
    await stream.ready()
    await until(() => fake.count('verify') === 1)
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(fake.count('verify')).toBe(1)
    expect(kinds()).not.toContain('source_failed')
  })

  it('a transmitter that cannot deliver is reported at once', async ({ issuer }) => {
    const fake = addTransmitter(issuer)
    fake.instead.verify = raw('{"error":"stream_verification_error"}', 'application/json', 400)
    const { stream, details } = open(issuer)
    await stream.ready()
    await until(() => details().includes('could not send a verification event'))
  })
})
