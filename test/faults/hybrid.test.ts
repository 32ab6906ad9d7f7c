import { createHmac } from 'node:crypto'
import { describe, expect } from 'vitest'
import { allowed, ask, refused, unavailable } from '../support/decisions.ts'
import { inactive, json, status } from '../support/issuers/answers.ts'
import { it } from '../support/issuers/it.ts'
import { CREDENTIALS, type LocalIssuer, startIssuer } from '../support/issuers/local-issuer.ts'
import { createSigner } from '../support/issuers/signer.ts'

const encode = (text: string) => Buffer.from(text).toString('base64url')
const decode = (text: string) => Buffer.from(text, 'base64url').toString()

/** A token taken apart, changed and put together again; its signature stays as it was. */
function remade(token: string, change: (parts: [string, string, string]) => string[]): string {
  const [header = '', payload = '', signature = ''] = token.split('.')
  return change([header, payload, signature]).join('.')
}

type Bad = [what: string, reason: string, make: (issuer: LocalIssuer) => string | Promise<string>]

/** JWTs that an authorization server might well call active, could it only see them. */
const BAD: Bad[] = [
  [
    'a claim changed',
    'signature_invalid',
    async (issuer) =>
      remade(await issuer.token(), ([header, payload, signature]) => [
        header,
        encode(decode(payload).replace('alice', 'admin')),
        signature,
      ]),
  ],
  [
    'another’s signature',
    'signature_invalid',
    async (issuer) => (await createSigner({ keyId: issuer.signer.keyId })).sign(issuer.claims()),
  ],
  ['an unknown key', 'key_unknown', async (issuer) => (await createSigner()).sign(issuer.claims())],
  ['another audience', 'audience_mismatch', (issuer) => issuer.token({ aud: 'https://x.example' })],
  ['no audience', 'audience_missing', (issuer) => issuer.token({ aud: undefined })],
  ['no subject', 'claim_missing', (issuer) => issuer.token({ sub: undefined })],
  ['another issuer', 'issuer_unknown', (issuer) => issuer.token({ iss: 'https://x.example' })],
  ['no issuer', 'issuer_missing', (issuer) => issuer.token({ iss: undefined })],
  ['its time over', 'token_expired', (issuer) => issuer.token({ exp: issuer.clock.seconds - 5 })],
  ['another type', 'token_type_refused', (issuer) => issuer.token({}, { typ: 'JWT' })],
  [
    'a critical header',
    'critical_header_refused',
    async (issuer) =>
      remade(await issuer.token(), ([header, ...rest]) => [
        encode(decode(header).replace('{', '{"crit":["x"],"x":1,')),
        ...rest,
      ]),
  ],
  ['a bound key', 'sender_constraint_unmet', (issuer) => issuer.token({ cnf: { jkt: 'thumb' } })],
  [
    'no algorithm',
    'algorithm_refused',
    async (issuer) =>
      remade(await issuer.token(), ([header, payload, signature]) => [
        encode(decode(header).replace('ES256', 'none')),
        payload,
        signature,
      ]),
  ],
  [
    'a shared secret made of the public key',
    'algorithm_refused',
    (issuer) => {
      const input = `${encode('{"alg":"HS256","typ":"at+jwt"}')}.${encode(JSON.stringify(issuer.claims()))}`
      const secret = JSON.stringify(issuer.signer.publicKey)
      return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
    },
  ],
  [
    'a header that is no JSON',
    'token_malformed',
    async (issuer) =>
      remade(await issuer.token(), ([header, ...rest]) => [header.slice(0, -4), ...rest]),
  ],
  [
    'a header with another first letter',
    'token_malformed',
    async (issuer) =>
      remade(await issuer.token(), ([header, ...rest]) => [`f${header.slice(1)}`, ...rest]),
  ],
  [
    'a header that starts with a blank',
    'signature_invalid',
    async (issuer) =>
      remade(await issuer.token(), ([header, ...rest]) => [encode(` ${decode(header)}`), ...rest]),
  ],
  [
    'a header that starts with a blank, and a dot too many',
    'token_malformed',
    async (issuer) =>
      remade(await issuer.token(), ([header, ...rest]) => [
        encode(` ${decode(header)}`),
        ...rest,
        '',
      ]),
  ],
  ['padding', 'token_malformed', async (issuer) => `${await issuer.token()}=`],
  [
    'the other base64 alphabet',
    'token_malformed',
    async (issuer) =>
      remade(await issuer.token(), ([header, payload, signature]) => [
        header,
        payload,
        `${signature.slice(0, -4)}+/+/`,
      ]),
  ],
  [
    'bits after the last byte',
    'token_malformed',
    async (issuer) =>
      remade(await issuer.token(), ([header, payload, signature]) => [
        header,
        payload,
        // 64 bytes leave four bits over, which must be zero.
        signature.slice(0, -1) + (signature.endsWith('A') ? 'B' : nextLetter(signature.at(-1))),
      ]),
  ],
  [
    'no signature',
    'token_malformed',
    async (issuer) => remade(await issuer.token(), ([header, payload]) => [header, payload, '']),
  ],
  [
    'two parts',
    'token_malformed',
    async (issuer) => remade(await issuer.token(), ([header, payload]) => [header, payload]),
  ],
  ['a dot too many', 'token_malformed', async (issuer) => `${await issuer.token()}.`],
  ['six parts', 'token_malformed', async (issuer) => `${await issuer.token()}.a.b.c`],
  ['five parts', 'token_encrypted', async (issuer) => `${await issuer.token()}.a.b`],
]

/** The next letter of base64url, which differs in its last bit or so. */
function nextLetter(letter = 'A'): string {
  return Buffer.from([0, 0, (Buffer.from(`AAA${letter}`, 'base64url')[2] ?? 0) ^ 1])
    .toString('base64url')
    .slice(-1)
}

describe('a JWT that fails', () => {
  it.each(BAD)(
    'RFC8725-1: with %s is refused, and is no introspection’s business',
    async (_what, reason, make) => {
      await using issuer = await startIssuer()
      issuer.introspection.answers(issuer.active())
      const token = await make(issuer)
      for (const confirm of ['always', 'never', 30] as const) {
        const gate = issuer.gate({ introspection: CREDENTIALS, confirm })
        expect(await ask(gate, token)).toMatchObject(refused(reason))
      }
      expect(issuer.introspection.count()).toBe(0)
    },
  )

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

  it('is confirmed by an answer that says nothing but "active"', async ({ issuer }) => {
    issuer.introspection.answers(json({ active: true }))
    const gate = issuer.gate({ introspection: CREDENTIALS })
    expect(await ask(gate, await issuer.token())).toMatchObject(allowed)
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
