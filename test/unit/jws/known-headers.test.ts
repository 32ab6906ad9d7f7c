import { describe, expect, test } from 'vitest'
import { parseHeader } from '../../../src/jws/compact-jws.ts'
import { KnownHeaders } from '../../../src/jws/known-headers.ts'

const encoded = (header: object): string =>
  Buffer.from(JSON.stringify(header)).toString('base64url')
const keyed = (kid: string): string => encoded({ alg: 'RS256', kid, typ: 'at+jwt' })

describe('headers of access tokens', () => {
  test('a header that comes again is not parsed again, and cannot be changed', () => {
    const headers = new KnownHeaders()
    const first = headers.read(keyed('a'))
    expect(first).toEqual(parseHeader(keyed('a')))
    expect(headers.read(keyed('a'))).toBe(first)
    expect(Object.isFrozen(first.header)).toBe(true)
  })

  test('a header with any other text is parsed by itself', () => {
    const headers = new KnownHeaders()
    headers.read(keyed('a'))
    expect(headers.read(keyed('b')).keyId).toBe('b')
    expect(headers.read(encoded({ alg: 'RS512', kid: 'a', typ: 'at+jwt' })).algorithm).toBe('RS512')
    expect(() => headers.read(`${keyed('a')}=`)).toThrow('header: not base64url')
    expect(() => headers.read(keyed('a').slice(0, -1))).toThrow('header: not')
  })

  test('a refused header is refused each time (RFC7515 §4.1.11)', () => {
    const headers = new KnownHeaders()
    headers.read(encoded({ alg: 'RS256' }))
    for (let turn = 0; turn < 2; turn += 1) {
      expect(() => headers.read(encoded({ alg: 'RS256', crit: ['b64'] }))).toThrow('critical')
      expect(() => headers.read(encoded({ alg: 1 }))).toThrow('"alg" is not a string')
    }
  })

  test('only the last four headers are kept', () => {
    const headers = new KnownHeaders()
    const read = (...kids: readonly string[]) => kids.map((kid) => headers.read(keyed(kid)))
    const isSame = (header: unknown, at: number) => header === all[at]
    const all = read('a', 'b', 'c', 'd')
    expect(read('a', 'b', 'c', 'd').every(isSame)).toBe(true)
    headers.read(keyed('e'))
    expect(read('b', 'c', 'd').every((header, at) => isSame(header, at + 1))).toBe(true)
    expect(headers.read(keyed('a'))).not.toBe(all[0])
  })
})
