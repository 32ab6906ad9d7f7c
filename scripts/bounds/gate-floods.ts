/** Floods that go through the gate of a real server, with signed proofs and messages. */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { nodeGate } from '../../src/adapters/node.ts'
import type { ResourceServerOptions } from '../../src/index.ts'
import { createTestIssuer } from '../../src/testing/create-test-issuer.ts'
import { createDpopKey } from '../../src/testing/dpop-key.ts'
import { type Flood, number } from './flood.ts'

const RESOURCE = 'http://127.0.0.1/mcp'
const PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}'

/** A server behind the gate, on a port of its own. Its handler opens a session for `x-open`. */
async function guarded(options: Partial<ResourceServerOptions>) {
  const issuer = createTestIssuer({ resource: RESOURCE, scopes: ['mcp:tools'] })
  const resourceServer = issuer.resourceServer(options)
  let handled = 0
  const gate = nodeGate(resourceServer, (request, response) => {
    handled += 1
    if (request.headers['x-open'] !== undefined) {
      response.setHeader('Mcp-Session-Id', String(request.headers['x-open']))
    }
    response.setHeader('Content-Type', 'application/json')
    response.end('{"jsonrpc":"2.0","id":1,"result":{}}')
  })
  const server = createServer((request, response) => {
    // The proofs and the audience name the resource, not the port of this run.
    request.headers.host = '127.0.0.1'
    void gate(request, response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`
  return {
    issuer,
    handled: () => handled,
    async post(headers: Readonly<Record<string, string>>, body = PING, path = ''): Promise<number> {
      const response = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      })
      await response.arrayBuffer()
      return response.status
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await issuer.close()
    },
  }
}

/** How often each status was answered. */
function counted(statuses: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>()
  for (const status of statuses) counts.set(status, (counts.get(status) ?? 0) + 1)
  return counts
}

export const GATE_FLOODS: readonly Flood[] = [
  {
    bound: 'proofs (DPoP) of one subject, through the gate',
    async run(size) {
      const maxProofsPerSubject = Math.ceil(500 * size)
      await using server = await guarded({ dpop: { maxProofs: 1_000_000, maxProofsPerSubject } })
      const key = await createDpopKey()
      const headersOf = async (subject: string) => {
        const token = await server.issuer.token({ subject, dpop: key })
        return async () => ({ ...(await key.headers({ url: RESOURCE, token })) })
      }
      const [alice, bob] = [await headersOf('alice'), await headersOf('bob')]
      const statuses: number[] = []
      for (let at = 0; at < 2 * maxProofsPerSubject; at += 1) {
        statuses.push(await server.post(await alice()))
      }
      const other = await server.post(await bob())
      const [ok = 0, busy = 0] = [200, 503].map((status) => counted(statuses).get(status))
      return {
        sent: `${number(statuses.length)} signed proofs of one subject, with a limit of ${number(maxProofsPerSubject)}`,
        took: `${number(ok)} × 200, ${number(busy)} × 503; another subject: ${other}`,
        held: ok === maxProofsPerSubject && busy === maxProofsPerSubject && other === 200,
      }
    },
  },
  {
    bound: 'sessions of one caller, through an adapter',
    async run(size) {
      const maxPerPrincipal = Math.ceil(500 * size)
      await using server = await guarded({ sessions: { maxPerPrincipal } })
      const authorization = `Bearer ${await server.issuer.token({ subject: 'alice' })}`
      const other = `Bearer ${await server.issuer.token({ subject: 'bob' })}`
      const bobs = randomUUID()
      await server.post({ authorization: other, 'x-open': bobs })
      const ids = Array.from({ length: 2 * maxPerPrincipal }, () => randomUUID())
      for (const id of ids) await server.post({ authorization, 'x-open': id })
      const known = await server.post({ authorization: other, 'mcp-session-id': bobs })
      const statuses: number[] = []
      // The newest first, because a request keeps its session alive.
      for (const id of ids.toReversed()) {
        statuses.push(await server.post({ authorization, 'mcp-session-id': id }))
      }
      const [ok = 0, gone = 0] = [200, 404].map((status) => counted(statuses).get(status))
      return {
        sent: `${number(ids.length)} sessions of one caller, with a limit of ${number(maxPerPrincipal)}`,
        took: `${number(ok)} are known, ${number(gone)} are 404; the session of another caller: ${known}`,
        held: ok === maxPerPrincipal && gone === maxPerPrincipal && known === 200,
      }
    },
  },
  {
    bound: 'depth and size of an MCP message',
    async run() {
      const rules = { tools: { add: { scopes: ['mcp:tools'] } } }
      await using server = await guarded({ policy: rules } as never)
      const authorization = `Bearer ${await server.issuer.token()}`
      const call = (more: string) =>
        `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":${more}}}`
      const deep = [501, 10_000, 1_000_000].map((depth) => '['.repeat(depth) + ']'.repeat(depth))
      const wide = `{${Array.from({ length: 100_000 }, (_, at) => `"a${at}":1`).join(',')}}`
      const twice = `${wide.slice(0, -1)},"a0":2}`
      const large = `"${'x'.repeat(5 * 2 ** 20)}"`
      const statuses: number[] = []
      for (const more of [...deep, twice, large]) {
        statuses.push(await server.post({ authorization }, call(more)))
      }
      const good = await server.post({ authorization }, call(wide))
      return {
        sent: '501, 10 000 and 1 000 000 levels; 100 000 members, the first one twice; 5 MiB',
        took: `${statuses.join(', ')}; 100 000 members once: ${good}; the handler saw ${server.handled()} message`,
        held:
          statuses.every((status) => status === 400 || status === 413) &&
          good === 200 &&
          server.handled() === 1,
      }
    },
  },
  {
    bound: 'logout tokens, through the endpoint',
    async run(size) {
      const maxRevocations = Math.max(100, 1000 * size)
      await using server = await guarded({
        authorizationServer: { backchannelLogout: { clientIds: 'test-client' } },
        revocation: { maxRevocations },
      } as never)
      const early = `Bearer ${await server.issuer.token({ subject: 'carol' })}`
      const statuses: number[] = []
      for (let at = 0; at < maxRevocations + 50; at += 1) {
        const form = new URLSearchParams({
          logout_token: await server.issuer.logoutToken({ session: randomUUID() }),
        })
        const type = { 'content-type': 'application/x-www-form-urlencoded' }
        statuses.push(await server.post(type, form.toString(), '/backchannel-logout'))
      }
      const [ok = 0, busy = 0] = [200, 503].map((status) => counted(statuses).get(status))
      const after = await server.post({ authorization: early })
      return {
        sent: `${number(statuses.length)} signed logout tokens, each for another session, with a limit of ${number(maxRevocations)}`,
        took: `${number(ok)} × 200, then ${number(busy)} × 503, because no more ids are remembered; the list was full, so an older token is ${after}`,
        held: ok === maxRevocations && busy === 50 && after === 401,
      }
    },
  },
]
