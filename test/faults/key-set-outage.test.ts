import { createTestKey } from '../../src/testing/create-test-key.ts'
import { allowed, ask, eventually, refused, unavailable } from '../support/decisions.ts'
import { held, json, status } from '../support/issuers/answers.ts'
import { describe, expect, it } from '../support/issuers/it.ts'
import { AT_JWT } from '../support/issuers/local-issuer.ts'

const MAX_AGE = 300
const STALE_IF_ERROR = 3600

describe('known keys while the key set cannot be fetched', () => {
  it('RFC7662-3: verify until staleIfError ends, then it is 503, never 401', async ({ issuer }) => {
    const gate = await issuer.readyGate()
    await issuer.server.stop()
    issuer.clock.advance(MAX_AGE)
    for (let at = MAX_AGE; at < MAX_AGE + STALE_IF_ERROR; at += 60) {
      expect(await ask(gate, await issuer.token())).toMatchObject(allowed)
      issuer.clock.advance(60)
    }
    for (let count = 0; count < 5; count += 1) {
      expect(await ask(gate, await issuer.token())).toEqual(unavailable('key_set_unavailable'))
      issuer.clock.advance(60)
    }
  })

  it('verify in the last second of staleIfError, without requests before', async ({ issuer }) => {
    const gate = await issuer.readyGate({ keySet: { maxAge: 60, staleIfError: 600 } })
    await issuer.server.stop()
    issuer.clock.advance(659)
    expect(await ask(gate, await issuer.token())).toMatchObject(allowed)
    issuer.clock.advance(1)
    expect(await ask(gate, await issuer.token())).toEqual(unavailable('key_set_unavailable'))
  })

  it('are used again as soon as the server answers again', async ({ issuer }) => {
    const gate = await issuer.readyGate({ keySet: { staleIfError: 0 } })
    await issuer.server.stop()
    issuer.clock.advance(2 * MAX_AGE)
    expect(await ask(gate, await issuer.token())).toEqual(unavailable('key_set_unavailable'))
    await issuer.server.start()
    issuer.clock.advance(1)
    expect(await ask(gate, await issuer.token())).toMatchObject(allowed)
  })

  it('RFC8725-2: one fetch is made at each step of the back-off', async ({ issuer }) => {
    const gate = await issuer.readyGate()
    issuer.keys.answers(status(500))
    issuer.clock.advance(2 * MAX_AGE)
    await ask(gate, await issuer.token())
    let fetches = 2
    for (const backOff of [1, 2, 4, 8, 16, 30, 30]) {
      for (const seconds of [0, backOff - 0.5]) {
        issuer.clock.advance(seconds)
        expect(await ask(gate, await issuer.token())).toMatchObject(allowed)
        expect(issuer.keys.count()).toBe(fetches)
      }
      issuer.clock.advance(0.5)
      fetches += 1
      await eventually(async () => {
        expect(await ask(gate, await issuer.token())).toMatchObject(allowed)
        expect(issuer.keys.count()).toBe(fetches)
      })
      // The failure of the fetch in the background has been noted when this one is at an end.
      await expect(gate.verify(await tokenOfAStranger(issuer))).rejects.toMatchObject({
        status: 503,
      })
    }
  })

  it('are fetched again when the clock is set back, and nobody is refused', async ({ issuer }) => {
    const gate = await issuer.readyGate()
    issuer.clock.advance(-86_400)
    expect(await ask(gate, await issuer.token())).toMatchObject(allowed)
    expect(issuer.keys.count()).toBe(2)
    await issuer.server.stop()
    issuer.clock.advance(-86_400)
    expect(await ask(gate, await issuer.token())).toMatchObject(allowed)
  })
})

describe('known keys while the key set hangs', () => {
  it('RFC8725-2: do not wait for a refresh in the background', async ({ issuer }) => {
    const gate = await issuer.readyGate()
    const hanging = held(json({ keys: [issuer.signer.publicKey] }))
    issuer.keys.answers(hanging.answer)
    issuer.clock.advance(MAX_AGE)
    for (let second = 0; second < MAX_AGE; second += 10) {
      expect(await ask(gate, await issuer.token())).toMatchObject(allowed)
      issuer.clock.advance(10)
    }
    expect(hanging.abandoned).toBe(false)
    expect(issuer.keys.count()).toBe(2)
    hanging.release()
  })

  it('RFC8725-2: do not wait while an unknown key is fetched', async ({ issuer }) => {
    const gate = await issuer.readyGate()
    const hanging = held(json({ keys: [issuer.signer.publicKey] }))
    issuer.keys.answers(hanging.answer)
    const unknown = ask(gate, await tokenOfAStranger(issuer))
    await hanging.arrived
    expect(await ask(gate, await issuer.token())).toMatchObject(allowed)
    expect(hanging.abandoned).toBe(false)
    hanging.release()
    expect(await unknown).toMatchObject(refused('key_unknown'))
  })

  it('are used when the fetch that they had to wait for times out', async ({ issuer }) => {
    const keySet = { jwksUri: issuer.keys.url }
    const gate = await issuer.readyGate(keySet, { http: { timeout: 3 } })
    const hanging = held(status(500))
    issuer.keys.answers(hanging.answer)
    // Without a request for so long, the keys are too old to be used before the fetch ends.
    issuer.clock.advance(3 * MAX_AGE)
    expect(await ask(gate, await issuer.token())).toMatchObject(allowed)
    await eventually(async () => expect(hanging.abandoned).toBe(true))
  })

  it('RFC8725-2: do not wait after a failed fetch, however old they are', async ({ issuer }) => {
    const gate = await issuer.readyGate()
    issuer.keys.answers(status(500))
    issuer.clock.advance(3 * MAX_AGE)
    expect(await ask(gate, await issuer.token())).toMatchObject(allowed)

    const hanging = held(json({ keys: [issuer.signer.publicKey] }))
    issuer.keys.answers(hanging.answer)
    issuer.clock.advance(1)
    expect(await ask(gate, await issuer.token())).toMatchObject(allowed)
    await hanging.arrived
    expect(await ask(gate, await issuer.token())).toMatchObject(allowed)
    expect(hanging.abandoned).toBe(false)
    hanging.release()
  })
})

describe('an unknown key while the key set cannot be fetched', () => {
  it('RFC7662-3: is 503, not 401: the key may be a new one', async ({ issuer }) => {
    const gate = await issuer.readyGate()
    issuer.keys.answers(status(500))
    const young = createTestKey()
    const token = await young.sign(issuer.claims(), AT_JWT)
    expect(await ask(gate, token)).toEqual(unavailable('key_set_unavailable'))
    expect(await ask(gate, token)).toEqual(unavailable('key_set_unavailable'))
    expect(issuer.keys.count()).toBe(2)
    expect(await ask(gate, await issuer.token())).toMatchObject(allowed)
  })

  it('RFC7662-3: is 503 in every second of the outage, and is accepted afterwards', async ({
    issuer,
  }) => {
    const gate = await issuer.readyGate()
    await issuer.server.stop()
    const young = createTestKey()
    for (let second = 0; second < 90; second += 1) {
      const token = await young.sign(issuer.claims(), AT_JWT)
      expect(await ask(gate, token)).toEqual(unavailable('key_set_unavailable'))
      issuer.clock.advance(1)
    }
    await issuer.server.start()
    issuer.publish(young.publicKey, issuer.signer.publicKey)
    issuer.clock.advance(30)
    expect(await ask(gate, await young.sign(issuer.claims(), AT_JWT))).toMatchObject(allowed)
  })

  it('RFC8725-2: is 503 when the key set has become unusable', async ({ issuer }) => {
    const gate = await issuer.readyGate()
    issuer.keys.answers(json({ keys: [] }))
    const token = await tokenOfAStranger(issuer)
    expect(await ask(gate, token)).toEqual(unavailable('key_set_unavailable'))
  })

  it('a token that is refused without a key is still 401', async ({ issuer }) => {
    const gate = issuer.gate()
    await issuer.server.stop()
    const late = await issuer.token({ exp: issuer.clock.seconds - 60 })
    expect(await ask(gate, late)).toMatchObject(refused('token_expired'))
    const foreign = await issuer.token({ aud: 'https://other.example.com' })
    expect(await ask(gate, foreign)).toMatchObject(refused('audience_mismatch'))
  })
})

async function tokenOfAStranger(issuer: { claims(): object }): Promise<string> {
  return createTestKey().sign(issuer.claims(), AT_JWT)
}
