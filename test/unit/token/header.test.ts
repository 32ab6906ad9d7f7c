import { describe, expect, it } from 'vitest'
import { createTestKey } from '../../../src/testing/create-test-key.ts'
import {
  ALLOWED,
  attackerKey,
  forge,
  invalidToken,
  judge,
  rsaKey,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'

describe('critical extensions', () => {
  it.each([
    ['an unknown one', { crit: ['exp'], exp: 1 }],
    ['one that this server cannot know', { crit: ['urn:example:must-be-zero'] }],
    ['one that is absent', { crit: ['absent'] }],
    ['an empty list', { crit: [] }],
    ['no list but a string', { crit: 'exp' }],
    ['no list but an object', { crit: {} }],
    ['no list but null', { crit: null }],
    ['a list of no strings', { crit: [1, null] }],
    ['a name twice', { crit: ['exp', 'exp'] }],
    ['a name of the standard', { crit: ['alg'] }],
    ['b64 as critical', { crit: ['b64'], b64: true }],
    ['an unencoded payload', { crit: ['b64'], b64: false }],
    ['b64 that is not critical', { b64: false }],
    ['b64 that changes nothing', { b64: true }],
  ])(
    'RFC8725-1 CVE-2026-35042 CVE-2026-32597 CVE-2025-59420: %s is refused',
    async (_n, header) => {
      expect(await judge(await forge({ header }))).toEqual(invalidToken('critical_header_refused'))
    },
  )
})

describe('keys that the token brings or points to', () => {
  const { kid: _, ...own } = attackerKey.publicKey

  it.each([
    ['jwk: the key itself', { jwk: own }],
    ['jwk with the kid of a real one', { jwk: attackerKey.publicKey }],
    ['jwk without a kid in the header', { jwk: own, kid: undefined }],
    ['jku: a key set elsewhere', { jku: 'https://attacker.example.com/jwks.json' }],
    ['jku that looks like the issuer', { jku: 'https://sso.example.com@attacker.example.com/' }],
    ['x5u: a certificate elsewhere', { x5u: 'https://attacker.example.com/cert.pem' }],
    ['x5u on this machine', { x5u: 'file:///etc/ssl/certs/ca.pem' }],
    ['x5c: a certificate', { x5c: ['MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A'] }],
    ['all of them', { jwk: own, jku: 'https://a.example', x5u: 'https://a.example', x5c: ['AA'] }],
  ])('RFC8725-1 CVE-2018-0114: %s is not used', async (_name, header) => {
    const asked: unknown[] = []
    const fetch = async (url: unknown): Promise<Response> => {
      asked.push(url)
      return Response.json({ keys: [attackerKey.publicKey] })
    }
    const token = await forge({ header, key: attackerKey })
    const answer = await judge(token, testResourceServer({ http: { fetch } }))
    expect(answer).toEqual(invalidToken('signature_invalid'))
    expect(asked).toEqual([])
  })

  it('RFC8725-1 CVE-2018-0114: they do no harm where the signature is the issuer’s', async () => {
    const token = await forge({ header: { jwk: own, jku: 'https://attacker.example.com' } })
    expect(await judge(token)).toEqual(ALLOWED)
  })
})

describe('kid', () => {
  it.each([
    ['a path', '../../../../dev/null'],
    ['an absolute path', '/proc/self/environ'],
    ['SQL', "rsa-1' UNION SELECT 'key';--"],
    ['a URL', 'https://attacker.example.com/key.pem'],
    ['a command', '| /bin/sh -c id'],
    ['a name of Object.prototype', '__proto__'],
    ['another one', 'constructor'],
    ['nothing', ''],
    ['the right one and a blank', 'rsa-1 '],
    ['the right one and NUL', 'rsa-1\0'],
    ['the right one in upper case', 'RSA-1'],
    ['a prefix of the right one', 'rsa-'],
    ['the longest that is looked up', 'k'.repeat(256)],
  ])('RFC8725-1 CVE-2018-0114: %s is a name that no key has', async (_name, kid) => {
    expect(await judge(await forge({ header: { kid } }))).toEqual(invalidToken('key_unknown'))
  })

  it.each([
    ['257 characters', 'k'.repeat(257)],
    ['5 KB', 'k'.repeat(5000)],
    ['a number', 1],
    ['null', null],
    ['a list', ['rsa-1']],
    ['an object', { toString: 'rsa-1' }],
    ['true', true],
  ])('RFC8725-1: %s is no kid', async (_name, kid) => {
    expect(await judge(await forge({ header: { kid } }))).toEqual(invalidToken('token_malformed'))
  })

  it('RFC7662-6: 10 KB of it make the token too long', async () => {
    const token = await forge({ header: { kid: 'k'.repeat(10_240) } })
    expect(await judge(token)).toEqual(invalidToken('token_too_long'))
    const patient = testResourceServer({ maxTokenLength: 65_536 })
    expect(await judge(token, patient)).toEqual(invalidToken('token_malformed'))
  })

  it('RFC8725-1: without it a sole key of that algorithm serves', async () => {
    expect(await judge(await forge({ header: { kid: undefined } }))).toEqual(ALLOWED)
  })

  it('RFC8725-1: without it several keys are one too many', async () => {
    const second = createTestKey({ algorithm: 'RS256', keyId: 'rsa-2' })
    const first = createTestKey({ algorithm: 'RS256', keyId: 'rsa-3' })
    const server = testResourceServer({
      server: { keys: { keys: [first.publicKey, second.publicKey] } },
    })
    const token = await forge({ header: { kid: undefined }, key: second })
    expect(await judge(token, server)).toEqual(invalidToken('key_ambiguous'))
  })

  it('RFC8725-1: an RSA key without "alg" is a second key beside one that declares the algorithm', async () => {
    const { alg: _, ...undeclared } = attackerKey.publicKey
    const withKeys = (...keys: Record<string, unknown>[]) =>
      testResourceServer({ server: { algorithms: ['PS256', 'RS256'], keys: { keys } } })
    const token = await forge({ header: { kid: undefined } })
    const ambiguous = invalidToken('key_ambiguous')
    expect(await judge(token, withKeys(rsaKey.publicKey, undeclared))).toEqual(ambiguous)
    expect(await judge(await forge(), withKeys(rsaKey.publicKey, undeclared))).toEqual(ambiguous)
    expect(await judge(token, withKeys(undeclared))).toEqual(invalidToken('key_unknown'))
    const renamed = { ...undeclared, kid: 'rsa-2' }
    expect(await judge(await forge(), withKeys(rsaKey.publicKey, renamed))).toEqual(ALLOWED)
  })
})

describe('the type in the header', () => {
  it.each([
    ['a number', 1],
    ['null', null],
    ['a list', ['at+jwt']],
    ['an object', {}],
  ])('RFC9068-1: %s is no typ', async (_name, typ) => {
    expect(await judge(await forge({ header: { typ } }))).toEqual(invalidToken('token_malformed'))
  })

  it.each(['at+jwt', 'AT+JWT', 'At+Jwt', 'application/at+jwt', 'Application/AT+JWT'])(
    'RFC9068-1: %s is an access token',
    async (typ) => {
      expect(await judge(await signToken({ header: { typ } }))).toEqual(ALLOWED)
    },
  )
})
