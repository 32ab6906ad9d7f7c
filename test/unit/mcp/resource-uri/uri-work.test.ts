import { describe, expect, it } from 'vitest'
import { readingsOf } from '../../../../src/mcp/resource-uri/uri-readings.ts'
import { ask, call, readOf, refused, serverWith } from '../policy/callers.ts'

const LONGEST = 2048
const server = serverWith({ resources: { 'docs:///{+path}': 'allow' } })
const uriOf = (length: number, at: number) => `docs:///${at}`.padEnd(length, 'a')
const reads = (count: number, length: number) =>
  Array.from({ length: count }, (_, at) => readOf(uriOf(length, at), at))

describe('what one request can have matched', () => {
  it('S1.6: 32768 characters of URIs in a batch, and no more', async () => {
    const most = reads(16, LONGEST)
    expect(await ask(server, { message: most })).toMatchObject({ outcome: 'allowed' })
    const one = [...most, readOf('docs:///x', 99)]
    for (const message of [one, reads(100, LONGEST)]) {
      const decision = await ask(server, { message })
      expect(decision).toMatchObject(refused(400, 'body_malformed', -32600, null))
    }
  })

  it('S1.6: letters beyond ASCII count as the escapes that they are matched with', async () => {
    const words = (count: number) => [readOf(`docs:///${'\u65e5'.repeat(count)}`)]
    expect(encodeURI('\u65e5')).toHaveLength(9)
    expect(await ask(server, { message: words(2000) })).toMatchObject({ outcome: 'allowed' })
    const both = [...words(2000), ...words(2000)]
    expect(await ask(server, { message: both })).toMatchObject(
      refused(400, 'body_malformed', -32600, null),
    )
  })

  it('S1.6: the same of subscriptions and completions', async () => {
    const uris = Array.from({ length: 17 }, (_, at) => uriOf(LONGEST, at))
    const notifications = (count: number) => ({
      notifications: { resourceSubscriptions: uris.slice(0, count) },
    })
    const listen = (count: number) => ({
      message: call('subscriptions/listen', notifications(count)),
    })
    expect(await ask(server, listen(16))).toMatchObject({ outcome: 'allowed' })
    expect(await ask(server, listen(17))).toMatchObject(refused(400, 'body_malformed', -32600))
    const message = uris.map((uri, at) =>
      call('completion/complete', { ref: { type: 'ref/resource', uri } }, at),
    )
    expect(await ask(server, { message })).toMatchObject(refused(400, 'body_malformed', -32600))
  })

  it.each([
    ['plain', 'docs:///', 'a/'],
    ['escapes', 'docs:///', '%41'],
    ['parameters', 'docs:///?', 'a=b&'],
    ['dots', 'docs:///', '.'],
    ['blanks', 'docs:///', '%20'],
    ['colons', 'docs://', ':1'],
    ['equals signs', 'docs:///?', '=%2F'],
    ['everything', 'docs://h:1/a.%2F?q=+', 'a%3F%23'],
  ])('S1.6: the readings of a URI grow as it does: %s', (_name, start, unit) => {
    const total = (length: number) => {
      const readings = readingsOf(start + unit.repeat(length / unit.length), false)
      return readings.reduce((sum, { length }) => sum + length, 0)
    }
    expect(total(LONGEST) / total(LONGEST / 2)).toBeLessThan(2.1)
    // However many readings there are, they are few for the greatest length.
    expect(total(LONGEST)).toBeLessThan(LONGEST * 160)
  })
})
