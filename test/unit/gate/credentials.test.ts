import { describe, expect, it } from 'vitest'
import { parseAuthorization } from '../../../src/gate/credentials.ts'
import { createCachedVerifier } from '../../../src/verification/cached-verifier.ts'
import { challengesOf } from '../../support/challenges.ts'
import { cpuSecondsOf, LINEAR_SECONDS } from '../../support/cpu-time.ts'
import {
  ALLOWED,
  answerOf,
  CHALLENGES,
  METADATA_URL,
  request,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'

const resourceServer = testResourceServer()
const good = await signToken()

const MISSING = { status: 401, challenge: CHALLENGES.none, reason: 'credentials_missing' }
const UNSUPPORTED = { status: 401, challenge: CHALLENGES.none, reason: 'scheme_unsupported' }
const REPEATED = {
  status: 400,
  challenge: CHALLENGES.invalid_request,
  reason: 'authorization_repeated',
}
const MALFORMED = {
  status: 400,
  challenge: CHALLENGES.invalid_request,
  reason: 'authorization_malformed',
}
const TOO_LONG = { status: 401, challenge: CHALLENGES.invalid_token, reason: 'token_too_long' }
const NO_PROOF = {
  status: 401,
  challenge: challengesOf({
    error: 'invalid_dpop_proof',
    used: 'DPoP',
    scope: 'mcp:tools',
    metadataUrl: METADATA_URL,
  }),
  reason: 'dpop_proof_missing',
}
const OPAQUE = { status: 401, challenge: CHALLENGES.invalid_token, reason: 'token_opaque' }

const judgeHeader = async (authorization?: string | readonly string[]) =>
  answerOf(await resourceServer.authenticate(request(authorization)))

describe('the Authorization header', () => {
  it.each([
    ['RFC6750-2 MCP-6: no header', undefined, MISSING],
    ['RFC6750-2: an empty list of headers', [], MISSING],
    ['RFC6750-1: an empty header', '', MALFORMED],
    ['RFC6750-1: blanks alone', '   ', MALFORMED],
    ['RFC6750-1: a tab alone', '\t', MALFORMED],
    ['RFC6750-1: the scheme alone', 'Bearer', MALFORMED],
    ['RFC6750-1: the scheme and a blank', 'Bearer ', MALFORMED],
    ['RFC6750-1: the scheme and many blanks', `Bearer${' '.repeat(100)}`, MALFORMED],
    ['RFC6750-1: two tokens', 'Bearer x y', MALFORMED],
    ['RFC6750-1: a good token and another word', `Bearer ${good} y`, MALFORMED],
    ['RFC6750-1: a good token and a blank', `Bearer ${good} `, MALFORMED],
    ['RFC6750-1: two schemes in one line', 'Bearer x, Basic y', MALFORMED],
    ['RFC6750-1: a good token, then another scheme', `Bearer ${good}, Basic y`, MALFORMED],
    ['RFC6750-1: a good token and a comma', `Bearer ${good},`, MALFORMED],
    ['RFC6750-1: parameters in place of a token', 'Bearer token="x"', MALFORMED],
    ['RFC6750-1: a quoted token', `Bearer "${good}"`, MALFORMED],
    ['RFC6750-1: padding in front', 'Bearer =x', MALFORMED],
    ['RFC6750-1: padding in between', 'Bearer x=y', MALFORMED],
    ['RFC6750-1: padding alone', 'Bearer ==', MALFORMED],
    ['RFC6750-1: a tab after the scheme', `Bearer\t${good}`, MALFORMED],
    ['RFC6750-1: a tab before the token', `Bearer \t${good}`, MALFORMED],
    ['RFC6750-1: a colon after the scheme', `Bearer: ${good}`, MALFORMED],
    ['RFC6750-1: a slash after the scheme', `Bearer/${good}`, MALFORMED],
    ['RFC6750-1: a comma after the scheme', `Bearer,${good}`, MALFORMED],
    ['RFC6750-1: no scheme', '"x"', MALFORMED],
    ['RFC6750-1: a blank before the scheme', ` Bearer ${good}`, MALFORMED],
    ['RFC6750-1: NUL in the token', `Bearer ${good}\0`, MALFORMED],
    ['RFC6750-1: NUL before the scheme', `\0Bearer ${good}`, MALFORMED],
    ['RFC6750-1: an escape character in the token', 'Bearer x\u001b[2J', MALFORMED],
    ['RFC6750-1: DEL in the token', 'Bearer x\u007f', MALFORMED],
    ['RFC6750-1: a letter beyond ASCII', 'Bearer xé', MALFORMED],
    ['RFC6750-1: a no-break space', `Bearer\u00a0${good}`, MALFORMED],
    ['RFC6750-1: a line separator after the token', `Bearer ${good}\u2028`, MALFORMED],
    ['RFC6750-5: CR LF and a header', 'Bearer x\r\nSet-Cookie: a=b', MALFORMED],
    ['RFC6750-5: LF after a good token', `Bearer ${good}\n`, MALFORMED],
    ['RFC6750-4: the header twice', ['Bearer x', 'Bearer y'], REPEATED],
    ['RFC6750-4: a good token twice', [`Bearer ${good}`, `Bearer ${good}`], REPEATED],
    ['RFC6750-4 RFC9449-4: two schemes', [`Bearer ${good}`, 'DPoP x'], REPEATED],
    ['RFC6750-4 RFC9449-4: Basic, then Bearer', ['Basic dTpw', `Bearer ${good}`], REPEATED],
    ['RFC6750-4: an empty one beside a good one', ['', `Bearer ${good}`], REPEATED],
    ['RFC6750-2: Basic', 'Basic dXNlcjpwYXNz', UNSUPPORTED],
    ['RFC9449-3: DPoP without a proof', `DPoP ${good}`, NO_PROOF],
    ['RFC6750-2: Digest', 'Digest username="a", realm="b"', UNSUPPORTED],
    ['RFC6750-2: Digest, and a line that ends like ours begins', 'Digest x Bearer ', UNSUPPORTED],
    ['RFC6750-2: a token without a scheme', good, UNSUPPORTED],
    ['RFC6750-2: a scheme that begins like ours', `Bearerx ${good}`, UNSUPPORTED],
    ['RFC6750-2: a scheme that ends like ours', `XBearer ${good}`, UNSUPPORTED],
    ['RFC6750-2: a megabyte of scheme', 'A'.repeat(1 << 20), UNSUPPORTED],
    ['RFC7662-6: a megabyte of token', `Bearer ${'A'.repeat(1 << 20)}`, TOO_LONG],
    ['RFC7662-6: a megabyte that is no token', `Bearer ${'"'.repeat(1 << 20)}`, TOO_LONG],
    ['RFC6750-1: a megabyte of blanks', `Bearer${' '.repeat(1 << 20)}`, MALFORMED],
    ['RFC7662-6: one character too many', `Bearer ${'A'.repeat(8193)}`, TOO_LONG],
    ['RFC7662-6: exactly the longest token', `Bearer ${'A'.repeat(8192)}`, OPAQUE],
  ] as const)('%s', async (_name, authorization, expected) => {
    expect(await judgeHeader(authorization)).toEqual(expected)
  })

  it.each([
    ['as it is written', `Bearer ${good}`],
    ['in lower case', `bearer ${good}`],
    ['in upper case', `BEARER ${good}`],
    ['in mixed case', `bEaReR ${good}`],
    ['with several blanks', `Bearer    ${good}`],
  ])('RFC6750-1: the scheme %s is understood', async (_name, authorization) => {
    expect(await judgeHeader(authorization)).toEqual(ALLOWED)
  })

  it('RFC6750-4: a list of one header is accepted', async () => {
    expect(await judgeHeader([`Bearer ${good}`])).toEqual(ALLOWED)
  })
})

describe('a Headers object', () => {
  const judgeHeaders = async (...lines: string[]) => {
    const headers = new Headers()
    for (const line of lines) headers.append('Authorization', line)
    return answerOf(await resourceServer.authenticate({ method: 'GET', url: '/mcp', headers }))
  }

  it.each([
    ['RFC6750-1: one field', [`Bearer ${good}`], ALLOWED],
    ['RFC6750-2: no field', [], MISSING],
    ['RFC6750-1: an empty field', [''], MALFORMED],
    ['RFC6750-4: two Bearer fields', ['Bearer x', 'Bearer y'], MALFORMED],
    ['RFC6750-4: a good token twice', [`Bearer ${good}`, `Bearer ${good}`], MALFORMED],
    ['RFC6750-4: Bearer and Basic', [`Bearer ${good}`, 'Basic dTpw'], MALFORMED],
    ['RFC6750-4: Bearer and nothing', [`Bearer ${good}`, ''], MALFORMED],
  ])('%s, joined into one line', async (_name, lines, expected) => {
    expect(await judgeHeaders(...lines)).toEqual(expected)
  })

  it('RFC6750-4: a good token after another scheme is never used', async () => {
    const { status } = await judgeHeaders('Basic dTpw', `Bearer ${good}`)
    expect([400, 401]).toContain(status)
  })
})

describe('a token elsewhere', () => {
  it.each([
    ['MCP-17 RFC6750-4: in the query alone it counts for nothing', undefined, MISSING],
    ['MCP-17: in the query beside a good header it changes nothing', `Bearer ${good}`, ALLOWED],
  ])('%s', async (_name, authorization, expected) => {
    const asked = request(authorization, { url: `/mcp?access_token=${good}` })
    expect(answerOf(await resourceServer.authenticate(asked))).toEqual(expected)
  })

  it('RFC6750-2: in another header it counts for nothing', async () => {
    const headers = { 'proxy-authorization': `Bearer ${good}`, cookie: `access_token=${good}` }
    expect(answerOf(await resourceServer.authenticate(request(undefined, { headers })))).toEqual(
      MISSING,
    )
  })
})

describe('a token with characters that no token has', () => {
  it('RFC6750-1: is refused, also when a cache has accepted it from the program', async () => {
    const token = await resourceServer.verify(good)
    const asked: string[] = []
    const verify = async (text: string) => {
      asked.push(text)
      return token
    }
    const verifier = createCachedVerifier({ verify }, { maxAge: 60 })
    const server = testResourceServer({ verifier })
    for (const text of ['a b', 'a"b', 'a=b', 'ä']) {
      expect(await server.verify(text)).toBe(token)
      const decision = await server.authenticate(request(`Bearer ${text}`))
      expect(answerOf(decision)).toEqual(MALFORMED)
      expect(asked.splice(0)).toEqual([text])
    }
  })

  it('RFC6750-1: is refused for them, whatever else is wrong', async () => {
    const headers = { authorization: 'Bearer a b', dpop: 'a.b.c' }
    const asked = request(undefined, { headers })
    expect(answerOf(await resourceServer.authenticate(asked))).toEqual(MALFORMED)
  })
})

describe('parseAuthorization', () => {
  it('RFC6750-1: gives scheme and token', () => {
    expect(parseAuthorization(['bearer  mF_9.B5f-4.1JqM+/~=='])).toEqual({
      scheme: 'Bearer',
      token: 'mF_9.B5f-4.1JqM+/~==',
    })
  })

  it.each([undefined, null, 'Bearer abc', {}])('S1.13: refuses what is no list: %j', (values) => {
    expect(() => parseAuthorization(values as readonly string[])).toThrow(
      new TypeError('parseAuthorization: `values` must be a list of the header fields'),
    )
  })

  it.each(['DPoP abc', 'dpop abc', 'DPOP   abc'])(
    'RFC9449-1: reads the scheme DPoP: %j',
    (value) => {
      expect(parseAuthorization([value])).toEqual({ scheme: 'DPoP', token: 'abc' })
    },
  )

  it('RFC7662-6: takes another limit', () => {
    expect(() => parseAuthorization(['Bearer abcd'], 3)).toThrow('maxTokenLength is 3')
    expect(parseAuthorization(['Bearer abc'], 3).token).toBe('abc')
  })

  it.each([
    ['', 'the Authorization header is empty'],
    [' \t', 'the Authorization header is empty'],
    ['"x"', 'the Authorization header does not start with a scheme'],
    ['Bearer ', 'Bearer without a token'],
    ['dpop', 'DPoP without a token'],
  ])('RFC6750-1: tells the operator what is wrong with %j', (value, message) => {
    expect(() => parseAuthorization([value])).toThrow(message)
  })

  it('RFC9700-2 S1.7: no error message quotes the header', () => {
    for (const shown of ['s3cr3t', 'Basic s3cr3t', 'Bearer s3cr3t s3cr3t', '"s3cr3t"']) {
      expect(() => parseAuthorization([shown])).toThrow(/^(?!.*s3cr3t)/s)
    }
  })

  // Linear work takes a few milliseconds; a pattern that backtracks would never come back.
  it.each([
    ['CVE-2026-35041: padding without an end', `${'a='.repeat(50_000)}`],
    ['CVE-2026-0621: one long run and a stop', `${'a'.repeat(100_000)}!`],
    ['GHSA-cjw9-ghj4-fwxf: signs of padding', `a${'='.repeat(100_000)}!`],
    ['CVE-2026-35041: blanks between', 'a '.repeat(50_000)],
  ])('%s', async (_name, token) => {
    const work = () =>
      expect(() => parseAuthorization([`Bearer ${token}`], Infinity)).toThrow('token68')
    expect(await cpuSecondsOf(work)).toBeLessThan(LINEAR_SECONDS)
  })

  it('CVE-2026-35041: keeps no state between calls', () => {
    for (let call = 0; call < 5; call += 1) {
      expect(parseAuthorization(['Bearer abc']).token).toBe('abc')
      expect(() => parseAuthorization(['Bearer a"c'])).toThrow('token68')
    }
  })
})
