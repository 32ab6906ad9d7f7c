import { createTestKey } from '../../src/testing/create-test-key.ts'
import { allowed, ask, eventually, refused } from '../support/decisions.ts'
import { held, json } from '../support/issuers/answers.ts'
import { describe, expect, it } from '../support/issuers/it.ts'
import { AT_JWT, startIssuer } from '../support/issuers/local-issuer.ts'

/** Default of `keySet.maxAge`, in seconds. */
const MAX_AGE = 300

describe('rotation while old and new keys overlap', () => {
  it('RFC8725-2: refuses no token of the old or the new key, over six rotations', async ({
    issuer,
  }) => {
    const gate = issuer.gate()
    let old = issuer.signer
    await gate.ready()
    for (let rotation = 0; rotation < 6; rotation += 1) {
      const young = createTestKey()
      issuer.publish(young.publicKey, old.publicKey)
      for (const seconds of [0, 1, 17, MAX_AGE - 20, 5, MAX_AGE + 1]) {
        issuer.clock.advance(seconds)
        for (const signer of [young, old, young]) {
          const token = await signer.sign(issuer.claims(), AT_JWT)
          expect(await ask(gate, token)).toMatchObject(allowed)
        }
      }
      old = young
    }
  })

  it('RFC8725-2: refuses no token right after a fetch', async ({ issuer }) => {
    const gate = issuer.gate()
    expect(await ask(gate, await issuer.token())).toMatchObject(allowed)
    const young = createTestKey()
    issuer.publish(young.publicKey, issuer.signer.publicKey)
    expect(await ask(gate, await young.sign(issuer.claims(), AT_JWT))).toMatchObject(allowed)
    expect(await ask(gate, await issuer.token())).toMatchObject(allowed)
    expect(issuer.keys.count()).toBe(2)
  })

  it('RFC8725-2: a thousand tokens of a new key make one fetch', async ({ issuer }) => {
    const gate = await issuer.readyGate()
    const young = createTestKey()
    issuer.publish(young.publicKey, issuer.signer.publicKey)
    const tokens = await Promise.all(
      Array.from({ length: 1000 }, () => young.sign(issuer.claims(), AT_JWT)),
    )
    const decisions = await Promise.all(tokens.map((token) => ask(gate, token)))
    for (const decision of decisions) expect(decision).toMatchObject(allowed)
    expect(issuer.keys.count()).toBe(2)
  })

  it('RFC8725-2: refuses no token during a refresh older than the new key', async ({ issuer }) => {
    const gate = await issuer.readyGate()
    issuer.clock.advance(MAX_AGE)
    const before = held(json({ keys: [issuer.signer.publicKey] }))
    issuer.keys.answers(before.answer)
    expect(await ask(gate, await issuer.token())).toMatchObject(allowed)
    await before.arrived

    const young = createTestKey()
    issuer.publish(young.publicKey, issuer.signer.publicKey)
    const tokens = [
      await young.sign(issuer.claims(), AT_JWT),
      await young.sign(issuer.claims(), AT_JWT),
    ]
    const decisions = tokens.map((token) => ask(gate, token))
    before.release()
    for (const decision of await Promise.all(decisions)) expect(decision).toMatchObject(allowed)
    expect(issuer.keys.count()).toBe(3)
  })

  it('RFC8725-2: refuses no token during a first fetch older than the key', async ({ issuer }) => {
    const gate = issuer.gate()
    const before = held(json({ keys: [issuer.signer.publicKey] }))
    issuer.keys.answers(before.answer)
    const first = ask(gate, await issuer.token())
    await before.arrived

    const young = createTestKey()
    issuer.publish(young.publicKey, issuer.signer.publicKey)
    const second = ask(gate, await young.sign(issuer.claims(), AT_JWT))
    before.release()
    expect(await first).toMatchObject(allowed)
    expect(await second).toMatchObject(allowed)
  })

  it('a rotation to another algorithm is accepted too', async () => {
    await using issuer = await startIssuer({ algorithm: 'RS256' })
    const gate = await issuer.readyGate()
    for (const algorithm of ['PS256', 'ES384', 'Ed25519'] as const) {
      const young = createTestKey({ algorithm })
      issuer.publish(young.publicKey, issuer.signer.publicKey)
      expect(await ask(gate, await young.sign(issuer.claims(), AT_JWT))).toMatchObject(allowed)
      expect(await ask(gate, await issuer.token())).toMatchObject(allowed)
      issuer.clock.advance(10)
    }
  })
})

describe('a key that has been retired', () => {
  it('RFC8725-1: verifies no token after the next refresh', async ({ issuer }) => {
    const gate = await issuer.readyGate()
    const young = createTestKey()
    issuer.publish(young.publicKey)
    issuer.clock.advance(MAX_AGE)
    await eventually(async () => {
      expect(await ask(gate, await issuer.token())).toMatchObject(refused('key_unknown'))
    })
    expect(await ask(gate, await young.sign(issuer.claims(), AT_JWT))).toMatchObject(allowed)
  })

  it('RFC8725-1: verifies nothing after a token of the next key was seen', async ({ issuer }) => {
    const gate = await issuer.readyGate()
    const young = createTestKey()
    issuer.publish(young.publicKey)
    expect(await ask(gate, await young.sign(issuer.claims(), AT_JWT))).toMatchObject(allowed)
    expect(await ask(gate, await issuer.token())).toMatchObject(refused('key_unknown'))
  })

  it('RFC9700-1: ends the cached results of its tokens, and no others', async ({ issuer }) => {
    const young = createTestKey()
    issuer.publish(young.publicKey, issuer.signer.publicKey)
    const gate = issuer.gate()
    const [old, fresh] = [await issuer.token(), await young.sign(issuer.claims(), AT_JWT)]
    expect(await ask(gate, old)).toMatchObject(allowed)
    const first = await gate.verify(fresh)
    issuer.publish(young.publicKey)
    issuer.clock.advance(MAX_AGE)
    await eventually(async () => {
      await ask(gate, await issuer.token())
      expect(await ask(gate, old)).toMatchObject(refused('key_unknown'))
    })
    expect(await gate.verify(fresh)).toBe(first)
  })

  it('RFC9700-1: ends cached results without any uncached token either', async ({ issuer }) => {
    const gate = issuer.gate()
    const token = await issuer.token({ exp: issuer.clock.seconds + 86_400 })
    expect(await ask(gate, token)).toMatchObject(allowed)
    issuer.publish(createTestKey().publicKey)
    issuer.clock.advance(MAX_AGE + 1)
    await eventually(async () => {
      expect(await ask(gate, token)).toMatchObject(refused('key_unknown'))
    })
  })

  it('is trusted again when it comes back', async ({ issuer }) => {
    const gate = issuer.gate()
    const token = await issuer.token({ exp: issuer.clock.seconds + 86_400 })
    expect(await ask(gate, token)).toMatchObject(allowed)
    const young = createTestKey()
    issuer.publish(young.publicKey)
    await ask(gate, await young.sign(issuer.claims(), AT_JWT))
    expect(await ask(gate, token)).toMatchObject(refused('key_unknown'))
    issuer.publish(young.publicKey, issuer.signer.publicKey)
    issuer.clock.advance(10)
    expect(await ask(gate, token)).toMatchObject(allowed)
  })

  it('RFC8725-1: loses its cached results to a new key with its "kid"', async ({ issuer }) => {
    const gate = issuer.gate()
    const old = await issuer.token({ exp: issuer.clock.seconds + 86_400 })
    expect(await ask(gate, old)).toMatchObject(allowed)
    const young = createTestKey({ keyId: issuer.signer.keyId })
    issuer.publish(young.publicKey)
    issuer.clock.advance(2 * MAX_AGE)
    expect(await ask(gate, await young.sign(issuer.claims(), AT_JWT))).toMatchObject(allowed)
    expect(await ask(gate, old)).toMatchObject(refused('signature_invalid'))
  })
})
