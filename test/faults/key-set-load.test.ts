import { createTestKey } from '../../src/testing/create-test-key.ts'
import { allowed, ask, refused, unavailable } from '../support/decisions.ts'
import { held, json, status } from '../support/issuers/answers.ts'
import { describe, expect, it } from '../support/issuers/it.ts'
import { AT_JWT, type LocalIssuer } from '../support/issuers/local-issuer.ts'

const THOUSAND = Array.from({ length: 1000 })

/** Tokens under invented key ids, signed by nobody's key. */
async function strangers(issuer: LocalIssuer, count = 1000): Promise<string[]> {
  const stranger = createTestKey()
  const claims = issuer.claims()
  return Promise.all(
    Array.from({ length: count }, () =>
      stranger.sign(claims, { ...AT_JWT, kid: crypto.randomUUID() }),
    ),
  )
}

describe('many requests at the same time', () => {
  it('RFC7662-4: a thousand with one JWT fetch metadata and keys once', async ({ issuer }) => {
    const gate = issuer.gate()
    const token = await issuer.token()
    const decisions = await Promise.all(THOUSAND.map(() => ask(gate, token)))
    for (const decision of decisions) expect(decision).toMatchObject(allowed)
    expect(issuer.discovery.count()).toBe(1)
    expect(issuer.keys.count()).toBe(1)
  })

  it('a thousand different JWTs fetch metadata once and keys once', async ({ issuer }) => {
    const gate = issuer.gate()
    const tokens = await Promise.all(THOUSAND.map(() => issuer.token()))
    const decisions = await Promise.all(tokens.map((token) => ask(gate, token)))
    for (const decision of decisions) expect(decision).toMatchObject(allowed)
    expect(issuer.server.count()).toBe(2)
  })

  it('a thousand during an outage make one attempt, all get 503', async ({ issuer }) => {
    issuer.keys.answers(status(500))
    const gate = issuer.gate()
    const tokens = await Promise.all(THOUSAND.map(() => issuer.token()))
    const decisions = await Promise.all(tokens.map((token) => ask(gate, token)))
    for (const decision of decisions) expect(decision).toEqual(unavailable('key_set_unavailable'))
    expect(await ask(gate, await issuer.token())).toEqual(unavailable('key_set_unavailable'))
    expect(issuer.keys.count()).toBe(1)
  })
})

describe('a flood of unknown key ids', () => {
  it('RFC8725-2: from cold, a thousand make two fetches at most', async ({ issuer }) => {
    const gate = issuer.gate()
    const decisions = await Promise.all((await strangers(issuer)).map((token) => ask(gate, token)))
    for (const decision of decisions) expect(decision).toMatchObject(refused('key_unknown'))
    expect(issuer.keys.count()).toBeLessThanOrEqual(2)
  })

  it('RFC8725-2: a thousand make one fetch, and good tokens are accepted', async ({ issuer }) => {
    const gate = await issuer.readyGate()
    const good = await Promise.all(THOUSAND.map(() => issuer.token()))
    const bad = await strangers(issuer)
    const decisions = await Promise.all(
      good.flatMap((token, at) => [ask(gate, token), ask(gate, bad[at] ?? '')]),
    )
    expect(decisions.filter(({ outcome }) => outcome === 'allowed')).toHaveLength(1000)
    expect(issuer.keys.count()).toBeLessThanOrEqual(2)
  })

  it('RFC8725-2: one after the other, they cause two fetches at most', async ({ issuer }) => {
    const gate = issuer.gate()
    for (const token of await strangers(issuer, 200)) {
      expect(await ask(gate, token)).toMatchObject(refused('key_unknown'))
    }
    expect(issuer.keys.count()).toBeLessThanOrEqual(2)
    expect(await ask(gate, await issuer.token())).toMatchObject(allowed)
  })

  it('RFC8725-2: one more fetch is made after unknownKeyCoolDown', async ({ issuer }) => {
    const gate = issuer.gate({ keySet: { unknownKeyCoolDown: 20 } })
    const [first = '', second = '', third = '', fourth = ''] = await strangers(issuer, 4)
    await gate.ready()
    await ask(gate, first)
    expect(issuer.keys.count()).toBe(2)
    issuer.clock.advance(19)
    await ask(gate, second)
    expect(issuer.keys.count()).toBe(2)
    issuer.clock.advance(1)
    await ask(gate, third)
    expect(issuer.keys.count()).toBe(3)
    await ask(gate, fourth)
    expect(issuer.keys.count()).toBe(3)
  })

  it('RFC8725-2: tokens of known keys do not wait for a fetch that hangs', async ({ issuer }) => {
    const gate = await issuer.readyGate()
    const gatekeeper = held(json({ keys: [issuer.signer.publicKey] }))
    issuer.keys.answers(gatekeeper.answer)
    const floods = (await strangers(issuer, 50)).map((token) => ask(gate, token))
    await gatekeeper.arrived
    for (let count = 0; count < 20; count += 1) {
      expect(await ask(gate, await issuer.token())).toMatchObject(allowed)
    }
    expect(gatekeeper.abandoned).toBe(false)
    gatekeeper.release()
    for (const decision of await Promise.all(floods)) {
      expect(decision).toMatchObject(refused('key_unknown'))
    }
  })

  it('RFC8725-1: a key id that looks like a path, URL or SQL finds no key', async ({ issuer }) => {
    const gate = issuer.gate()
    const stranger = createTestKey()
    for (const kid of ['../../etc/passwd', 'https://evil.example/k', "' OR 1=1 --", '__proto__']) {
      const token = await stranger.sign(issuer.claims(), { ...AT_JWT, kid })
      expect(await ask(gate, token)).toMatchObject(refused('key_unknown'))
    }
    expect(issuer.keys.count()).toBeLessThanOrEqual(2)
  })
})
