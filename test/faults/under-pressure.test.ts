import {
  createCachedVerifier,
  createHybridVerifier,
  createResourceServer,
} from '../../src/index.ts'
import { allowed, ask, eventually, refused, unavailable } from '../support/decisions.ts'
import { held, inactive, json, silent, status } from '../support/issuers/answers.ts'
import { describe, expect, it } from '../support/issuers/it.ts'
import {
  CREDENTIALS,
  type LocalIssuer,
  RESOURCE,
  startIssuer,
} from '../support/issuers/local-issuer.ts'
import { PATIENT_HTTP } from '../support/patient-http.ts'

const SHORT = { http: { connections: 2, timeout: 0.3 } }

describe('many requests with made-up opaque tokens', () => {
  it('RFC7662-4 RFC8725-2: leave no call in the queue once they are answered', async ({
    issuer,
  }) => {
    issuer.introspection.answers(silent())
    const gate = issuer.introspectingGate(SHORT)
    const many = Array.from({ length: 60 }, (_, index) => ask(gate, `stranger-${index}`))
    for (const decision of await Promise.all(many)) {
      expect(decision).toEqual(unavailable('introspection_unavailable'))
    }
    // One that had a turn at the last moment was sent in time, and may still have to be read.
    await eventually(async () => expect(issuer.server.connected()).toBe(0))
    // Those that waited have gone: none goes out once it answers again.
    issuer.server.clear()
    issuer.introspection.answers(inactive())
    await eventually(async () => {
      expect(await ask(gate, 'another')).toMatchObject(refused('token_inactive'))
    })
    const late = issuer.introspection.received().map(({ body }) => body)
    expect(late.filter((body) => body.includes('stranger-'))).toEqual([])
  })

  it('RFC7662-3: do not block the fetch of keys for good tokens', async ({ issuer }) => {
    const late = held(inactive())
    issuer.introspection.answers(late.answer)
    const gate = issuer.gate(
      { introspection: CREDENTIALS, confirm: 'never' },
      { http: { connections: 2, maxPending: 5 } },
    )
    const strangers = Array.from({ length: 20 }, (_, index) => ask(gate, `stranger-${index}`))
    await eventually(async () => expect(issuer.introspection.count()).toBe(2))
    expect(await ask(gate, await issuer.token())).toMatchObject(allowed)
    late.release()
    const decisions = await Promise.all(strangers)
    expect(decisions).toContainEqual(unavailable('overloaded'))
  })

  it('RFC7662-3: at one issuer do not block another issuer', async () => {
    await using one = await startIssuer()
    await using other = await startIssuer({ clock: one.clock })
    const late = held(inactive())
    other.introspection.answers(late.answer)
    const gate = createResourceServer({
      resource: RESOURCE,
      authorizationServer: [
        { issuer: one.issuer, introspection: { ...CREDENTIALS, opaqueTokens: false } },
        { issuer: other.issuer, introspection: CREDENTIALS },
      ],
      clock: one.clock,
      http: { maxPending: 3 },
    })
    one.introspection.answers(one.active())
    const strangers = Array.from({ length: 20 }, (_, index) => ask(gate, `stranger-${index}`))
    const token = await one.token()
    const payload = token.split('.')[1] ?? ''
    const claims = JSON.parse(String(Buffer.from(payload, 'base64url'))) as object
    one.introspection.answers(one.active(claims))
    expect(await ask(gate, token)).toMatchObject(allowed)
    late.release()
    await Promise.all(strangers)
    await gate.close()
  })
})

describe('a caller who leaves', () => {
  const PATIENT = { ...PATIENT_HTTP, connections: 1 }
  const tokensAt = (issuer: LocalIssuer) =>
    issuer.introspection.received().map(({ body }) => new URLSearchParams(body).get('token'))

  it.each([
    ['nobody else waits for the answer: it is not sent', false],
    ['somebody else waits for the answer: it is sent', true],
  ])('RFC7662-6: while a token waits in the queue, and %s', async (_what, stays) => {
    await using issuer = await startIssuer()
    const first = held(inactive())
    issuer.introspection.answers(first.answer)
    const gate = issuer.introspectingGate({ http: PATIENT })
    const ahead = ask(gate, 'first')
    await first.arrived
    const gone = new AbortController()
    const leaving = ask(gate, 'second', gone.signal)
    const staying = stays ? [ask(gate, 'second', new AbortController().signal)] : []
    gone.abort()
    expect(await leaving).toMatchObject({ status: 503, reason: 'request_aborted' })
    first.release()
    for (const decision of await Promise.all([ahead, ...staying])) {
      expect(decision).toMatchObject(refused('token_inactive'))
    }
    await ask(gate, 'last')
    expect(tokensAt(issuer)).toEqual(stays ? ['first', 'second', 'last'] : ['first', 'last'])
  })

  it('RFC7662-6: before the connection is open sends no token', async ({ issuer }) => {
    issuer.introspection.answers(inactive())
    const gate = issuer.introspectingGate()
    const gone = new AbortController()
    const leaving = ask(gate, 'leaving', gone.signal)
    // The call has been handed on, and its connection is being opened.
    await new Promise((resolve) => process.nextTick(resolve))
    gone.abort()
    await leaving
    await ask(gate, 'last')
    expect(tokensAt(issuer)).toEqual(['last'])
  })
})

describe('a cached token', () => {
  it('RFC9700-1: of a cached hybrid verifier is confirmed anew after 30 s', async ({ issuer }) => {
    const verifier = createCachedVerifier(
      createHybridVerifier({
        issuer: issuer.issuer,
        audience: RESOURCE,
        introspection: CREDENTIALS,
        clock: issuer.clock,
      }),
      { clock: issuer.clock },
    )
    const token = await issuer.token({ exp: issuer.clock.seconds + 86_400, jti: 'one' })
    issuer.introspection.answers(json({ active: true }))
    const verified = await verifier.verify(token)
    expect(verified.verifiedBy).toBe('signature_and_introspection')
    issuer.introspection.answers(inactive())
    issuer.clock.advance(29)
    await verifier.verify(token)
    issuer.clock.advance(2)
    await expect(verifier.verify(token)).rejects.toMatchObject({ reason: 'token_inactive' })
    await verifier.close?.()
  })

  it('RFC7662-3: is 503 when its key set is older than staleIfError allows', async ({ issuer }) => {
    const gate = issuer.gate({ keySet: { maxAge: 60, staleIfError: 600 } })
    const token = await issuer.token({ exp: issuer.clock.seconds + 86_400 })
    expect(await ask(gate, token)).toMatchObject(allowed)
    issuer.keys.answers(status(500))
    for (let at = 0; at < 660; at += 30) {
      expect(await ask(gate, token)).toMatchObject(allowed)
      issuer.clock.advance(30)
    }
    await eventually(async () => {
      expect(await ask(gate, token)).toEqual(unavailable('key_set_unavailable'))
    })
  })

  it('S1.3: is refused on the first request after ten idle hours if its key was retired', async ({
    issuer,
  }) => {
    const other = await startIssuer()
    const gate = issuer.gate()
    const token = await issuer.token({ exp: issuer.clock.seconds + 86_400 })
    expect(await ask(gate, token)).toMatchObject(allowed)
    issuer.publish(other.signer.publicKey)
    issuer.clock.advance(36_000)
    expect(await ask(gate, token)).toMatchObject(refused('key_unknown'))
    await other[Symbol.asyncDispose]()
  })
})

describe('the bounds of an old key set', () => {
  it('RFC8725-2: end at maxAge with staleIfError 0 when a fetch fails', async ({ issuer }) => {
    const gate = await issuer.readyGate({ keySet: { maxAge: 3600, staleIfError: 0 } })
    issuer.keys.answers(status(500))
    issuer.clock.advance(3601)
    await ask(gate, await issuer.token())
    await eventually(async () => {
      expect(await ask(gate, await issuer.token())).toEqual(unavailable('key_set_unavailable'))
    })
  })

  it('RFC7662-3: a clock set back after a failure does not stop fetches', async ({ issuer }) => {
    const gate = issuer.gate()
    issuer.keys.answers(status(500))
    expect(await ask(gate, await issuer.token())).toEqual(unavailable('key_set_unavailable'))
    issuer.publish(issuer.signer.publicKey)
    issuer.clock.advance(-3600)
    expect(await ask(gate, await issuer.token())).toMatchObject(allowed)
  })
})

describe('an introspection answer that confirms a JWT', () => {
  const confirmed = async (changes: object, required: string[] = []) => {
    await using issuer = await startIssuer()
    const gate = issuer.gate(
      { introspection: CREDENTIALS, confirm: 'always' },
      { requiredScopes: required },
    )
    issuer.introspection.answers(json({ active: true, ...changes }))
    return await ask(gate, await issuer.token({ scope: 'a b' }))
  }

  it('RFC7662-5: is enough if it says only that the token is active', async () => {
    expect(await confirmed({}, ['a', 'b'])).toMatchObject(allowed)
  })

  it.each([
    ['not yet valid', { nbf: 9_999_999_999 }, 'token_not_yet_valid'],
    ['issued in the future', { iat: 9_999_999_999 }, 'token_issued_in_future'],
    ['DPoP', { token_type: 'DPoP' }, 'sender_constraint_unmet'],
  ])('RFC7662-5 RFC9449-2: refuses the JWT if it says %s', async (_what, changes, reason) => {
    expect(await confirmed(changes)).toMatchObject(refused(reason))
  })

  it('MCP-12: can remove scopes of the JWT and cannot add any', async () => {
    expect(await confirmed({ scope: 'a' }, ['a'])).toMatchObject(allowed)
    expect(await confirmed({ scope: 'a' }, ['b'])).toMatchObject({ reason: 'scope_missing' })
    expect(await confirmed({ scope: 'a b c' }, ['c'])).toMatchObject({ reason: 'scope_missing' })
  })
})

it('calls that wait for a connection are sent in the order of their requests', async ({
  issuer,
}) => {
  const gateOf = held(inactive())
  issuer.introspection.answers(gateOf.answer)
  const gate = issuer.introspectingGate({ http: { connections: 1 } })
  const asked = ['one', 'two', 'three'].map((token) => ask(gate, token))
  await gateOf.arrived
  gateOf.release()
  for (const decision of await Promise.all(asked)) {
    expect(decision).toMatchObject(refused('token_inactive'))
  }
  const bodies = issuer.introspection.received().map(({ body }) => body.slice(0, 11))
  expect(bodies).toEqual(['token=one&t', 'token=two&t', 'token=three'])
})
