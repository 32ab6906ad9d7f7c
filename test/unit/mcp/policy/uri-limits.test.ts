import { describe, expect, it } from 'vitest'
import { ask, call, readOf, refused, serverWith } from './callers.ts'

const LONGEST = 2048
const server = serverWith({ resources: { 'docs:///{+path}': 'allow' } })
const uriOf = (length: number, at: number) => `docs:///${at}`.padEnd(length, 'a')
const reads = (count: number, length: number) =>
  Array.from({ length: count }, (_, at) => readOf(uriOf(length, at), at))

describe('the limit for the URIs of one request', () => {
  it('S1.6: is 32768 characters for all calls of a batch together', async () => {
    const most = reads(16, LONGEST)
    expect(await ask(server, { message: most })).toMatchObject({ outcome: 'allowed' })
    const one = [...most, readOf('docs:///x', 99)]
    for (const message of [one, reads(100, LONGEST)]) {
      const decision = await ask(server, { message })
      expect(decision).toMatchObject(refused(400, 'body_malformed', -32600, null))
    }
  })

  it('S1.6: counts the escapes of letters beyond ASCII', async () => {
    const words = (count: number) => [readOf(`docs:///${'\u65e5'.repeat(count)}`)]
    expect(encodeURI('\u65e5')).toHaveLength(9)
    expect(await ask(server, { message: words(2000) })).toMatchObject({ outcome: 'allowed' })
    const both = [...words(2000), ...words(2000)]
    expect(await ask(server, { message: both })).toMatchObject(
      refused(400, 'body_malformed', -32600, null),
    )
  })

  it('S1.6: counts the URIs of subscriptions and completions', async () => {
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

  it('S1.6: does not count the names of tools and prompts, which are not matched', async () => {
    const open = serverWith({ default: 'allow' })
    const name = 'x'.repeat(LONGEST)
    for (const method of ['tools/call', 'prompts/get']) {
      const message = Array.from({ length: 17 }, (_, at) => call(method, { name }, at))
      expect(await ask(open, { message })).toMatchObject({ outcome: 'allowed' })
    }
  })
})
