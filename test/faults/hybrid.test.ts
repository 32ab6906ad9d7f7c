import { allowed, ask, refused, unavailable } from '../support/decisions.ts'
import { inactive, status } from '../support/issuers/answers.ts'
import { describe, expect, it } from '../support/issuers/it.ts'
import { CREDENTIALS, startIssuer } from '../support/issuers/local-issuer.ts'

describe('a JWT', () => {
  it('RFC9449-2: that is bound to a key is refused as a bearer token', async ({ issuer }) => {
    issuer.introspection.answers(issuer.active({ jti: undefined }))
    const token = await issuer.token({ cnf: { jkt: 'thumb' } })
    for (const confirm of ['always', 'never', 30] as const) {
      const gate = issuer.gate({ introspection: CREDENTIALS, confirm })
      // The second time the cache has the token.
      for (let call = 0; call < 2; call += 1) {
        expect(await ask(gate, token)).toMatchObject(refused('sender_constraint_unmet'))
      }
    }
  })

  it('RFC8725-1: is not introspected while its key set is down', async ({ issuer }) => {
    issuer.introspection.answers(issuer.active())
    issuer.keys.answers(status(500))
    const gate = issuer.gate({ introspection: CREDENTIALS })
    expect(await ask(gate, await issuer.token())).toEqual(unavailable('key_set_unavailable'))
    expect(issuer.introspection.count()).toBe(0)
  })
})

describe('a JWT that passes', () => {
  it('is not introspected with confirm "never"', async ({ issuer }) => {
    issuer.introspection.answers(inactive())
    const gate = issuer.gate({ introspection: CREDENTIALS, confirm: 'never' })
    expect(await ask(gate, await issuer.token())).toMatchObject({
      outcome: 'allowed',
      token: { format: 'jwt', verifiedBy: 'signature' },
    })
    expect(issuer.introspection.count()).toBe(0)
  })

  it('RFC9700-1: is confirmed at each request with confirm "always"', async ({ issuer }) => {
    issuer.introspection.answers(issuer.active({ jti: undefined }))
    const gate = issuer.gate({ introspection: CREDENTIALS, confirm: 'always' })
    const token = await issuer.token()
    for (let count = 1; count <= 3; count += 1) {
      expect(await ask(gate, token)).toMatchObject(allowed)
      expect(issuer.introspection.count()).toBe(count)
    }
    issuer.introspection.answers(inactive())
    expect(await ask(gate, token)).toMatchObject(refused('token_inactive'))
  })

  it.each([
    [undefined, 30],
    [7, 7],
  ])(
    'RFC9700-1: with confirm %s revocation is noticed after %i seconds',
    async (confirm, seconds) => {
      await using issuer = await startIssuer()
      issuer.introspection.answers(issuer.active({ jti: undefined }))
      const gate = issuer.gate({
        introspection: CREDENTIALS,
        ...(confirm === undefined ? {} : { confirm }),
      })
      const token = await issuer.token()
      expect(await ask(gate, token)).toMatchObject(allowed)
      issuer.introspection.answers(inactive())
      issuer.clock.advance(seconds - 0.1)
      expect(await ask(gate, token)).toMatchObject(allowed)
      expect(issuer.introspection.count()).toBe(1)
      issuer.clock.advance(0.2)
      expect(await ask(gate, token)).toMatchObject(refused('token_inactive'))
    },
  )

  it('RFC7662-4: a thousand requests with one JWT make one confirmation', async ({ issuer }) => {
    issuer.introspection.answers(issuer.active({ jti: undefined }))
    const gate = issuer.gate({ introspection: CREDENTIALS, confirm: 'always' })
    const token = await issuer.token()
    const decisions = await Promise.all(Array.from({ length: 1000 }, () => ask(gate, token)))
    for (const decision of decisions) expect(decision).toMatchObject(allowed)
    expect(issuer.introspection.count()).toBe(1)
  })

  it('RFC7662-3: is 503 while introspection is down', async ({ issuer }) => {
    issuer.introspection.answers(issuer.active({ jti: undefined }))
    const gate = issuer.gate({ introspection: CREDENTIALS, confirm: 30 })
    const warm = await issuer.token()
    expect(await ask(gate, warm)).toMatchObject(allowed)
    await issuer.server.stop()
    expect(await ask(gate, warm)).toMatchObject(allowed)
    const cold = await issuer.token()
    expect(await ask(gate, cold)).toEqual(unavailable('introspection_unavailable'))
    issuer.clock.advance(31)
    expect(await ask(gate, warm)).toEqual(unavailable('introspection_unavailable'))
    await issuer.server.start()
    expect(await ask(gate, warm)).toMatchObject(allowed)
    expect(await ask(gate, cold)).toMatchObject(allowed)
  })
})

describe('a token that is no JWT', () => {
  it.each(['opaque', 'with.one-dot', 'a.b.c.d', 'v4.public', 'ya29.a0Af_H6S', 'AAAA=='])(
    'is sent to introspection: %s',
    async (token) => {
      await using issuer = await startIssuer()
      issuer.introspection.answers(issuer.active())
      const gate = issuer.gate({ introspection: CREDENTIALS, confirm: 'never' })
      expect(await ask(gate, token)).toMatchObject({
        outcome: 'allowed',
        token: { format: 'opaque', verifiedBy: 'introspection' },
      })
      expect(issuer.server.count()).toBe(2)
    },
  )

  it('is refused without a call when introspection is not configured', async ({ issuer }) => {
    expect(await ask(issuer.gate(), 'opaque')).toMatchObject(refused('token_opaque'))
    expect(issuer.server.count()).toBe(0)
  })
})
