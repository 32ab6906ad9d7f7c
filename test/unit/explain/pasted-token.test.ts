import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { NoTokenError, readPastedToken } from '../../../src/explain/pasted-token.ts'
import { cpuSecondsOf, LINEAR_SECONDS } from '../../support/cpu-time.ts'

const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2lnbmF0dXJl'
const read = (text: string | Uint8Array) => readPastedToken(Buffer.from(text))

describe('readPastedToken', () => {
  it.each([
    ['the token alone', JWT],
    ['blanks and a line break around it', `\r\n  ${JWT}\t\n`],
    ['an opaque token', 'opaque-token'],
  ])('takes %s, without a note', (_what, text) => {
    expect(read(text)).toEqual({ token: text.trim(), notes: [] })
  })

  it.each([
    ['Bearer', `Bearer ${JWT}`, 'scheme'],
    ['DPoP in lower case', `dpop ${JWT}\n`, 'scheme'],
    ['quotes', `"${JWT}"`, 'quotes'],
    ['quotes around Bearer', `'Bearer ${JWT}',`, 'quotes'],
    ['a header', `Authorization: Bearer ${JWT}\n`, 'header'],
    [
      'a curl command',
      `curl -s https://mcp.example.com/mcp \\\n  -H 'content-type: a' -H 'authorization: Bearer ${JWT}' --data '{}'`,
      'header',
    ],
    ['a header in JSON', `{"headers": {"Authorization": "Bearer ${JWT}"}}`, 'header'],
    [
      'the same header twice',
      `Authorization: Bearer ${JWT}\nAuthorization: Bearer ${JWT}`,
      'header',
    ],
    [
      'a token response',
      `{"access_token":"${JWT}","refresh_token":"r","id_token":"i"}`,
      'response',
    ],
    ['a redirect', `https://app.example.com/#access_token=${JWT}&token_type=Bearer`, 'parameter'],
    ['a token in lines', JWT.replace(/.{10}/g, '$&\n'), 'line breaks'],
  ])('takes the token out of %s, and says so', (_what, text, note) => {
    const { token, notes } = read(text)
    expect(token).toBe(JWT)
    expect(notes.join()).toContain(note)
  })

  it.each([
    ['nothing', '', 'nothing was given'],
    ['blanks', ' \n\t', 'nothing was given'],
    ['Bearer alone', '"Bearer  "', 'nothing was given|words'],
    ['several tokens', `${JWT}\n${JWT}A\n`, '2 different tokens'],
    ['several headers', `Authorization: Bearer a\nAuthorization: Bearer b`, '2 different tokens'],
    ['several words', 'this is not a token', '5 words'],
    ['binary data', new Uint8Array([0xff, 0xfe, 0, 1]), 'not text'],
    ['control characters', 'abc\u0000def', 'binary'],
    ['broken JSON', '{"access_token": ', 'begins like JSON'],
    ['a repeated member', '{"access_token":"a","access_token":"b"}', 'begins like JSON'],
    ['a JSON list', '[1]', 'a JSON list'],
    ['an error response', '{"error":"invalid_grant"}', 'an error response'],
    ['a response without a token', '{"id_token":"a.b.c"}', 'a token response without'],
    ['an introspection answer', '{"active":true}', 'an introspection answer'],
    ['a key set', '{"keys":[]}', 'a key set'],
    ['claims', '{"iss":"https://sso.example.com","aud":"a"}', 'a decoded token'],
    ['an empty token', '{"access_token":""}', 'without "access_token"'],
    ['a key', '-----BEGIN PRIVATE KEY-----\nabc', 'PEM'],
    ['deep nesting', `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`, 'begins like JSON'],
  ])('refuses %s, and quotes nothing of it', (_what, text, message) => {
    expect(() => read(text)).toThrow(NoTokenError)
    expect(() => read(text)).toThrow(new RegExp(message))
  })

  it('reads a megabyte of anything in linear time, and fails only by name', async () => {
    const shapes = [
      'a'.repeat(1e6),
      `${'ab '.repeat(3e5)}`,
      `${`${JWT}\n`.repeat(2e4)}`,
      'Authorization: Bearer '.repeat(4e4),
      `"${' '.repeat(1e6)}"`,
      'bearer '.repeat(1e5),
      '-'.repeat(1e6),
      'access_token='.repeat(7e4),
    ]
    for (const shape of shapes) {
      const work = () => {
        try {
          readPastedToken(Buffer.from(shape))
        } catch (error) {
          expect(error).toBeInstanceOf(NoTokenError)
        }
      }
      expect(await cpuSecondsOf(work)).toBeLessThan(10 * LINEAR_SECONDS)
    }
    for (let count = 0; count < 200; count += 1) {
      try {
        readPastedToken(randomBytes(count))
      } catch (error) {
        expect(error).toBeInstanceOf(NoTokenError)
      }
    }
  })
})
