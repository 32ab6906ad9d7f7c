import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import {
  createHybridVerifier,
  createIntrospectionVerifier,
  createJwtVerifier,
  type SingleIssuerOptions,
  type TokenVerifier,
} from '../../src/index.ts'
import { answerAtEndpoint } from '../support/adapter.ts'
import { allowed, ask, eventually, unavailable } from '../support/decisions.ts'
import { held, resetBeforeHeaders } from '../support/issuers/answers.ts'
import { describe, expect, it } from '../support/issuers/it.ts'
import { CREDENTIALS, RESOURCE, startIssuer } from '../support/issuers/local-issuer.ts'
import type { LoopbackServer } from '../support/issuers/loopback-server.ts'
import { listenDuringTest } from '../support/loopback.ts'

/** Runs a program in a new process until it ends. */
async function run(program: string, ...args: string[]) {
  const source = new URL('../../src/index.ts', import.meta.url).href
  const code = `import { createResourceServer } from ${JSON.stringify(source)}\n${program}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [output, [exitCode]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  return { output: output.trim(), exitCode }
}

/** Counts the connections that the work opens or tries to open. */
async function connectionsMade(server: LoopbackServer, work: () => Promise<void>): Promise<number> {
  const before = server.accepted
  await work()
  return server.accepted - before
}

const NEW_GATE = `
const [issuer, token, start] = process.argv.slice(1)
let now = Number(start)
const gate = createResourceServer({
  resource: 'https://mcp.example.com/mcp',
  authorizationServer: { issuer },
  clock: () => now,
  http: { timeout: 300, headersTimeout: 300 },
})
const ask = () =>
  gate.authenticate({ method: 'GET', url: '/', headers: { authorization: 'Bearer ' + token } })
`

describe('close()', () => {
  it('lets the process end, with idle connections or without', async ({ issuer }) => {
    const program = `${NEW_GATE}
      console.log((await ask()).outcome)
      await gate.close()`
    const ended = await run(program, issuer.issuer, await issuer.token(), String(issuer.clock()))
    expect(ended).toEqual({ output: 'allowed', exitCode: 0 })
  })

  it('lets the process end while a refresh in the background hangs', async ({ issuer }) => {
    const [token, hanging] = [await issuer.token(), held(() => {})]
    let fetches = 0
    issuer.keys.answers((received, response) => {
      fetches += 1
      if (fetches > 1) return hanging.answer(received, response)
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ keys: [issuer.signer.publicKey] }))
    })
    const program = `${NEW_GATE}
      await gate.ready()
      now += 301_000
      console.log((await ask()).outcome)
      await gate.close()`
    const ended = await run(program, issuer.issuer, token, String(issuer.clock()))
    expect(ended).toEqual({ output: 'allowed', exitCode: 0 })
    expect(fetches).toBeLessThanOrEqual(2)
  })

  it('ends the calls under way: their callers get 503', async ({ issuer }) => {
    const waiting = held(issuer.active())
    issuer.introspection.answers(waiting.answer)
    const gate = issuer.introspectingGate()
    const decision = ask(gate, 'opaque')
    await waiting.arrived
    await gate.close()
    expect(await decision).toEqual(unavailable('introspection_unavailable'))
    await eventually(async () => expect(waiting.abandoned).toBe(true))
  })

  it('may be called before the first call, and twice', async ({ issuer }) => {
    const gate = issuer.gate()
    await gate.close()
    await gate.close()
    expect(issuer.server.count()).toBe(0)
  })

  it('refuses every later token, including cached ones, and opens no connection', async ({
    issuer,
  }) => {
    const [used, unused] = [issuer.gate(), issuer.gate()]
    const token = await issuer.token()
    expect(await ask(used, token)).toMatchObject(allowed)
    const connections = await connectionsMade(issuer.server, async () => {
      for (const gate of [used, unused]) {
        await gate.close()
        for (const shown of [token, await issuer.token(), 'opaque']) {
          expect(await ask(gate, shown)).toEqual(unavailable('closed'))
        }
        await expect(gate.ready()).rejects.toMatchObject({ status: 503, reason: 'closed' })
        await expect(gate.verify(token)).rejects.toMatchObject({ status: 503, reason: 'closed' })
      }
    })
    expect(connections).toBe(0)
  })

  it.each<[string, (options: SingleIssuerOptions) => TokenVerifier]>([
    ['createJwtVerifier', (options) => createJwtVerifier(options)],
    [
      'createHybridVerifier',
      (options) => createHybridVerifier({ ...options, introspection: CREDENTIALS }),
    ],
    [
      'createIntrospectionVerifier',
      (options) => createIntrospectionVerifier({ ...options, introspection: CREDENTIALS }),
    ],
  ])('ends a verifier of %s before its first use', async (_name, create) => {
    await using issuer = await startIssuer()
    const verifier = create({ issuer: issuer.issuer, audience: RESOURCE, clock: issuer.clock })
    await verifier.close?.()
    const closed = { name: 'UnavailableError', status: 503, reason: 'closed' }
    await expect(verifier.verify(await issuer.token())).rejects.toMatchObject(closed)
    await expect(verifier.ready?.()).rejects.toMatchObject(closed)
    expect(issuer.server.count()).toBe(0)
  })

  it('ends the mirrored metadata documents', async ({ issuer }) => {
    const gate = issuer.gate({}, { mirrorAuthorizationServerMetadata: true })
    await gate.close()
    const url = 'https://mcp.example.com/.well-known/openid-configuration/mcp'
    const answer = await answerAtEndpoint(gate, { method: 'GET', url, headers: {} })
    expect(answer).toMatchObject({ status: 503 })
    expect(issuer.server.count()).toBe(0)
  })

  it('ends connections that were replaced and still have a call on them', async ({ issuer }) => {
    const hanging = held(issuer.active())
    let asked = 0
    issuer.introspection.answers((received, response) => {
      asked += 1
      // The first waits; the second loses its connection, so that all are replaced.
      if (asked === 1) return hanging.answer(received, response)
      if (asked === 2) return resetBeforeHeaders()(received, response)
      return issuer.active()(received, response)
    })
    const gate = issuer.introspectingGate({ http: { timeout: 300, headersTimeout: 300 } })
    const first = ask(gate, 'first')
    await hanging.arrived
    expect(await ask(gate, 'second')).toMatchObject(allowed)
    await gate.close()
    expect(await first).toEqual(unavailable('introspection_unavailable'))
    await eventually(async () => expect(hanging.abandoned).toBe(true))
    await eventually(async () => expect(issuer.server.connected()).toBe(0))
  })

  it('ends connections that were replaced before they were open', async ({ issuer }) => {
    const sockets: Socket[] = []
    // Speaks no TLS: the first and the third wait for it, the second is reset.
    const mute = createServer((socket) => {
      sockets.push(socket)
      socket.on('error', () => {}).resume()
      if (sockets.length === 2) socket.resetAndDestroy()
    })
    const { port } = await listenDuringTest(mute)
    const endpoint = `https://127.0.0.1:${port}/introspect`
    const gate = issuer.gate(
      { verification: 'introspection', introspection: { ...CREDENTIALS, endpoint } },
      { http: { timeout: 300, headersTimeout: 300, connectTimeout: 300, reuseConnections: false } },
    )
    const decisions = [ask(gate, 'first')]
    await eventually(async () => expect(sockets).toHaveLength(1))
    decisions.push(ask(gate, 'second'))
    await eventually(async () => expect(sockets).toHaveLength(3))
    await gate.close()
    for (const decision of await Promise.all(decisions)) {
      expect(decision).toEqual(unavailable('introspection_unavailable'))
    }
    await eventually(async () => expect(sockets.every((socket) => socket.destroyed)).toBe(true))
  })

  it('does not send calls that wait in the queue', async ({ issuer }) => {
    const hanging = held(issuer.active())
    issuer.introspection.answers(hanging.answer)
    const gate = issuer.introspectingGate({
      http: { timeout: 300, headersTimeout: 300, connections: 1 },
    })
    const asked = ['one', 'two', 'three'].map((token) => ask(gate, token))
    await hanging.arrived
    await gate.close()
    for (const decision of await Promise.all(asked)) {
      expect(decision).toEqual(unavailable('introspection_unavailable'))
    }
    expect(issuer.introspection.count()).toBe(1)
  })

  it('ends calls of a given fetch that ignores its signal', async ({ issuer }) => {
    const called = Promise.withResolvers<void>()
    const fetch: typeof globalThis.fetch = () => {
      called.resolve()
      return new Promise(() => {})
    }
    const gate = issuer.introspectingGate({ http: { fetch, timeout: 300, headersTimeout: 300 } })
    const decision = ask(gate, 'opaque')
    await called.promise
    await gate.close()
    expect(await decision).toEqual(unavailable('introspection_unavailable'))
  })

  it('does not affect other gates', async ({ issuer }) => {
    const [one, other] = [issuer.gate(), issuer.gate()]
    await Promise.all([one.ready(), other.ready()])
    await one.close()
    expect(await ask(other, await issuer.token())).toMatchObject(allowed)
  })
})
