import { describe, expect, it } from 'vitest'
import { toDer } from '../../../src/jws/ecdsa-signature.ts'

/** A signature of two numbers, each of `size` bytes: zeros in front, then bytes of the given value. */
function signature(size: number, ...numbers: readonly (readonly [count: number, byte: number])[]) {
  return Buffer.concat(numbers.map(([count, byte]) => Buffer.alloc(size).fill(byte, size - count)))
}

const bytes = (count: number, byte: number) => Buffer.alloc(count, byte).toString('hex')

describe('an ECDSA signature as DER', () => {
  it.each([
    ['small numbers', signature(32, [1, 1], [1, 2]), 32, '3006020101020102'],
    ['zeros', signature(32, [0, 0], [0, 0]), 32, '3006020100020100'],
    ['a number below 128', signature(32, [1, 0x7f], [1, 1]), 32, '300602017f020101'],
    ['a number that looks negative', signature(32, [1, 0x80], [1, 1]), 32, '300702020080020101'],
    [
      '127 bytes',
      signature(66, [61, 1], [62, 1]),
      66,
      `307f023d${bytes(61, 1)}023e${bytes(62, 1)}`,
    ],
    [
      '128 bytes',
      signature(66, [62, 1], [62, 1]),
      66,
      `308180023e${bytes(62, 1)}023e${bytes(62, 1)}`,
    ],
    [
      'the longest numbers',
      signature(66, [66, 255], [66, 255]),
      66,
      `30818a024300${bytes(66, 255)}024300${bytes(66, 255)}`,
    ],
  ])('RFC8725-1: %s', (_name, given, size, expected) => {
    expect(Buffer.from(toDer(given, size) ?? []).toString('hex')).toBe(expected)
  })

  it.each([0, 1, 63, 65, 96])('RFC8725-1: of %i bytes is none for P-256', (length) => {
    expect(toDer(new Uint8Array(length).fill(1), 32)).toBeUndefined()
  })
})
