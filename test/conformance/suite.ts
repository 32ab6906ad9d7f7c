import { beforeAll, describe, it } from 'vitest'
import { adapterOf } from '../../src/resource-server/adapter.ts'
import { createResourceServer } from '../../src/resource-server/resource-server.ts'
import { DECISION_CHANNEL, OUTBOUND_CHANNEL } from '../../src/telemetry/events.ts'
import { listenTo } from '../support/events.ts'
import { PATIENT_HTTP } from '../support/patient-http.ts'
import { arrange } from './arrangements.ts'
import { cases } from './cases.ts'
import type { Adapter, Case, Driver, RunningServer } from './driver.ts'
import { Echo } from './echo.ts'
import { countStreams } from './watched-streams.ts'

const CHANNELS = [DECISION_CHANNEL, OUTBOUND_CHANNEL]

/** The events so far, by channel. */
const told = new Map<string, readonly Record<string, unknown>[]>()

/** Puts every case to some adapters. */
export function describeConformance(...adapters: readonly Adapter[]): void {
  beforeAll(() => {
    const listening = CHANNELS.map((channel) => {
      const one = listenTo<Record<string, unknown>>(channel)
      told.set(channel, one.events)
      return one
    })
    // Called after the last case.
    return () => {
      for (const one of listening) one[Symbol.dispose]()
    }
  })
  for (const adapter of adapters) {
    describe(adapter.name, () => putTo(adapter, ({ waits }) => waits === undefined))
  }
  // Cases that wait do so together, those of all adapters. None of them looks at events, which are
  // those of all servers in this process.
  for (const adapter of adapters) {
    describe.concurrent(adapter.name, () => putTo(adapter, ({ waits }) => waits === true))
  }
}

function putTo(adapter: Adapter, chosen: (one: Case) => boolean): void {
  for (const one of (adapter.cases ?? cases).filter(chosen)) {
    if (one.parsesFirst && !adapter.canParseFirst) continue
    it(one.name, async () => {
      await using stack = new AsyncDisposableStack()
      await one.run(driverOf(adapter, stack))
    })
  }
}

function driverOf(adapter: Adapter, stack: AsyncDisposableStack): Driver {
  return {
    runtime: adapter.name,
    async start(options): Promise<RunningServer> {
      const { bodyParserFirst: _adapters, arrangement, ...resourceServerOptions } = options
      const resourceServer = createResourceServer({ ...resourceServerOptions, http: PATIENT_HTTP })
      const streams = countStreams(adapterOf('suite', resourceServer))
      if (arrangement !== undefined) arrange(adapterOf('suite', resourceServer), arrangement)
      const echo = new Echo(adapter.name)
      const listener = await adapter.listen(resourceServer, echo, options)
      const before = new Map([...told].map(([channel, events]) => [channel, events.length]))
      let closed: Promise<void> | undefined
      const close = async () => {
        await listener.close()
        await resourceServer.close()
      }
      const server: RunningServer = {
        origin: `http://127.0.0.1:${listener.port}`,
        protocol: adapter.protocol ?? 'http/1.1',
        log: async () => echo.log,
        events: async (channel) => told.get(channel)?.slice(before.get(channel)) ?? [],
        revoke: (revocation) => resourceServer.revoke(revocation),
        streams: async () => streams(),
        close() {
          closed ??= close()
          return closed
        },
      }
      stack.defer(() => server.close())
      return server
    },
  }
}
