/**
 * A protected server in a process of its own, whose heap is searched for secrets. The environment says what it is
 * like. Tells its parent its port; after each message, which names a file, writes a heap snapshot to the file.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { writeHeapSnapshot } from 'node:v8'
import { nodeGate } from '../../dist/adapters/node.js'
import {
  createCachedVerifier,
  createIntrospectionVerifier,
  createResourceServer,
  type ResourceServerOptions,
} from '../../dist/index.js'
import { createTokenExchanger } from '../../dist/token-exchange/token-exchanger.js'
import { writeByteArrays } from './byte-arrays.ts'
import { createLocalStore } from './local-store.ts'
import type { Mode } from './modes.ts'
import { keepPublished } from './observers.ts'

const { RESOURCE = '', ISSUER = '' } = process.env
const mode = JSON.parse(process.env.MODE ?? '{}') as Mode

/** The clock is put forward when the client secret changes, because a function is not asked again at once. */
let ahead = 0
const clock = (): number => Date.now() + ahead

const client = {
  clientId: 'bench',
  // Read at each call, so that no variable of this module keeps it.
  clientSecret: () => process.env[ahead === 0 ? 'FIRST_SECRET' : 'SECOND_SECRET'] ?? '',
}

const options: ResourceServerOptions = {
  resource: RESOURCE,
  requiredScopes: ['mcp:tools'],
  clock,
  authorizationServer: {
    issuer: ISSUER,
    ...(mode.verification !== 'jwt' &&
      mode.cachedVerifier !== true && {
        verification: mode.verification,
        introspection: client,
      }),
  },
  ...(mode.cachedVerifier === true && {
    verifier: createCachedVerifier(
      createIntrospectionVerifier({
        issuer: ISSUER,
        audience: RESOURCE,
        introspection: client,
        allowInsecureHttp: true,
      }),
    ),
  }),
  ...(mode.nonces === true && { dpop: { nonce: 'required' as const } }),
  ...(mode.sharedStore === true && {
    sharedStore: {
      store: createLocalStore(),
      sealingKeys: randomBytes(32).toString('base64'),
      introspection: true,
      sessions: true,
    },
  }),
}

/** Secrets that the handler keeps on purpose, in different forms, so that the search can be seen to work. */
const kept: unknown[] = []
const KEEPING: Readonly<Record<string, (secret: string) => unknown>> = {
  text: (secret) => secret,
  'two-byte text': (secret) => JSON.parse(JSON.stringify(`${secret} \u{1F511}`)),
  piece: (secret) => ({ [secret.slice(-60, -10)]: true }),
  bytes: (secret) => Buffer.from(secret),
  'two-byte bytes': (secret) => Buffer.from(secret, 'utf16le'),
}

const published = mode.observed === true ? keepPublished() : undefined
const exchanger =
  mode.exchanged === undefined
    ? undefined
    : createTokenExchanger({ issuer: ISSUER, ...client, maxEntries: mode.exchanged, clock })

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  for await (const _ of request);
  const { authorization = '', 'x-keep': keep } = request.headers
  if (keep !== undefined) kept.push(KEEPING[String(keep)]?.(authorization))
  if (request.headers['mcp-session-id'] === undefined && request.headers['x-open'] !== undefined) {
    response.setHeader('Mcp-Session-Id', randomUUID())
  }
  if (request.method === 'GET') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    response.write('data: {}\n\n')
    return
  }
  const token = authorization.split(' ')[1] ?? ''
  const expiresAt = clock() / 1000 + 60
  const audience = 'https://orders.example.com'
  const result = await exchanger?.exchange({ token, expiresAt }, { audience })
  response.setHeader('Content-Type', 'application/json')
  response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result: result ?? {} }))
}

const gate = nodeGate(createResourceServer(options), handle)
const server = createServer(gate)
server.keepAliveTimeout = 120_000
server.listen(Number(new URL(RESOURCE).port), '127.0.0.1', () =>
  process.send?.((server.address() as AddressInfo).port),
)
process.on('message', async (message: { readonly file?: string }) => {
  const { file } = message
  if (file === undefined) {
    ahead = 60_000
    process.send?.(ahead)
    return
  }
  // What ended a moment ago may still be on the stack of a timer.
  await wait(200)
  globalThis.gc?.()
  await wait(200)
  globalThis.gc?.()
  writeHeapSnapshot(file)
  const bytes = writeByteArrays(`${file}.bytes`)
  process.send?.({ kept: kept.length, published: published?.length ?? 0, bytes })
})
process.on('disconnect', () => process.exit())
