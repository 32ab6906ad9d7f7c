/**
 * A protected server in a process of its own, whose heap is searched for tokens. The environment says how it
 * verifies tokens. Tells its parent its port; after each message, which names a file, writes a heap snapshot
 * to the file.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { writeHeapSnapshot } from 'node:v8'
import { nodeGate } from '../../dist/adapters/node.js'
import { createResourceServer, type ResourceServerOptions } from '../../dist/index.js'
import { createLocalStore } from './local-store.ts'

const { MODE = 'jwt', RESOURCE = '', ISSUER = '' } = process.env
const verification = MODE === 'shared store' ? 'hybrid' : MODE

const options: ResourceServerOptions = {
  resource: RESOURCE,
  authorizationServer: {
    issuer: ISSUER,
    ...(verification !== 'jwt' && {
      verification: verification as 'hybrid' | 'introspection',
      introspection: { clientId: 'bench', clientSecret: 'secret' },
    }),
  },
  requiredScopes: ['mcp:tools'],
  ...(MODE === 'shared store' && {
    sharedStore: {
      store: createLocalStore(),
      sealingKeys: randomBytes(32).toString('base64'),
      introspection: true,
      sessions: true,
    },
  }),
}

/** Tokens that the handler keeps on purpose, so that the search can be seen to work. */
const kept: (string | undefined)[] = []

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  for await (const _ of request);
  if (request.headers['x-keep'] !== undefined) kept.push(request.headers.authorization)
  if (request.headers['mcp-session-id'] === undefined && request.headers['x-open'] !== undefined) {
    response.setHeader('Mcp-Session-Id', randomUUID())
  }
  if (request.method === 'GET') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    response.write('data: {}\n\n')
    return
  }
  response.setHeader('Content-Type', 'application/json')
  response.end('{"jsonrpc":"2.0","id":1,"result":{}}')
}

const gate = nodeGate(createResourceServer(options), handle)
const server = createServer(gate)
server.keepAliveTimeout = 120_000
server.listen(Number(new URL(RESOURCE).port), '127.0.0.1', () =>
  process.send?.((server.address() as AddressInfo).port),
)
process.on('message', async (file: string) => {
  // What ended a moment ago may still be on the stack of a timer.
  await wait(200)
  globalThis.gc?.()
  await wait(200)
  globalThis.gc?.()
  writeHeapSnapshot(file)
  process.send?.(kept.length)
})
process.on('disconnect', () => process.exit())
