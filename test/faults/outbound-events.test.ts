import { allowed, ask, eventually } from '../support/decisions.ts'
import { listenToDecisions, listenToOutbound } from '../support/events.ts'
import {
  huge,
  inactive,
  redirect,
  resetAfterHeaders,
  silent,
  status,
} from '../support/issuers/answers.ts'
import { describe, expect, it } from '../support/issuers/it.ts'
import { CREDENTIALS, startIssuer } from '../support/issuers/local-issuer.ts'
import { deadOrigin } from '../support/issuers/loopback-server.ts'

describe('the event of an outbound call', () => {
  it('has purpose, issuer, URL, status, duration, and the id of the request that caused it', async () => {
    await using issuer = await startIssuer({ path: '/realms/acme' })
    issuer.introspection.answers(issuer.active({ jti: undefined }))
    using outbound = listenToOutbound()
    using decisions = listenToDecisions()
    const gate = issuer.gate({ introspection: CREDENTIALS })
    expect(await ask(gate, await issuer.token())).toMatchObject(allowed)

    const [decision] = decisions.events
    const common = {
      issuer: issuer.issuer,
      status: 200,
      error: undefined,
      correlationId: decision?.correlationId,
      duration: expect.any(Number),
    }
    expect(outbound.events).toEqual([
      { ...common, purpose: 'discovery', method: 'GET', url: issuer.discovery.url },
      { ...common, purpose: 'key_set', method: 'GET', url: issuer.keys.url },
      { ...common, purpose: 'introspection', method: 'POST', url: issuer.introspection.url },
    ])
    expect(decision?.correlationId).toMatch(/\S/)
    for (const { duration } of outbound.events) expect(duration).toBeGreaterThanOrEqual(0)
  })

  it('S1.13: has the answer’s correlation id, also without a listener for decisions', async ({
    issuer,
  }) => {
    issuer.introspection.answers(status(500))
    using outbound = listenToOutbound()
    const decision = await ask(issuer.introspectingGate(), 'opaque')
    expect(decision.correlationId).toMatch(/\S/)
    expect(outbound.events).toMatchObject([{ correlationId: decision.correlationId }])
  })

  it('is one event for a thousand requests that share a call, with the id of one of them', async ({
    issuer,
  }) => {
    issuer.introspection.answers(inactive())
    using outbound = listenToOutbound()
    using decisions = listenToDecisions()
    const gate = issuer.introspectingGate()
    await Promise.all(Array.from({ length: 1000 }, () => ask(gate, 'opaque')))
    expect(outbound.events).toHaveLength(1)
    const ids = decisions.events.map(({ correlationId }) => correlationId)
    expect(new Set(ids).size).toBe(1000)
    expect(ids).toContain(outbound.events[0]?.correlationId)
  })

  it('has no correlation id for a refresh in the background', async ({ issuer }) => {
    const gate = await issuer.readyGate()
    using outbound = listenToOutbound()
    using decisions = listenToDecisions()
    issuer.clock.advance(300)
    expect(await ask(gate, await issuer.token())).toMatchObject(allowed)
    await eventually(async () => expect(outbound.events).toHaveLength(1))
    expect(outbound.events).toMatchObject([{ purpose: 'key_set', correlationId: undefined }])
    expect(decisions.events).toHaveLength(1)
  })

  it.each([
    ['HTTP 500', status(500), { status: 500, error: undefined }],
    ['a redirect', redirect('https://x.example/'), { status: 302, error: undefined }],
    [
      'a body beyond the cap',
      huge({}),
      { status: undefined, error: 'the answer is larger than http.maxResponseSize' },
    ],
    ['no answer', silent(), { status: undefined, error: 'timed out' }],
    [
      'a reset',
      resetAfterHeaders(),
      { status: undefined, error: expect.stringMatching(/^[A-Z_]+$/) },
    ],
  ])('has status and error after %s', async (_what, answer, outcome) => {
    await using issuer = await startIssuer()
    issuer.introspection.answers(answer)
    using outbound = listenToOutbound()
    const http = outcome.error === 'timed out' ? { timeout: 0.5 } : {}
    await ask(issuer.introspectingGate({ http }), 'opaque')
    expect(outbound.events).toHaveLength(1)
    expect(outbound.events).toMatchObject([outcome])
  })

  it('S1.7 RFC9700-2: holds no token, no secret and no query', async ({ issuer }) => {
    using outbound = listenToOutbound()
    using decisions = listenToDecisions()
    const told: unknown[] = []
    const tokens = ['an-opaque-token-of-somebody', await issuer.token()]
    const endpoints = [
      `${issuer.introspection.url}?tenant=confidential`,
      `${await deadOrigin()}/introspect?tenant=confidential`,
    ]
    const answers = [issuer.active(), inactive(), status(401), resetAfterHeaders(), huge({})]
    for (const endpoint of endpoints) {
      const introspection = { ...CREDENTIALS, endpoint }
      for (const answer of answers) {
        issuer.introspection.answers(answer)
        const gate = issuer.gate({ introspection, verification: 'introspection' })
        for (const token of tokens) {
          told.push(await ask(gate, token))
          told.push(await gate.verify(token).catch((error: Error) => errorText(error)))
        }
      }
    }
    const text = JSON.stringify([told, outbound.events, decisions.events])
    expect(outbound.events.length).toBeGreaterThan(20)
    const basic = issuer.introspection.received()[0]?.authorization?.split(' ')[1] ?? ''
    expect(basic).not.toBe('')
    const [, payload = '', signature = ''] = tokens[1]?.split('.') ?? []
    for (const secret of [...tokens, payload, signature, CREDENTIALS.clientSecret, basic]) {
      expect(text.includes(secret)).toBe(false)
    }
    expect(text).not.toContain('confidential')
  })
})

function errorText(error: Error): string {
  return `${error.stack} ${error.message} ${String(error.cause)} ${JSON.stringify(error)}`
}
