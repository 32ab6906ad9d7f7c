import { describe, expect, it } from 'vitest'
import { parseCompactJws, tokenShape, unverifiedClaims } from '../../../src/jws/compact-jws.ts'
import { cpuSecondsOf, LINEAR_SECONDS } from '../../support/cpu-time.ts'
import {
  ALLOWED,
  base64url,
  CHALLENGES,
  CLAIMS,
  type ForgedParts,
  forge,
  invalidToken,
  judge,
  rsaKey,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'

const good = await signToken()
const [header = '', payload = '', signature = ''] = good.split('.')

/** The same bytes with stray bits behind the last one, which a lenient decoder drops. */
function withTrailingBits(part: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = alphabet[alphabet.indexOf(part.at(-1) ?? '') + 1]
  return `${part.slice(0, -1)}${last}`
}

/** A JSON text of a length that leaves spare bits in base64url. */
const withSpareBits = (value: object): string => {
  const text = JSON.stringify(value)
  return base64url(text.padEnd(text.length + ((4 - (text.length % 3)) % 3)))
}

describe('the parts of a token', () => {
  it.each([
    ['one part', 'abc', 'token_opaque'],
    ['two parts', 'abc.def', 'token_opaque'],
    ['two parts that begin like a JWT', `${header}.${payload}`, 'token_malformed'],
    ['one part that begins like a JWT', header, 'token_opaque'],
    ['four parts', 'a.b.c.d', 'token_opaque'],
    ['four parts that begin like a JWT', `${good}.abc`, 'token_malformed'],
    ['a good token and a dot', `${good}.`, 'token_malformed'],
    ['six parts', `${good}.a.b.c`, 'token_malformed'],
    ['a thousand parts', `eyJ${'.a'.repeat(1000)}`, 'token_malformed'],
    ['dots alone', '..', 'token_malformed'],
    ['no header', `.${payload}.${signature}`, 'token_malformed'],
    ['no payload', `${header}..${signature}`, 'token_malformed'],
    ['no signature', `${header}.${payload}.`, 'token_malformed'],
    ['parts in another order', `${payload}.${header}.${signature}`, 'token_malformed'],
  ])('RFC9068-2: %s', async (_name, token, reason) => {
    expect(await judge(token)).toEqual(invalidToken(reason))
  })

  const jwe = (members: object): string =>
    `${base64url(JSON.stringify({ enc: 'A256GCM', ...members }))}.a.b.c.d`

  it.each([
    ['five parts', `${good}.abc.def`],
    ['five parts of nothing', '....'],
    ['the five parts of a JWE', 'eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.a.b.c.d'],
    ['an unsigned JWT inside a JWE (CVE-2026-29000)', `${'A'.repeat(4000)}.A.A.A.A`],
    [
      'a JWE with costly key derivation (CVE-2022-36083)',
      jwe({ alg: 'PBES2-HS256+A128KW', p2c: 2 ** 31 }),
    ],
    ['a JWE compressed to burst (CVE-2024-28176)', jwe({ alg: 'dir', zip: 'DEF' })],
    ['a JWE for a padding oracle (CVE-2021-29443)', jwe({ alg: 'dir', enc: 'A128CBC-HS256' })],
    ['a JWE with empty parts', `${header}....`],
  ])('RFC9068-4: %s: encrypted, refused before any work', async (_name, token) => {
    expect(await judge(token)).toEqual(invalidToken('token_encrypted'))
  })

  it('RFC9068-4: a JWS with the header of a JWE is refused', async () => {
    const token = await forge({ header: { enc: 'A256GCM' } })
    expect(await judge(token)).toEqual(invalidToken('token_encrypted'))
  })

  it.each([
    ['a.b.c', 'jws'],
    ['..', 'jws'],
    ['a.b.c.d.e', 'jwe'],
    ['eyJ.a', 'jws'],
    [`${header}.${payload}`, 'jws'],
    [`${good}.`, 'jws'],
    [`${good}.a.b.c`, 'jws'],
    [`${base64url(' \n{"alg":"RS256"}')}.a`, 'jws'],
    [`${base64url('a{"alg":"RS256"}')}.a`, 'opaque'],
    [`${base64url(`${' '.repeat(23)}{}`)}.a`, 'jws'],
    [`${base64url(`${' '.repeat(24)}{}`)}.a`, 'opaque'],
    ['', 'opaque'],
    ['a', 'opaque'],
    [header, 'opaque'],
    ['a.b', 'opaque'],
    ['a.b.c.d', 'opaque'],
    ['a.b.c.d.e.f', 'opaque'],
    ['aeyJ.a', 'opaque'],
  ])('RFC9068-4: dots and the start of the header decide the shape: %s is %s', (token, shape) => {
    expect(tokenShape(token)).toBe(shape)
  })

  it.each([
    ['no dot', header],
    ['two parts', `${header}.${payload}`],
    ['four parts', `${good}.abc`],
    ['a good token and a dot', `${good}.`],
  ])('RFC9068-2: the parser refuses %s, whatever shape the caller found', (_name, token) => {
    for (const shape of ['jws', 'opaque'] as const) {
      expect(() => parseCompactJws(token, shape)).toThrow(
        expect.objectContaining({
          reason: 'token_malformed',
          message: 'a JWT must have three parts',
        }),
      )
    }
  })

  it('RFC9068-2: the parser names the part that is not base64url', () => {
    for (const [name, token] of [
      ['header', `${header}=.${payload}.${signature}`],
      ['payload', `${header}.${payload}=.${signature}`],
      ['signature', `${header}.${payload}.${signature}=`],
    ] as const) {
      expect(() => parseCompactJws(token)).toThrow(new RegExp(`^${name}: not base64url$`))
    }
  })

  it.each([
    ['a good token', good, CLAIMS],
    ['a token with a damaged signature', `${header}.${payload}.~~`, CLAIMS],
    ['a token with a damaged header', `~.${payload}.${signature}`, CLAIMS],
    ['a token without a signature', `${header}.${payload}`, CLAIMS],
    ['a token with a part too many', `${good}.a`, CLAIMS],
    ['a text without a dot', 'abc', undefined],
    ['an empty payload', `${header}..${signature}`, undefined],
    ['a damaged payload', `${header}.${payload}=.${signature}`, undefined],
    ['a payload that is a list', `${header}.${base64url('[]')}.${signature}`, undefined],
    ['"sub" twice', `${header}.${base64url('{"sub":"a","sub":"b"}')}.${signature}`, undefined],
  ])(
    'RFC7662-2: the claims to compare with an introspection answer: %s',
    (_name, token, claims) => {
      const read = unverifiedClaims(token)
      if (claims === undefined) expect(read).toBeUndefined()
      else expect(read).toMatchObject(claims)
    },
  )

  it('CVE-2026-0621: the shape of 100 KB is found in linear time', async () => {
    for (const piece of ['.', 'a.', 'ICAg', '{']) {
      const token = `.${piece.repeat(50_000)}`
      expect(await cpuSecondsOf(() => tokenShape(token))).toBeLessThan(LINEAR_SECONDS)
    }
  })
})

describe('base64url', () => {
  const spareHeader = withSpareBits({ alg: 'RS256', kid: rsaKey.keyId, typ: 'at+jwt' })
  const sparePayload = withSpareBits(CLAIMS)

  it.each<[string, ForgedParts | string]>([
    ['padding of the signature', `${good}==`],
    ['trailing bits of the header', { encodedHeader: withTrailingBits(spareHeader) }],
    ['trailing bits of the payload', { encodedPayload: withTrailingBits(sparePayload) }],
    ['trailing bits of the signature', `${header}.${payload}.${withTrailingBits(signature)}`],
    ['a header of 4n+1 characters', { encodedHeader: `${base64url('{"a":1}  ')}A` }],
    ['a payload of 4n+1 characters', { encodedPayload: `${base64url('{"a":1}  ')}A` }],
    ['a signature of 4n+1 characters', `${header}.${payload}.AAAAA`],
    ['the alphabet of base64 in the header', { encodedHeader: 'eyJh/+8' }],
    ['the alphabet of base64 in the payload', { encodedPayload: 'eyJh/+8' }],
    ['the alphabet of base64 in the signature', `${header}.${payload}.${signature.slice(2)}/+`],
    ['a tilde in the signature', `${good}~`],
    ['a sign of token68 in the payload', { encodedPayload: `${payload}~` }],
  ])('RFC8725-1 CVE-2025-65945: %s is refused, however well it is signed', async (_name, parts) => {
    const token = typeof parts === 'string' ? parts : await forge(parts)
    expect(await judge(token)).toEqual(invalidToken('token_malformed'))
  })

  it('CVE-2025-65945: the same tokens in canonical base64url are accepted', async () => {
    const token = await forge({ encodedHeader: spareHeader, encodedPayload: sparePayload })
    expect(await judge(token)).toEqual(ALLOWED)
  })

  it.each<[string, ForgedParts]>([
    ['of the header', { encodedHeader: `${spareHeader}==` }],
    ['of the payload', { encodedPayload: `${sparePayload}==` }],
  ])('RFC6750-1 CVE-2025-65945: padding %s is no token68, and no base64url', async (_n, parts) => {
    const token = await forge(parts)
    expect(await judge(token)).toEqual({
      status: 400,
      challenge: CHALLENGES.invalid_request,
      reason: 'authorization_malformed',
    })
    await expect(bound().verify(token)).rejects.toMatchObject({ reason: 'token_malformed' })
  })

  // A header line cannot carry these; a caller of `verify` can.
  it.each(['\n', ' ', '\t', '\0', '\r\n', 'é', '\u2028'])(
    'CVE-2025-65945: %j inside a part is refused by verify()',
    async (blank) => {
      const { verify } = bound()
      for (const token of [
        `${header.slice(0, 4)}${blank}${header.slice(4)}.${payload}.${signature}`,
        `${header}.${payload.slice(0, 4)}${blank}${payload.slice(4)}.${signature}`,
        `${header}.${payload}.${signature.slice(0, 4)}${blank}${signature.slice(4)}`,
        `${good}${blank}`,
        `${blank}${good}`,
      ]) {
        await expect(verify(token)).rejects.toMatchObject({ reason: 'token_malformed' })
      }
    },
  )

  function bound() {
    const server = testResourceServer()
    return { verify: (token: string) => server.verify(token) }
  }
})

describe('the JSON of header and payload', () => {
  const asHeader = (members: string): ForgedParts => ({
    header: `{"alg":"RS256","kid":"rsa-1","typ":"at+jwt"${members}}`,
  })
  const claims = JSON.stringify(CLAIMS).slice(0, -1)
  const asPayload = (members: string): ForgedParts => ({ payload: `${claims}${members}}` })
  const deep = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`

  it.each<[string, ForgedParts]>([
    ['a header that is no JSON', { header: 'alg' }],
    ['a payload that is no JSON', { payload: 'alice' }],
    ['a payload that is not UTF-8', { payload: Buffer.from(`${claims},"x":"\xff"}`, 'latin1') }],
    ['a list as header', { header: '[{"alg":"RS256"}]' }],
    ['a list as payload', { payload: `[${claims}}]` }],
    ['null as header', { header: 'null' }],
    ['null as payload', { payload: 'null' }],
    ['"alg" twice in the header', asHeader(',"alg":"none"')],
    ['"aud" twice in the payload', asPayload(',"aud":"https://other.example.com"')],
    ['"aud" twice by an escape', asPayload(',"\\u0061ud":"https://other.example.com"')],
    ['a member twice, nested', asPayload(',"act":{"sub":"a","sub":"b"}')],
    ['lists nested too deeply', asPayload(`,"x":${deep(100)}`)],
    ['lists nested so deeply that a recursion would end', asPayload(`,"x":${deep(2500)}`)],
  ])('RFC8725-1 CVE-2025-65945: %s is refused', async (_name, parts) => {
    expect(await judge(await forge(parts))).toEqual(invalidToken('token_malformed'))
  })

  it.each<[string, ForgedParts]>([
    ['members of one name in different objects', asPayload(',"x":{"a":1},"y":{"a":1},"a":1')],
    ['blanks between the members', asPayload(' , "x" : [ 1 , 2 ]  ')],
    ['some nesting', asPayload(`,"x":${deep(40)}`)],
    ['a member called __proto__', asPayload(',"__proto__":{"scope":"admin"}')],
    ['members of the header that mean nothing here', asHeader(',"cty":"JWT","x":1')],
  ])('RFC9068-2: %s are no fault', async (_name, parts) => {
    expect(await judge(await forge(parts))).toEqual(ALLOWED)
  })

  it('RFC8725-1: a nested JWT is no set of claims', async () => {
    const token = await forge({ header: { cty: 'JWT' }, payload: good })
    expect(await judge(token)).toEqual(invalidToken('token_malformed'))
  })

  it('S1.7: no message of the parser quotes the text', () => {
    expect(() => parseCompactJws(`${header}.${base64url('{"s3cr3t"')}.AA`)).toThrow(
      /^payload: not JSON in UTF-8$/,
    )
  })
})
