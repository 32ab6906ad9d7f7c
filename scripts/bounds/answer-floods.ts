/** What a slow, endless or compressed authorization server costs. It is a real server on loopback. */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { createResourceServer, type ResourceServerOptions } from '../../src/index.ts'
import { createTokenExchanger } from '../../src/token-exchange/token-exchanger.ts'
import { type Flood, number } from './flood.ts'

const RESOURCE = 'https://mcp.example.com/mcp'
const CLIENT = { clientId: 'mcp', clientSecret: 'the-secret-of-this-server' }
const MIB = 2 ** 20

/** Starts an authorization server that answers every request in this way. */
async function serverThat(answers: (response: ServerResponse) => void) {
  let [requests, connections] = [0, 0]
  const server = createServer((request, response) => {
    requests += 1
    request.resume()
    answers(response)
  })
  server.on('connection', () => {
    connections += 1
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    issuer,
    requests: () => requests,
    connections: () => connections,
    gate: (http: NonNullable<ResourceServerOptions['http']> = {}) =>
      createResourceServer({
        resource: RESOURCE,
        authorizationServer: {
          issuer,
          verification: 'introspection',
          introspection: { ...CLIENT, endpoint: `${issuer}/introspect` },
        },
        http,
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const reasonOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'allowed',
    (error: { reason?: string }) => error.reason ?? 'error',
  )

const JSON_TYPE = { 'content-type': 'application/json' }

/** Writes until the other side leaves, as fast as it reads. */
async function endless(response: ServerResponse, onEnd: (bytes: number) => void): Promise<void> {
  response.writeHead(200, JSON_TYPE)
  const block = 'x'.repeat(64 * 1024)
  const closed = once(response, 'close')
  let sent = 0
  while (!response.destroyed && sent < 100 * MIB) {
    sent += block.length
    if (!response.write(block)) await Promise.race([once(response, 'drain'), closed])
  }
  onEnd(sent)
  response.destroy()
}

export const ANSWER_FLOODS: readonly Flood[] = [
  {
    bound: 'size of an answer of the authorization server',
    async run() {
      const sent: number[] = []
      await using server = await serverThat((response) => {
        void endless(response, (bytes) => sent.push(bytes))
      })
      const gate = server.gate()
      const reason = await reasonOf(gate.verify('opaque-token-of-a-caller'))
      await gate.close()
      while (sent.length === 0) await new Promise((resolve) => setImmediate(resolve))
      const most = Math.max(...sent)
      return {
        sent: 'an answer without an end',
        took: `${(most / MIB).toFixed(1)} MiB left the server, with the buffers of the sockets; 503`,
        held: most < 32 * MIB && reason === 'introspection_unavailable',
      }
    },
  },
  {
    bound: 'decompression',
    async run(size) {
      const body = gzipSync(Buffer.alloc(64 * MIB * size, 'x'))
      await using server = await serverThat((response) => {
        response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' })
        response.end(body)
      })
      const gates = [server.gate(), server.gate({ fetch: globalThis.fetch })]
      const reasons = await Promise.all(gates.map((gate) => reasonOf(gate.verify('opaque-token'))))
      await Promise.all(gates.map((gate) => gate.close()))
      return {
        sent: `${number(Math.round(body.length / 1024))} KiB that are ${64 * size} MiB of JSON`,
        took: 'the built-in client decompresses nothing; a given fetch is cut at 1 MiB; 503',
        held: reasons.every((reason) => reason.startsWith('introspection_')),
      }
    },
  },
  {
    bound: 'calls that run or wait in a lane',
    async run() {
      const waiting: ServerResponse[] = []
      await using server = await serverThat((response) => void waiting.push(response))
      const gate = server.gate({ timeout: 300, headersTimeout: 300 })
      const count = 5000
      const asked = Array.from({ length: count }, (_, at) => reasonOf(gate.verify(`opaque-${at}`)))
      let busy = 0
      for (const one of asked) {
        void one.then(() => {
          busy += 1
        })
      }
      // Those over the bound are answered at once. The others wait for the server.
      while (busy < count - 1024 || waiting.length < 16) {
        await new Promise((resolve) => setImmediate(resolve))
      }
      const [refused, connections, requests] = [busy, server.connections(), server.requests()]
      await gate.close()
      await Promise.all(asked)
      return {
        sent: `${number(count)} opaque tokens at once, to a server that does not answer`,
        took: `${connections} connections, ${requests} requests; ${number(refused)} answered with 503 at once`,
        held: connections === 16 && requests === 16 && refused === count - 1024,
      }
    },
  },
  {
    bound: 'time of an answer, also at a byte a second',
    async run() {
      const timers: NodeJS.Timeout[] = []
      await using server = await serverThat((response) => {
        response.writeHead(200, JSON_TYPE)
        timers.push(setInterval(() => response.write(' '), 20))
      })
      const gate = server.gate({ timeout: 0.5 })
      const started = performance.now()
      const reason = await reasonOf(gate.verify('opaque-token-of-a-caller'))
      const time = performance.now() - started
      await gate.close()
      for (const timer of timers) clearInterval(timer)
      return {
        sent: 'an answer of 50 bytes a second, with a limit of 0.5 s',
        took: `${server.requests()} request, ended after ${Math.round(time)} ms; 503`,
        held: server.requests() === 1 && reason === 'introspection_unavailable',
      }
    },
  },
  {
    bound: 'exchanges of tokens that wait for the authorization server',
    async run() {
      const waiting: ServerResponse[] = []
      await using server = await serverThat((response) => void waiting.push(response))
      const { issuer } = server
      const endpoint = `${issuer}/token`
      const http = { timeout: 300, headersTimeout: 300 }
      const exchanger = createTokenExchanger({ issuer, endpoint, ...CLIENT, http })
      const count = 5000
      let busy = 0
      const exchange = async (at: number): Promise<void> => {
        const subject = { token: `opaque-${at}` }
        await reasonOf(exchanger.exchange(subject, { audience: 'orders' }))
        busy += 1
      }
      const asked = Array.from({ length: count }, (_, at) => exchange(at))
      // The same exchange by many callers is one call.
      const again = Array.from({ length: 100 }, () => exchange(0))
      while (busy < count - 1024 || waiting.length < 16) {
        await new Promise((resolve) => setImmediate(resolve))
      }
      const [refused, connections, requests] = [busy, server.connections(), server.requests()]
      await exchanger.close()
      await Promise.all([...asked, ...again])
      return {
        sent: `${number(count)} tokens at once to exchange, one of them 101 times, at a server that does not answer`,
        took: `${connections} connections, ${requests} requests; ${number(refused)} answered with 503 at once`,
        held: connections === 16 && requests === 16 && refused === count - 1024,
      }
    },
  },
]
