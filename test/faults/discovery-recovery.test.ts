import { allowed, ask, eventually, unavailable } from '../support/decisions.ts'
import { json, status } from '../support/issuers/answers.ts'
import { describe, expect, it } from '../support/issuers/it.ts'
import { CREDENTIALS } from '../support/issuers/local-issuer.ts'

const HOUR = 3600

describe('a server that cannot be discovered', () => {
  it('RFC8725-2: is asked once in a row of failures, not once per request', async ({ issuer }) => {
    issuer.discovery.answers(status(500))
    const gate = issuer.gate()
    for (let count = 0; count < 50; count += 1) {
      expect(await ask(gate, await issuer.token())).toEqual(unavailable('discovery_failed'))
    }
    expect(issuer.discovery.count()).toBe(1)
    expect(issuer.keys.count()).toBe(0)
  })

  it('is asked once by a thousand requests at the same time', async ({ issuer }) => {
    issuer.discovery.answers(status(500))
    const gate = issuer.gate()
    const tokens = await Promise.all(Array.from({ length: 1000 }, () => issuer.token()))
    const decisions = await Promise.all(tokens.map((token) => ask(gate, token)))
    for (const decision of decisions) expect(decision).toEqual(unavailable('discovery_failed'))
    expect(issuer.discovery.count()).toBe(1)
  })

  it('is asked again after 1, 2, 4, 8, 16, 30, 30 s, as Retry-After says', async ({ issuer }) => {
    issuer.discovery.answers(status(500))
    const gate = issuer.gate()
    const token = await issuer.token({ exp: issuer.clock.seconds + HOUR })
    await ask(gate, token)
    let calls = 1
    for (const backOff of [1, 2, 4, 8, 16, 30, 30]) {
      issuer.clock.advance(backOff - 0.5)
      expect(await ask(gate, token)).toMatchObject({ headers: { 'Retry-After': '1' } })
      expect(issuer.discovery.count()).toBe(calls)
      issuer.clock.advance(0.5)
      await ask(gate, token)
      calls += 1
      expect(issuer.discovery.count()).toBe(calls)
    }
  })

  it('is used again as soon as it answers again', async ({ issuer }) => {
    const gate = issuer.gate()
    await issuer.server.stop()
    const token = await issuer.token()
    expect(await ask(gate, token)).toEqual(unavailable('discovery_failed'))
    await issuer.server.start()
    expect(await ask(gate, token)).toEqual(unavailable('discovery_failed'))
    issuer.clock.advance(1)
    expect(await ask(gate, token)).toMatchObject(allowed)
  })

  it('is used again as soon as its metadata names the keys', async ({ issuer }) => {
    issuer.discovery.answers(json(issuer.metadata({ jwks_uri: undefined })))
    const gate = issuer.gate()
    const token = await issuer.token({ exp: issuer.clock.seconds + HOUR })
    expect(await ask(gate, token)).toEqual(unavailable('discovery_failed'))
    issuer.discovery.answers(json(issuer.metadata()))
    await eventually(async () => {
      issuer.clock.advance(2)
      expect(await ask(gate, token)).toMatchObject(allowed)
    })
  })
})

describe('metadata that has been fetched', () => {
  it('is fetched again in the background after an hour', async ({ issuer }) => {
    const gate = await issuer.readyGate()
    issuer.clock.advance(HOUR)
    await eventually(async () => {
      expect(await ask(gate, await issuer.token())).toMatchObject(allowed)
      expect(issuer.discovery.count()).toBe(2)
    })
  })

  it('is used for another day while it cannot be fetched again', async ({ issuer }) => {
    const gate = await issuer.readyGate()
    issuer.discovery.answers(status(500))
    for (let hour = 0; hour < 20; hour += 1) {
      issuer.clock.advance(HOUR)
      expect(await ask(gate, await issuer.token())).toMatchObject(allowed)
    }
    expect(issuer.keys.count()).toBeGreaterThan(1)
  })

  it('is fetched again when the keys have moved', async ({ issuer }) => {
    const gate = await issuer.readyGate({ keySet: { staleIfError: 0 } })
    issuer.keys.answers(status(404))
    issuer.server.on('/new-keys', json({ keys: [issuer.signer.publicKey] }))
    const moved = issuer.metadata({ jwks_uri: `${issuer.server.origin}/new-keys` })
    issuer.discovery.answers(json(moved))
    issuer.clock.advance(HOUR / 2)
    await eventually(async () => {
      issuer.clock.advance(2)
      expect(await ask(gate, await issuer.token())).toMatchObject(allowed)
    })
    expect(issuer.server.count('/new-keys')).toBe(1)
  })

  it('is fetched again when the introspection endpoint has moved', async ({ issuer }) => {
    issuer.introspection.answers(issuer.active())
    const gate = issuer.gate({ introspection: CREDENTIALS })
    expect(await ask(gate, 'token-1')).toMatchObject(allowed)
    issuer.introspection.answers(status(404))
    issuer.server.on('/new-introspect', issuer.active())
    const moved = { introspection_endpoint: `${issuer.server.origin}/new-introspect` }
    issuer.discovery.answers(json(issuer.metadata(moved)))
    expect(await ask(gate, 'token-2')).toEqual(unavailable('introspection_unavailable'))
    await eventually(async () => {
      issuer.clock.advance(2)
      expect(await ask(gate, 'token-3')).toMatchObject(allowed)
    })
  })

  it('is not fetched again at every request while an endpoint answers 404', async ({ issuer }) => {
    issuer.introspection.answers(status(404))
    const gate = issuer.gate({ introspection: CREDENTIALS })
    for (let count = 0; count < 20; count += 1) {
      expect(await ask(gate, `token-${count}`)).toEqual(unavailable('introspection_unavailable'))
    }
    expect(issuer.introspection.count()).toBe(20)
    expect(issuer.discovery.count()).toBeLessThanOrEqual(3)
  })
})
