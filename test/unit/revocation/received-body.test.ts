import { describe, expect, it } from 'vitest'
import type { ResourceRequest } from '../../../src/http/resource-request.ts'
import { mediaTypeOf, readReceivedBody } from '../../../src/revocation/received-body.ts'

const requestWith = (more: object): ResourceRequest => ({
  ...{ method: 'POST', url: '/logout', headers: {} },
  ...more,
})

describe('the media type of a message', () => {
  it.each<[unknown, string | undefined]>([
    [undefined, undefined],
    ['', ''],
    ['text/plain', 'text/plain'],
    ['Text/PLAIN', 'text/plain'],
    [' text/plain ', 'text/plain'],
    ['text/plain; charset=utf-8', 'text/plain'],
    ['text/plain ;charset=utf-8;x', 'text/plain'],
    [['text/plain'], 'text/plain'],
    [['text/plain', 'text/plain'], undefined],
  ])('is read in lower case, without parameters, from one header field: %j', (type, expected) => {
    expect(mediaTypeOf(requestWith({ headers: { 'content-type': type } }))).toBe(expected)
  })
})

describe('the body of a message', () => {
  const bytes = new TextEncoder().encode('caf\u00e9')
  const large = 'it is missing or too large'
  const unreadable = 'the body cannot be read'
  const missing = 'the body is missing or has more than 131072 bytes'

  it.each<[string, unknown, unknown]>([
    ['bytes', bytes, 'caf\u00e9'],
    ['bytes, when they are asked for', async () => bytes, 'caf\u00e9'],
    ['a text', 'text', 'text'],
    ['an empty text', '', ''],
    ['an object', { logout_token: 'a' }, { logout_token: 'a' }],
    ['a parsed text, when it is asked for', async () => ({ parsed: 'text' }), 'text'],
    ['a parsed object, when it is asked for', async () => ({ parsed: { a: 1 } }), { a: 1 }],
  ])('S1.13: is a text or an object: %s', async (_name, message, expected) => {
    expect(await readReceivedBody(requestWith({ message }))).toEqual(expected)
  })

  it.each<[string, unknown, string]>([
    ['nothing', undefined, missing],
    [large, async () => undefined, missing],
    ['null', null, unreadable],
    ['a number', 5, unreadable],
    ['a list', ['a'], unreadable],
    ['a parsed list', async () => ({ parsed: ['a'] }), unreadable],
    ['a parsed number', async () => ({ parsed: 5 }), unreadable],
  ])('S1.13: is refused if it is anything else: %s', async (_name, message, why) => {
    const read = readReceivedBody(requestWith({ message }))
    await expect(read).rejects.toMatchObject({
      name: 'RefusedMessage',
      fault: 'request',
      message: why,
    })
  })

  it('S1.13: is read up to 128 KiB', async () => {
    const limits: number[] = []
    const message = async (limit: number) => {
      limits.push(limit)
      return bytes
    }
    await readReceivedBody(requestWith({ message }))
    expect(limits).toEqual([131_072])
  })
})
