import { randomBytes } from 'node:crypto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { redacted, storeFaultOf, withoutToken } from '../../src/redaction.ts'
import { RedisStoreError } from '../../src/storage/redis/redis-store-error.ts'

const PIECE = 12

/** The same rule, written for one who has time: each place of the text against all of the token. */
function slowly(text: string, token: string): string {
  const covered = new Set<number>()
  const starts: number[] = []
  for (let at = 0; at + PIECE <= text.length; at += 1) {
    if (!token.includes(text.slice(at, at + PIECE))) continue
    if (!covered.has(at)) starts.push(at)
    for (let inside = at; inside < at + PIECE; inside += 1) covered.add(inside)
  }
  let told = ''
  for (let at = 0; at < text.length; at += 1) {
    if (starts.includes(at)) told += '[token]'
    if (!covered.has(at)) told += text[at]
  }
  return told
}

/** A seed of its own, so that what fails can be done again. */
function dice(seed: number): (sides: number) => number {
  let state = seed
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * sides)
  }
}

describe('a text without the token', () => {
  it('S1.7: holds no twelve consecutive characters of it, and everything else', () => {
    for (let seed = 0; seed < 1500; seed += 1) {
      const roll = dice(seed)
      const letters = 'abcdefghijklmnop'.slice(0, 2 + roll(14))
      const word = (length: number) =>
        Array.from({ length }, () => letters[roll(letters.length)]).join('')
      const token = word(roll(80))
      let text = word(roll(20))
      for (let part = roll(6); part > 0; part -= 1) {
        const from = roll(token.length + 1)
        text += token.slice(from, from + roll(40)) + word(roll(8))
      }
      const told = withoutToken(text, token)
      expect(told, `seed ${seed}`).toBe(slowly(text, token))
      for (const rest of told.split('[token]')) {
        for (let at = 0; at + PIECE <= rest.length; at += 1) {
          if (token.includes(rest.slice(at, at + PIECE))) expect.fail(`seed ${seed}: ${rest}`)
        }
      }
    }
  })

  it('S1.7: every piece of twelve characters is found, wherever it begins and ends', () => {
    const token = randomBytes(300).toString('base64url')
    for (let at = 0; at + PIECE <= token.length; at += 1) {
      const piece = token.slice(at, at + PIECE)
      expect(withoutToken(`<${piece}>`, token)).toBe('<[token]>')
      expect(withoutToken(piece, token)).toBe('[token]')
    }
  })

  it('S1.7: also if the token has blanks or quotation marks', () => {
    for (const token of ['Bearer a b c d e f g h', '{"a":"b","c":"d","e":1}']) {
      for (let at = 0; at + PIECE <= token.length; at += 1) {
        const text = `"x" is ${token.slice(at, at + PIECE)}; no`
        expect(withoutToken(text, token)).toBe(slowly(text, token))
        expect(withoutToken(text, token)).toContain('[token]')
      }
    }
    expect(withoutToken('Bearer must be one token68', 'Bearer abc.def.ghi')).not.toContain(
      '[token]',
    )
  })

  it('S1.7: is cut after 4096 characters, with no piece of the token at the cut', () => {
    const token = randomBytes(300).toString('base64url')
    for (let before = 4080; before <= 4100; before += 1) {
      const told = withoutToken('-'.repeat(before) + token, token)
      expect(told.replace('[token]', '')).toMatch(/^-*…$/)
      expect(told.length).toBeLessThan(4110)
    }
  })

  it.each(['', 'short', 'elevenchars'])('leaves a text alone for the token %j', (token) => {
    expect(withoutToken(`a text with ${token} in it`, token)).toBe(`a text with ${token} in it`)
  })

  describe('its work', () => {
    const counted: number[] = []
    const { slice, indexOf, includes } = String.prototype
    afterEach(() => vi.restoreAllMocks())

    /** Characters that methods of strings had to look at. */
    function workOf(text: string, token: string): number {
      counted.length = 0
      vi.spyOn(String.prototype, 'slice').mockImplementation(function (this: string, ...ends) {
        const part = slice.apply(this, ends)
        counted.push(part.length)
        return part
      })
      for (const [name, method] of Object.entries({ indexOf, includes })) {
        vi.spyOn(String.prototype, name as 'indexOf').mockImplementation(function (
          this: string,
          ...of: [string]
        ) {
          counted.push(this.length)
          return (method as typeof indexOf).apply(this, of)
        })
      }
      withoutToken(text, token)
      vi.restoreAllMocks()
      return counted.reduce((sum, count) => sum + count, 0)
    }

    it.each([
      ['strange to each other', 'a', 'b'],
      ['all of one letter', 'a', 'a'],
      ['alike but for one letter in twelve', `${'a'.repeat(11)}b`, 'a'],
      ['made of the same blocks', 'abcdefX', 'abcdefY'],
    ])('grows with both, not with their product: %s', (_name, of, from) => {
      const at = (length: number) =>
        workOf(of.repeat(length).slice(0, length), from.repeat(length).slice(0, length))
      for (const length of [1000, 30_000]) {
        expect(at(2 * length)).toBeLessThan(2.2 * at(length) + 1)
        expect(at(length)).toBeLessThan(40 * length)
      }
    })
  })
})

describe('an error without the token', () => {
  it.each([undefined, null, 5, {}])('S1.7: is made for %j in place of a token too', (token) => {
    const error = redacted(new Error('a message that is long enough'), token)
    expect(error).toMatchObject({ reason: 'verifier_failed', status: 503 })
  })
})

describe('what failed in a store, for operators', () => {
  it('S1.7: the message of an error of this package; of any other only the name', () => {
    const refused = Object.assign(new Error('connect redis.internal'), { code: 'ECONNREFUSED' })
    expect(storeFaultOf(RedisStoreError.late('SET', 1000, refused))).toBe(
      'RedisStoreError: SET: no answer within 1000 ms; the last attempt to connect: ECONNREFUSED',
    )
    expect(storeFaultOf(refused)).toBe('Error')
    expect(storeFaultOf('redis://:secret@host')).toBe('string')
  })
})
