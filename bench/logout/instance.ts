/**
 * One of several instances of a protected server, in a process of its own, for the logout report. Tells
 * its parent when it listens, and each revocation that arrives here, with its time.
 */
import { subscribe } from 'node:diagnostics_channel'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createClient } from 'redis'
import { nodeGate } from '../../src/adapters/node.ts'
import { createResourceServer } from '../../src/index.ts'
import { keycloak } from '../../src/keycloak/index.ts'
import { createRedisStore } from '../../src/storage/redis/create-redis-store.ts'
import { REVOCATION_CHANNEL, type RevocationEvent } from '../../src/telemetry/index.ts'

const { RESOURCE = '', ISSUER = '', REDIS = '', ON_OUTAGE = 'local', PUSH = '' } = process.env

const client = createClient({ url: REDIS })
client.on('error', () => {})

const resourceServer = createResourceServer({
  resource: RESOURCE,
  authorizationServer: {
    ...keycloak(ISSUER, { verification: 'jwt', checkRealm: false }),
    backchannelLogout: { clientIds: 'person' },
    ...(PUSH === '' ? {} : { securityEvents: JSON.parse(PUSH) }),
  },
  sharedStore: { store: createRedisStore({ client }), onOutage: ON_OUTAGE as 'local' | 'refuse' },
})

subscribe(REVOCATION_CHANNEL, (message) => {
  const { kind, source, detail } = message as RevocationEvent
  const at = performance.timeOrigin + performance.now()
  process.send?.({ kind, source, detail, at })
})

const handle = nodeGate(resourceServer, async (request, response) => {
  for await (const _ of request);
  response.end('{}')
})
const server = createServer((request, response) => {
  void handle(request, response).catch((error: Error) => response.destroy(error))
})
await resourceServer.ready()
server.listen(0, '127.0.0.1', () =>
  process.send?.({ port: (server.address() as AddressInfo).port }),
)
process.on('disconnect', () => process.exit())
