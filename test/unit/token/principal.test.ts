import { describe, expect, it } from 'vitest'
import { principalOf } from '../../../src/token/principal.ts'
import { signToken, testResourceServer } from '../../support/tokens.ts'

const ISSUER = 'https://sso.example.com'
const alice = { issuer: ISSUER, subject: 'alice', clientId: 'inspector' }

describe('the principal of a token', () => {
  it('MCP-21: is the same for every token of one caller', async () => {
    const server = testResourceServer()
    const before = await server.verify(
      await signToken({ claims: { jti: 'a', scope: 'mcp:tools' } }),
    )
    const after = await server.verify(
      await signToken({ claims: { jti: 'b', scope: 'mcp:tools email', sid: 'x' } }),
    )
    expect(principalOf(before)).toBe(principalOf(after))
    expect(typeof principalOf(before)).toBe('string')
  })

  it.each([
    ['another subject', { ...alice, subject: 'bob' }],
    ['another case', { ...alice, subject: 'Alice' }],
    ['another client', { ...alice, clientId: 'other' }],
    ['another issuer', { ...alice, issuer: 'https://sso.example.com/' }],
    ['no subject', { ...alice, subject: undefined }],
    ['no client', { ...alice, clientId: undefined }],
    ['subject and client exchanged', { ...alice, subject: 'inspector', clientId: 'alice' }],
    ['the subject for a client', { ...alice, subject: undefined, clientId: 'alice' }],
    ['an empty subject', { ...alice, subject: '' }],
  ])('MCP-21 RFC9700-3 S1.14: is another with %s', (_name, token) => {
    expect(principalOf(token)).not.toBe(principalOf(alice))
  })

  it.each<[string, string | undefined, string | undefined, string | undefined, string | undefined]>(
    [
      ['quotes and commas', 'a","b', 'c', 'a', 'b","c'],
      ['a quote at the end', 'a"', 'b', 'a', '"b'],
      ['a backslash', 'a\\', '","b', 'a\\","', 'b'],
      ['a line break', 'a\nb', 'c', 'a', 'b\nc'],
      ['the word null', 'null', 'c', undefined, 'c'],
      ['a client by the name of null', 'a', 'null', 'a', undefined],
      ['no difference but where', '', 'a', 'a', ''],
    ],
  )(
    'MCP-21 S1.14: two callers never share a principal because of special characters: %s',
    (_name, one, its, other, theirs) => {
      const first = principalOf({ issuer: ISSUER, subject: one, clientId: its })
      const second = principalOf({ issuer: ISSUER, subject: other, clientId: theirs })
      expect(first).not.toBe(second)
    },
  )

  it('MCP-21: an issuer cannot reach into the subject', () => {
    const first = principalOf({ issuer: `${ISSUER}","a`, subject: 'b', clientId: undefined })
    const second = principalOf({ issuer: ISSUER, subject: 'a","b', clientId: undefined })
    expect(first).not.toBe(second)
  })

  it('MCP-21 S1.14: a token without subject and client has no principal', () => {
    expect(principalOf({ issuer: ISSUER, subject: undefined, clientId: undefined })).toBeUndefined()
  })

  it('RFC9700-3 S1.14: a token with a client and no subject has no principal', () => {
    expect(principalOf({ issuer: ISSUER, subject: undefined, clientId: 'job' })).toBeUndefined()
  })

  it('RFC9700-3: a token with a subject and no client has a principal', () => {
    expect(principalOf({ issuer: ISSUER, subject: 'job', clientId: undefined })).toBeTypeOf(
      'string',
    )
  })
})
