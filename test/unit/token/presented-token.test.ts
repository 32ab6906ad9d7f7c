import { describe, expect, it, vi } from 'vitest'
import { PresentedToken, readPresentedToken } from '../../../src/token/presented-token.ts'
import { CLAIMS, signToken } from '../../support/tokens.ts'

/** How often JSON is parsed during the work. */
function parsesOf(work: () => void): number {
  const parse = vi.spyOn(JSON, 'parse')
  try {
    work()
    return parse.mock.calls.length
  } finally {
    parse.mockRestore()
  }
}

describe('a presented token', () => {
  it('RFC7662-6: has a length that is checked before anything else', () => {
    expect(readPresentedToken('a'.repeat(64), 64).text).toHaveLength(64)
    expect(() => readPresentedToken('a'.repeat(65), 64)).toThrow(
      expect.objectContaining({ reason: 'token_too_long' }),
    )
  })

  it.each([undefined, null, '', 5, {}, ['a']])('RFC7662-6: is not %j', (text) => {
    expect(() => readPresentedToken(text as never, 64)).toThrow(
      expect.objectContaining({ reason: 'token_malformed' }),
    )
  })

  it('RFC7662-4: has the SHA-256 digest of its text as its name', () => {
    const digest = 'ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0'
    expect(parsesOf(() => expect(new PresentedToken('abc').digest).toBe(digest))).toBe(0)
  })

  it('RFC6750-1: is read only if it is a token68, where it must be one', () => {
    const presented = new PresentedToken('a b', () => new Error('no token68'))
    expect(presented.digest).toBe(new PresentedToken('a b').digest)
    for (const read of [
      () => presented.text,
      () => presented.shape,
      () => presented.jws(),
      () => presented.claims(),
    ]) {
      expect(read).toThrow('no token68')
    }
    expect(new PresentedToken('a b').text).toBe('a b')
    expect(new PresentedToken('a.b==', () => new Error('no token68')).text).toBe('a.b==')
  })

  it.each([
    ['opaque', 'opaque'],
    ['a.b.c', 'jws'],
    ['a.b.c.d.e', 'jwe'],
  ])('%s has the shape %s', (text, shape) => {
    const presented = new PresentedToken(text)
    expect([presented.shape, presented.shape]).toEqual([shape, shape])
  })

  it('is parsed once, however often it is asked for', async () => {
    const token = await signToken()
    new PresentedToken(token).jws()
    const presented = new PresentedToken(token)
    const parses = parsesOf(() => {
      for (let time = 0; time < 3; time += 1) {
        expect(presented.jws()).toMatchObject({ algorithm: 'RS256', claims: CLAIMS })
        expect(presented.claims()).toBe(presented.jws().claims)
      }
    })
    // The payload. The header is known from the token before.
    expect(parses).toBe(1)
  })

  it('gives the claims of a payload without the rest, and reads it once', async () => {
    const presented = new PresentedToken(`${await signToken()}.`)
    const parses = parsesOf(() => {
      expect(presented.claims()).toEqual(CLAIMS)
      expect(presented.claims()).toBe(presented.claims())
    })
    expect(parses).toBe(1)
    expect(() => presented.jws()).toThrow(expect.objectContaining({ reason: 'token_malformed' }))
  })

  it('has no claims without a JSON payload, and parses once', () => {
    const presented = new PresentedToken('a.e30x.c')
    const parses = parsesOf(() => {
      expect([presented.claims(), presented.claims()]).toEqual([undefined, undefined])
    })
    expect(parses).toBe(1)
    expect(new PresentedToken('opaque').claims()).toBeUndefined()
  })

  it('RFC8725-1: throws the same reason each time it is no JWS', () => {
    const presented = new PresentedToken('a.b.c.d.e')
    for (let time = 0; time < 2; time += 1) {
      expect(() => presented.jws()).toThrow(expect.objectContaining({ reason: 'token_encrypted' }))
    }
  })
})
