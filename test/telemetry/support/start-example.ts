import { createServer } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { createApp, createGate } from '../../../examples/telemetry/server.ts'
import { startTelemetry } from '../../../examples/telemetry/telemetry.ts'
import { createTraffic, type Traffic } from '../../../examples/telemetry/traffic.ts'
import { freePort } from '../../../scripts/keycloak/ports.ts'
import { startAuthorizationServer } from '../../support/issuers/authorization-server.ts'
import { listenOnLoopback } from '../../support/loopback.ts'
import { MemorySharedStore } from '../../support/memory-shared-store.ts'

/** The example of examples/telemetry, with an authorization server and a shared store that can fail. */
export interface RunningExample {
  readonly resource: string
  readonly issuer: string
  /** `127.0.0.1:<port>`, for Prometheus. */
  readonly target: string
  readonly traffic: Traffic
  /** What Prometheus gets. */
  metrics(): Promise<string>
  /** Traffic during which neither the authorization server nor the store answers. */
  outage(traffic?: () => Promise<void>): Promise<void>
  close(): Promise<void>
}

export async function startExample(): Promise<RunningExample> {
  const metricsPort = await freePort()
  const telemetry = startTelemetry({ port: metricsPort })
  const authorizationServer = await startAuthorizationServer()
  const { issuer, clientId, clientSecret } = authorizationServer
  const server = createServer()
  const { origin, close } = await listenOnLoopback(server)
  const resource = `${origin}/mcp`
  const otherResource = 'https://other.example.com/mcp'
  for (const name of [resource, otherResource]) {
    authorizationServer.register({ resource: name, scopes: ['mcp:tools'], format: 'jwt' })
  }
  const store = new MemorySharedStore()
  const resourceServer = createGate({
    resource,
    authorizationServer: {
      issuer,
      introspection: { clientId, clientSecret },
      verification: 'hybrid',
    },
    sharedStore: { store, onOutage: 'local' },
  })
  server.on('request', createApp(resourceServer))
  await resourceServer.ready()
  const traffic = createTraffic({ resource, issuer, otherResource })
  const target = `127.0.0.1:${metricsPort}`
  const metrics = async () => (await fetch(`http://${target}/metrics`)).text()
  return {
    resource,
    issuer,
    target,
    traffic,
    metrics,
    async outage(during = () => traffic.round()) {
      store.state = 'down'
      await authorizationServer.stop()
      await during()
      // The store is asked once a second.
      while (!/shared_store_up\{.*\} 0$/m.test(await metrics())) await delay(100)
      await authorizationServer.start()
      store.state = 'up'
    },
    async close() {
      await close()
      await resourceServer.close()
      await authorizationServer.stop()
      await telemetry.shutdown()
    },
  }
}
