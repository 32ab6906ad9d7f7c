import { describe, expect, it } from 'vitest'
import { isListField, mergeField, mergeHeaders } from '../../../src/http/list-fields.ts'
import { cpuSecondsOf, LINEAR_SECONDS } from '../../support/cpu-time.ts'

const BEARER = 'Bearer error="invalid_token", scope="a, b", resource_metadata="https://a.example/x"'
const DPOP = 'DPoP algs="ES256 PS256", error="use_dpop_nonce"'

describe('mergeField', () => {
  it.each([
    ['Vary', 'Origin', undefined, 'Origin'],
    ['Vary', 'Origin', null, 'Origin'],
    ['vary', 'Origin', 'Accept', 'Accept, Origin'],
    ['VARY', 'Origin', ['Accept', 'accept-encoding'], 'Accept, accept-encoding, Origin'],
    ['Vary', 'Origin, Accept', ' origin ,, Accept-Encoding', 'origin, Accept-Encoding, Accept'],
    ['Access-Control-Expose-Headers', 'X-A', 'X-B', 'X-B, X-A'],
    ['Retry-After', '5', '60', '5'],
    ['Content-Type', 'application/json', 'text/plain', 'application/json'],
  ])('RFC9728-6: %s: %j added to %j gives %j', (name, value, existing, merged) => {
    expect(mergeField(name, value, existing)).toBe(merged)
  })

  it('keeps two challenges whole, whatever commas stand in them', () => {
    expect(mergeField('WWW-Authenticate', DPOP, BEARER)).toBe(`${BEARER}, ${DPOP}`)
    expect(mergeField('WWW-Authenticate', BEARER, [DPOP, 'Basic realm="a, Bearer b"'])).toBe(
      `${DPOP}, Basic realm="a, Bearer b", ${BEARER}`,
    )
  })

  it('adds no challenge twice, and takes challenges with other parameters for others', () => {
    const both = mergeField('WWW-Authenticate', DPOP, BEARER)
    expect(mergeField('WWW-Authenticate', DPOP, both)).toBe(both)
    expect(mergeField('WWW-Authenticate', both, both)).toBe(both)
    expect(mergeField('WWW-Authenticate', 'Basic realm="A"', 'Basic realm="a"')).toBe(
      'Basic realm="a", Basic realm="A"',
    )
  })

  it.each([
    ['Negotiate', 'Negotiate, Bearer realm="a"'],
    ['Negotiate YWJj==', 'Negotiate YWJj==, Bearer realm="a"'],
    ['Basic realm = "b", charset="UTF-8"', 'Basic realm = "b", charset="UTF-8", Bearer realm="a"'],
    ['Basic realm="\\"b, c\\""', 'Basic realm="\\"b, c\\"", Bearer realm="a"'],
    ['', 'Bearer realm="a"'],
  ])('adds to the challenges %j', (existing, merged) => {
    expect(mergeField('WWW-Authenticate', 'Bearer realm="a"', existing)).toBe(merged)
  })

  it('reads 100 KB in linear time', async () => {
    for (const text of ['"', '\\', '"\\', ',', 'a=', 'a = ', '" ']) {
      const field = text.repeat(100_000 / text.length)
      const work = () => mergeField('WWW-Authenticate', BEARER, field)
      expect(await cpuSecondsOf(work)).toBeLessThan(LINEAR_SECONDS)
    }
  })
})

describe('mergeHeaders', () => {
  it('merges lists, and takes the last value of any other field', () => {
    const origin = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Expose-Headers': 'X-A' }
    const proof = { 'DPoP-Nonce': 'n', 'access-control-expose-headers': 'DPoP-Nonce' }
    const refusal = { 'WWW-Authenticate': BEARER, 'Cache-Control': 'no-store' }
    const other = { 'www-authenticate': DPOP, 'cache-control': 'private' }
    expect(mergeHeaders(origin, proof, refusal, other)).toEqual({
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Expose-Headers': 'X-A, DPoP-Nonce',
      'DPoP-Nonce': 'n',
      'WWW-Authenticate': `${BEARER}, ${DPOP}`,
      'Cache-Control': 'private',
    })
  })

  it('changes none of its sources', () => {
    const first = Object.freeze({ Vary: 'Origin' })
    expect(mergeHeaders(first, Object.freeze({ Vary: 'Accept' }))).toEqual({
      Vary: 'Origin, Accept',
    })
    expect(mergeHeaders(first)).toEqual(first)
  })
})

it('isListField knows names in upper and lower case', () => {
  for (const name of ['Vary', 'vary', 'WWW-Authenticate', 'access-control-expose-headers']) {
    expect(isListField(name)).toBe(true)
  }
  expect(isListField('Retry-After')).toBe(false)
})
