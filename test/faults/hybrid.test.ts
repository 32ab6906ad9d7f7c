import { createHmac } from 'node:crypto'
import { describe, expect } from 'vitest'
import { allowed, ask, refused, unavailable } from '../support/decisions.ts'
import { inactive, status } from '../support/issuers/answers.ts'
import { it } from '../support/issuers/it.ts'
import { CREDENTIALS, type LocalIssuer, startIssuer } from '../support/issuers/local-issuer.ts'
import { createSigner } from '../support/issuers/signer.ts'

const encode = (text: string) => Buffer.from(text).toString('base64url')
const decode = (text: string) => Buffer.from(text, 'base64url').toString()

const encoded = (header: object) => encode(JSON.stringify(header))

/** Claims and headers of the issuer's own tokens that the gate refuses. */
const BAD_CLAIMS: [what: string, reason: string, changes: object, header?: object][] = [
  ['another audience', 'audience_mismatch', { aud: 'https://x.example' }],
  ['no audience', 'audience_missing', { aud: undefined }],
  ['no subject', 'claim_missing', { sub: undefined }],
  ['another issuer', 'issuer_unknown', { iss: 'https://x.example' }],
  ['no issuer', 'issuer_missing', { iss: undefined }],
  ['an expiry in the past', 'token_expired', { exp: 1 }],
  ['another type', 'token_type_refused', {}, { typ: 'JWT' }],
]

/** A good token's header, payload and signature, and what an attacker makes of them. */
type Forge = (parts: [string, string, string], publicKey: object) => string

const FORGED: [what: string, reason: string, forge: Forge][] = [
  [
    'a changed claim',
    'signature_invalid',
    ([h, p, s]) => `${h}.${encode(decode(p).replace('alice', 'admin'))}.${s}`,
  ],
  [
    'a critical header',
    'critical_header_refused',
    ([h, p, s]) => `${encode(decode(h).replace('{', '{"crit":["x"],"x":1,'))}.${p}.${s}`,
  ],
  [
    'no algorithm',
    'algorithm_refused',
    ([h, p, s]) => `${encode(decode(h).replace('ES256', 'none'))}.${p}.${s}`,
  ],
  [
    'the public key as a shared secret',
    'algorithm_refused',
    ([, p], publicKey) => {
      const input = `${encoded({ alg: 'HS256', typ: 'at+jwt' })}.${p}`
      const hmac = createHmac('sha256', JSON.stringify(publicKey)).update(input)
      return `${input}.${hmac.digest('base64url')}`
    },
  ],
  ['half a header', 'token_malformed', ([h, p, s]) => `${h.slice(0, -4)}.${p}.${s}`],
  ['another first letter', 'token_malformed', ([h, p, s]) => `f${h.slice(1)}.${p}.${s}`],
  ['a space before the header', 'signature_invalid', ([h, p, s]) => `${spaced(h)}.${p}.${s}`],
  [
    'a space before the header and a dot too many',
    'token_malformed',
    ([h, p, s]) => `${spaced(h)}.${p}.${s}.`,
  ],
  ['padding', 'token_malformed', (parts) => `${parts.join('.')}=`],
  [
    'the other base64 alphabet',
    'token_malformed',
    ([h, p, s]) => `${h}.${p}.${s.slice(0, -4)}+/+/`,
  ],
  ['bits after the last byte', 'token_malformed', ([h, p, s]) => `${h}.${p}.${withStrayBit(s)}`],
  ['no signature', 'token_malformed', ([h, p]) => `${h}.${p}.`],
  ['two parts', 'token_malformed', ([h, p]) => `${h}.${p}`],
  ['a dot too many', 'token_malformed', (parts) => `${parts.join('.')}.`],
  ['six parts', 'token_malformed', (parts) => `${parts.join('.')}.a.b.c`],
  ['five parts', 'token_encrypted', (parts) => `${parts.join('.')}.a.b`],
]

const spaced = (header: string) => encode(` ${decode(header)}`)

/** The last letter of 64 encoded bytes has four spare bits. One of them is set here. */
function withStrayBit(signature: string): string {
  const spare = Buffer.from(`AAA${signature.at(-1)}`, 'base64url')[2] ?? 0
  return (
    signature.slice(0, -1) +
    Buffer.from([0, 0, spare ^ 1])
      .toString('base64url')
      .slice(-1)
  )
}

/** Introspection would call each of these tokens active. It is never asked. */
async function expectRefused(issuer: LocalIssuer, token: string, reason: string): Promise<void> {
  issuer.introspection.answers(issuer.active())
  for (const confirm of ['always', 'never', 30] as const) {
    const gate = issuer.gate({ introspection: CREDENTIALS, confirm })
    expect(await ask(gate, token)).toMatchObject(refused(reason))
  }
  expect(issuer.introspection.count()).toBe(0)
}

describe('a JWT that fails', () => {
  it.each(FORGED)(
    'RFC8725-1: with %s is refused without introspection',
    async (_what, reason, forge) => {
      await using issuer = await startIssuer()
      const parts = (await issuer.token()).split('.') as [string, string, string]
      await expectRefused(issuer, forge(parts, issuer.signer.publicKey), reason)
    },
  )

  it.each(BAD_CLAIMS)(
    'RFC8725-1: with %s is refused without introspection',
    async (_what, reason, changes, header) => {
      await using issuer = await startIssuer()
      await expectRefused(issuer, await issuer.token(changes, { ...header }), reason)
    },
  )

  it('RFC8725-1: signed by somebody else is refused without introspection', async ({ issuer }) => {
    const { keyId } = issuer.signer
    const signed = async (options: object) => (await createSigner(options)).sign(issuer.claims())
    await expectRefused(issuer, await signed({ keyId }), 'signature_invalid')
    await expectRefused(issuer, await signed({}), 'key_unknown')
  })

  it('RFC9449-2: for being bound gets no second opinion', async ({ issuer }) => {
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

  it('RFC8725-1: gets no second opinion in an outage of the key set either', async ({ issuer }) => {
    issuer.introspection.answers(issuer.active())
    issuer.keys.answers(status(500))
    const gate = issuer.gate({ introspection: CREDENTIALS })
    expect(await ask(gate, await issuer.token())).toEqual(unavailable('key_set_unavailable'))
    expect(issuer.introspection.count()).toBe(0)
  })
})

describe('a JWT that passes', () => {
  it('is not asked about with confirm "never"', async ({ issuer }) => {
    issuer.introspection.answers(inactive())
    const gate = issuer.gate({ introspection: CREDENTIALS, confirm: 'never' })
    expect(await ask(gate, await issuer.token())).toMatchObject({
      outcome: 'allowed',
      token: { format: 'jwt', verifiedBy: 'signature' },
    })
    expect(issuer.introspection.count()).toBe(0)
  })

  it('RFC9700-1: is asked about at each request with "always": revoked means refused', async ({
    issuer,
  }) => {
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

  it('RFC7662-3: is 503 while it cannot be confirmed, as good as it may be', async ({ issuer }) => {
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

  it.each([
    ['iss', 'https://x.example'],
    ['sub', 'mallory'],
    ['client_id', 'another-client'],
    ['jti', 'another-token'],
    ['exp', 9_999_999_999],
  ])('RFC7662-3: is 503 when the answer has another %s', async (claim, value) => {
    await using issuer = await startIssuer()
    const token = await issuer.token({ jti: 'this-token' })
    issuer.introspection.answers(issuer.active({ jti: 'this-token', [claim]: value }))
    const gate = issuer.gate({ introspection: CREDENTIALS })
    const decision = await ask(gate, token)
    expect(decision).toEqual(unavailable('introspection_mismatch'))
    expect(decision).toMatchObject({ detail: expect.stringContaining(`"${claim}"`) })
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

  it('is refused where nothing introspects, and nothing is called', async ({ issuer }) => {
    expect(await ask(issuer.gate(), 'opaque')).toMatchObject(refused('token_opaque'))
    expect(issuer.server.count()).toBe(0)
  })
})
