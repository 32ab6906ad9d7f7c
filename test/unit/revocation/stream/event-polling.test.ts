import { onTestFinished } from 'vitest'
import { UnavailableError } from '../../../../src/errors/unavailable-error.ts'
import { RefusedMessage } from '../../../../src/revocation/signed-message.ts'
import { EventPolling } from '../../../../src/revocation/stream/event-polling.ts'
import { ask } from '../../../support/decisions.ts'
import { POLLED, QUICK, transmitterOf, until } from '../../../support/event-streams.ts'
import {
  drip,
  html,
  huge,
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
import { addTransmitter, POLL } from '../../../support/issuers/transmitter.ts'

type Accept = (set: string) => Promise<void>

/** Polls a transmitter, and gives the events to a function of the test. */
function open(
  issuer: LocalIssuer,
  accept: Accept = async () => {},
  timing: object = {},
  timeout?: number,
) {
  const fake = addTransmitter(issuer)
  const { origin } = issuer.server
  fake.register({ delivery: { method: POLL, endpoint_url: `${origin}/ssf/poll` } })
  const events: { kind: string; detail: string }[] = []
  const accepted: string[] = []
  let doubts = 0
  const { transmitter, server } = transmitterOf(issuer, CREDENTIALS, timeout)
  const polling = new EventPolling({
    transmitter,
    events: {
      async accept(set) {
        await accept(set)
        const { jti } = JSON.parse(Buffer.from(set.split('.')[1] ?? '', 'base64url').toString())
        accepted.push(jti)
        return { tokenId: jti, repeated: false, management: [] }
      },
    },
    url: () => fake.streams[0]?.delivery.endpoint_url,
    onDoubt: () => {
      doubts += 1
    },
    report: (event) => void events.push(event),
    timing: { ...QUICK, ...timing },
  })
  onTestFinished(async () => {
    polling.close()
    await server.http.close()
  })
  const kinds = () => events.map(({ kind }) => kind)
  const details = () => events.map(({ detail }) => detail).join('\n')
  return { fake, polling, accepted, kinds, details, doubts: () => doubts }
}

describe('acknowledging', () => {
  it('POLL-1: an event is acknowledged with the next poll, after it was accepted', async ({
    issuer,
  }) => {
    const allowed = Promise.withResolvers<void>()
    const { fake, polling } = open(issuer, () => allowed.promise)
    const jti = await fake.send()
    polling.start()
    await until(() => fake.polls.length === 1)
    await new Promise((resolve) => setTimeout(resolve, 100))
    // Nothing is asked while the event is judged: one poll at a time.
    expect(fake.polls).toEqual([{ maxEvents: 100, returnImmediately: true, ack: [], setErrs: {} }])
    allowed.resolve()
    await until(() => fake.acknowledged.includes(jti))
    expect(fake.outbox.size).toBe(0)
  })

  it.each<[string, Error]>([
    ['keys or store do not answer', new UnavailableError('shared_store_failed', 'away')],
    ['something unexpected happens', new Error('a bug')],
  ])('POLL-1: while %s, an event is neither acknowledged nor refused', async (_what, error) => {
    await using issuer = await startIssuer()
    let away = true
    const { fake, polling, kinds } = open(issuer, async () => {
      if (away) throw error
    })
    const jti = await fake.send()
    polling.start()
    await until(() => fake.polls.length >= 3)
    expect(
      fake.polls.every(({ ack, setErrs }) => `${ack}${Object.keys(setErrs as object)}` === ''),
    ).toBe(true)
    expect(kinds()).toEqual(['source_failed'])
    away = false
    await until(() => fake.acknowledged.includes(jti))
    expect(kinds().at(-1)).toBe('source_back')
  })

  it('POLL-1: events before the one that could not be judged are acknowledged', async ({
    issuer,
  }) => {
    let turn = 0
    const { fake, polling } = open(issuer, async () => {
      turn += 1
      if (turn === 3) throw new UnavailableError('shared_store_failed', 'away')
    })
    const ids = [await fake.send(), await fake.send(), await fake.send()]
    polling.start()
    await until(() => fake.polls.length >= 2)
    expect(fake.polls[1]?.ack).toEqual(ids.slice(0, 2))
    await until(() => fake.acknowledged.length === 3)
  })

  it('POLL-1: acknowledgements whose poll fails are sent again', async ({ issuer }) => {
    const { fake, polling } = open(issuer)
    const jti = await fake.send()
    await polling.ready()
    fake.instead.poll = status(503)
    const before = fake.count('poll')
    await until(() => fake.count('poll') > before + 1)
    expect(fake.acknowledged).toEqual([])
    fake.instead.poll = undefined
    await until(() => fake.acknowledged.includes(jti))
  })

  it('ready() waits until everything that was there has been fetched', async ({ issuer }) => {
    const { fake, polling, accepted } = open(issuer)
    for (let turn = 0; turn < 250; turn += 1) await fake.send()
    await polling.ready()
    expect(accepted).toHaveLength(250)
  })
})

describe('refusing', () => {
  it.each([
    ['request', 'invalid_request'],
    ['issuer', 'invalid_issuer'],
  ] as const)('POLL-1: a wrong %s goes back as %s, without our reasons', async (fault, err) => {
    await using issuer = await startIssuer()
    const { fake, polling, kinds } = open(issuer, async () => {
      throw new RefusedMessage(fault, 'only for the operator')
    })
    const jti = await fake.send()
    polling.start()
    await until(() => fake.refused[jti])
    expect(fake.refused[jti]).toMatchObject({ err, description: expect.any(String) })
    expect(JSON.stringify(fake.polls)).not.toContain('only for the operator')
    expect(fake.acknowledged).toEqual([])
    expect(kinds()).toEqual(['message_refused'])
  })

  it.each(['key', 'audience'] as const)(
    'POLL-1: a wrong %s is tried for a while before it is refused: newer keys or another stream may make it good',
    async (fault) => {
      await using issuer = await startIssuer()
      let wrong = true
      const { fake, polling, accepted, doubts } = open(issuer, async () => {
        if (wrong) throw new RefusedMessage(fault, 'wrong')
      })
      const good = await fake.send()
      polling.start()
      await until(() => fake.polls.length >= 3)
      expect(fake.refused).toEqual({})
      wrong = false
      await until(() => fake.acknowledged.includes(good))
      expect(accepted).toEqual([good])
      expect(doubts() > 0).toBe(fault === 'audience')
    },
  )

  it.each([
    ['key', 'invalid_key'],
    ['audience', 'invalid_audience'],
  ] as const)('POLL-1: a wrong %s is refused in the end as %s', async (fault, err) => {
    await using issuer = await startIssuer()
    const refuse = () => Promise.reject(new RefusedMessage(fault, 'wrong'))
    const { fake, polling } = open(issuer, refuse, { patience: 50 })
    const bad = await fake.send()
    polling.start()
    await until(() => fake.refused[bad])
    expect(fake.refused[bad]?.err).toBe(err)
    expect(fake.polls.length).toBeGreaterThan(2)
  })

  it('POLL-1: an event under the id of another one is refused, and is not accepted', async ({
    issuer,
  }) => {
    const { fake, polling, accepted } = open(issuer)
    fake.outbox.set('another', await fake.sign({ jti: 'its own' }))
    polling.start()
    await until(() => fake.refused.another)
    expect(fake.refused.another?.err).toBe('invalid_request')
    expect(accepted).toEqual([])
  })

  it.each<[string, unknown]>([
    ['a number', 7],
    ['null', null],
    ['an object', { jti: 'one' }],
    ['no JWS', 'no JWS'],
    ['an empty text', ''],
  ])('POLL-1: an event that is %s is refused', async (_what, set) => {
    await using issuer = await startIssuer()
    const { fake, polling } = open(issuer)
    fake.outbox.set('one', set)
    const good = await fake.send()
    polling.start()
    await until(() => fake.refused.one)
    expect(fake.refused.one?.err).toBe('invalid_request')
    await until(() => fake.acknowledged.includes(good))
  })

  it('ids that are names of every object are ids like others', async ({ issuer }) => {
    const { fake, polling } = open(issuer)
    const sets = `{"sets":{"__proto__":1,"constructor":2}}`
    fake.instead.poll = raw(sets)
    polling.start()
    await until(() => fake.count('poll') >= 2)
    const body = JSON.parse(fake.received('poll')[1]?.body ?? '')
    expect(Object.keys(body.setErrs).sort()).toEqual(['__proto__', 'constructor'])
  })
})

describe('hostile and broken answers', () => {
  const FAULTS: [string, Answer][] = [
    ['500', status(500)],
    ['400', status(400)],
    ['a redirect', status(302, { location: 'https://thief.example.com/' })],
    ['a page', html()],
    ['a list', json([])],
    ['a text', json('sets')],
    ['null', json(null)],
    ['sets that are a list', json({ sets: ['a'] })],
    ['sets that are a text', json({ sets: 'a' })],
    ['an empty id', json({ sets: { '': 'a' } })],
    ['an endless id', json({ sets: { ['a'.repeat(600)]: 'a' } })],
    ['two events with one id', raw('{"sets":{"a":"x","a":"y"}}')],
    ['half an answer', raw('{"sets":{"a":')],
    ['more bytes than allowed', huge({ sets: {} })],
    ['a reset', resetBeforeHeaders()],
    ['a reset in the body', resetAfterHeaders()],
    ['no answer', silent()],
    ['an answer without end', drip()],
  ]
  it.each(FAULTS)('POLL-1: %s: it is reported, tried again, and heals', async (_what, answer) => {
    await using issuer = await startIssuer()
    const { fake, polling, kinds, details } = open(issuer, undefined, {}, 1)
    const jti = await fake.send()
    fake.instead.poll = answer
    await expect(polling.ready()).rejects.toMatchObject({ reason: 'security_events_failed' })
    expect(kinds()).toEqual(['source_failed'])
    expect(details()).not.toContain('management-token')
    fake.instead.poll = undefined
    await until(() => fake.acknowledged.includes(jti))
    await until(() => kinds().includes('source_back'))
  })

  it.each<[string, Answer]>([
    ['204', status(204)],
    ['an empty body', raw('')],
    ['an empty object', json({})],
  ])('POLL-1: %s means that there are no events', async (_what, answer) => {
    await using issuer = await startIssuer()
    const { fake, polling, kinds } = open(issuer)
    fake.instead.poll = answer
    await polling.ready()
    expect(kinds()).toEqual([])
  })

  it('after an answer that is too large it asks for fewer events, down to one', async ({
    issuer,
  }) => {
    const { fake, polling } = open(issuer)
    const jti = await fake.send()
    fake.instead.poll = (received, response) => {
      const { maxEvents } = JSON.parse(received.body)
      if (maxEvents > 1) return huge({ sets: {} })(received, response)
      fake.instead.poll = undefined
      response.end(JSON.stringify({ sets: Object.fromEntries(fake.outbox) }))
    }
    polling.start()
    await until(() => fake.acknowledged.includes(jti))
    const asked = fake.received('poll').map(({ body }) => JSON.parse(body).maxEvents)
    expect(asked.slice(0, 7)).toEqual([100, 50, 25, 12, 6, 3, 1])
  })

  it('more events than asked for: the rest is left for later', async ({ issuer }) => {
    const { fake, polling, accepted } = open(issuer)
    const ids = Array.from({ length: 300 }, (_, at) => `event-${at}`)
    const sets = Object.fromEntries(
      await Promise.all(ids.map(async (jti) => [jti, await fake.sign({ jti })] as const)),
    )
    fake.instead.poll = json({ sets })
    await polling.ready()
    expect(accepted).toHaveLength(100)
  })

  it('"moreAvailable" without end causes no poll without pause if nothing new comes', async ({
    issuer,
  }) => {
    const { fake, polling } = open(issuer, undefined, { interval: 60_000 })
    fake.instead.poll = json({ sets: {}, moreAvailable: true })
    await polling.ready()
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(fake.count('poll')).toBe(1)
  })

  it('endlessly many events end in a pause after a hundred polls', async ({ issuer }) => {
    const { fake, polling } = open(issuer, undefined, { interval: 60_000 })
    let next = 0
    fake.instead.poll = async () => {
      next += 1
      const jti = `event-${next}`
      return json({ sets: { [jti]: await fake.sign({ jti }) }, moreAvailable: true })
    }
    await polling.ready()
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(fake.count('poll')).toBe(100)
  })

  it.each([
    ['plain http', 'http://sso.example.com/poll'],
    ['a file', 'file:///etc/passwd'],
    ['credentials', 'https://user:password@sso.example.com/poll'],
    ['no URL', 'poll'],
  ])('never calls a poll endpoint that is %s', async (_what, url) => {
    await using issuer = await startIssuer()
    const { fake, polling } = open(issuer)
    for (const { delivery } of fake.streams) delivery.endpoint_url = url
    await expect(polling.ready()).rejects.toThrow('"endpoint_url" of the stream')
  })

  it('SSF-1: a URL that is gone lets the stream be looked at', async ({ issuer }) => {
    const { fake, polling, doubts } = open(issuer)
    fake.instead.poll = status(404)
    await expect(polling.ready()).rejects.toThrow('HTTP 404 at the poll endpoint')
    expect(doubts()).toBe(1)
  })

  it('a token that is refused in the middle is renewed', async ({ issuer }) => {
    const { fake, polling, kinds } = open(issuer)
    await polling.ready()
    fake.forgetTokens()
    const jti = await fake.send()
    await until(() => fake.acknowledged.includes(jti))
    expect(kinds()).toEqual([])
    expect(fake.count('token')).toBe(2)
  })

  it('stops when it is closed', async ({ issuer }) => {
    const { fake, polling } = open(issuer)
    await polling.ready()
    polling.close()
    const before = fake.count('poll')
    await new Promise((resolve) => setTimeout(resolve, 150))
    // One poll may have been on its way.
    expect(fake.count('poll')).toBeLessThanOrEqual(before + 1)
  })
})

describe('a resource server that polls', () => {
  const securityEvents = { delivery: 'poll', client: CREDENTIALS, pollInterval: 1 } as const

  it('POLL-1 SSF-1: sets the stream up, and refuses the tokens of an event', async ({ issuer }) => {
    const fake = addTransmitter(issuer)
    const gate = await issuer.readyGate({ securityEvents })
    expect(fake.streams).toMatchObject([
      { delivery: { method: POLL }, description: POLLED.description },
    ])
    const token = await issuer.token()
    expect(await ask(gate, token)).toMatchObject({ outcome: 'allowed' })
    const jti = await fake.send()
    await until(() => fake.acknowledged.includes(jti))
    expect(await ask(gate, token)).toMatchObject({ reason: 'token_revoked' })
    await until(() => fake.states.length > 0)
  })

  it('POLL-1: an event that was sent while no instance ran counts before ready() resolves', async ({
    issuer,
  }) => {
    const fake = addTransmitter(issuer)
    await (await issuer.readyGate({ securityEvents })).close()
    await fake.send()
    const gate = await issuer.readyGate({ securityEvents })
    expect(await ask(gate, await issuer.token())).toMatchObject({ reason: 'token_revoked' })
  })

  it('starts with the first request, if ready() is not called', async ({ issuer }) => {
    const fake = addTransmitter(issuer)
    await ask(issuer.gate({ securityEvents }), await issuer.token())
    await until(() => fake.polls.length > 0)
  })

  it('SSF-1: an outage of the transmitter never makes a request fail', async ({ issuer }) => {
    const fake = addTransmitter(issuer)
    fake.instead.streams = status(500)
    const gate = issuer.gate({ securityEvents })
    await expect(gate.ready()).rejects.toMatchObject({ reason: 'security_events_failed' })
    expect(await ask(gate, await issuer.token())).toMatchObject({ outcome: 'allowed' })
  })

  it('POLL-1: with `pollEndpoint` and `audience`, a stream that was set up by hand is only polled', async ({
    issuer,
  }) => {
    const fake = addTransmitter(issuer)
    const pollEndpoint = `${issuer.server.origin}/ssf/poll`
    const stream = fake.register({ delivery: { method: POLL, endpoint_url: pollEndpoint } })
    const audience = stream.aud[0] ?? ''
    await fake.send()
    const gate = await issuer.readyGate({
      securityEvents: { ...securityEvents, pollEndpoint, audience },
    })
    expect(await ask(gate, await issuer.token())).toMatchObject({ reason: 'token_revoked' })
    expect(fake.count('streams')).toBe(0)
  })
})
