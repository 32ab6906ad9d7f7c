import { once } from 'node:events'
import { createServer, request as request1 } from 'node:http'
import { describe, expect, it } from 'vitest'
import { fetchGate } from '../../../src/adapters/fetch.ts'
import { nodeGate } from '../../../src/adapters/node.ts'
import { countStreams } from '../../conformance/watched-streams.ts'
import { adapterFor } from '../../support/adapter.ts'
import { eventually } from '../../support/decisions.ts'
import { listenOnLoopback } from '../../support/loopback.ts'
import { RESOURCE, signToken, testResourceServer } from '../../support/tokens.ts'

const token = await signToken({ claims: { sid: 's1' } })
const authorization = `Bearer ${token}`
const EVENTS = { 'content-type': 'text/event-stream' }

function scene() {
  const server = testResourceServer()
  return { server, streams: countStreams(adapterFor(server)) }
}

/** A handler's stream, and the reasons that it was cancelled with. */
function source() {
  const cancelled: unknown[] = []
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  const body = new ReadableStream<Uint8Array>({
    start(given) {
      controller = given
    },
    cancel: (reason) => void cancelled.push(reason),
  })
  return {
    body,
    cancelled,
    end: () => controller?.close(),
    fail: () => controller?.error(new Error()),
  }
}

describe('an event stream is no longer watched', () => {
  it('REV-1: after its caller left before the handler of a Node server began to answer', async () => {
    const { server, streams } = scene()
    const began = Promise.withResolvers<void>()
    const answered = Promise.withResolvers<void>()
    const listener = nodeGate(server, async (_request, response) => {
      began.resolve()
      await once(response, 'close')
      response.writeHead(200, EVENTS).write('data: 1\n\n')
      answered.resolve()
    })
    const { port, close } = await listenOnLoopback(createServer(listener))
    const asked = request1({ port, host: '127.0.0.1', path: '/mcp', headers: { authorization } })
    asked.on('error', () => {})
    asked.end()
    await began.promise
    asked.destroy()
    await answered.promise
    expect(streams()).toBe(0)
    await close()
  })

  it('REV-1: after its caller left, even if the server does not cancel the body', async () => {
    const { server, streams } = scene()
    for (const early of [true, false]) {
      const { body, cancelled } = source()
      const handler = fetchGate(server, () => new Response(body, { headers: EVENTS }))
      const leaving = new AbortController()
      // It stays as it is: the check of the request ends with its signal too.
      const signal = leaving.signal
      const asked = new Request(RESOURCE, { headers: { authorization }, signal })
      const response = await handler(asked)
      if (!early) expect(streams()).toBe(1)
      leaving.abort()
      await eventually(() => expect(cancelled).toEqual(['the caller has left']))
      expect(await response.text()).toBe('')
      expect(streams()).toBe(0)
    }
  })

  it('REV-1: after it ended, failed or was cancelled, or its token was revoked', async () => {
    const { server, streams } = scene()
    const open = async () => {
      const made = source()
      const handler = fetchGate(server, () => new Response(made.body, { headers: EVENTS }))
      const response = await handler(new Request(RESOURCE, { headers: { authorization } }))
      expect(streams()).toBe(1)
      return { ...made, response }
    }
    const ending = await open()
    ending.end()
    expect(await ending.response.text()).toBe('')
    expect(streams()).toBe(0)
    const failing = await open()
    failing.fail()
    await expect(failing.response.text()).rejects.toThrow()
    expect(streams()).toBe(0)
    const left = await open()
    await left.response.body?.cancel('enough')
    expect(streams()).toBe(0)
    const revoked = await open()
    await server.revoke({ session: 's1' })
    expect(await revoked.response.text()).toBe('')
    expect(revoked.cancelled).toEqual(['the access token has been revoked'])
    expect(streams()).toBe(0)
  })
})
