import type { PolicyOptions } from '../../../src/index.ts'
import type { DecisionEvent } from '../../../src/telemetry/events.ts'
import { listenToDecisions } from '../events.ts'
import {
  ADAPTERS,
  type AdapterName,
  type HandlerCall,
  startAdapterServers,
} from './adapter-servers.ts'
import { exchange, statusesOf } from './exchange.ts'

/** What one adapter made of a connection. */
export interface Observed {
  readonly adapter: AdapterName
  readonly decisions: readonly DecisionEvent[]
  readonly calls: readonly HandlerCall[]
  /** Everything that the server has sent. */
  readonly received: string
  readonly statuses: readonly number[]
}

export interface AdapterTrial {
  /** Sends the same bytes to every adapter. */
  attempt(bytes: Uint8Array): Promise<readonly Observed[]>
  close(): Promise<void>
}

/** Starts the servers of all adapters, with one policy. */
export async function startAdapterTrial(policy: PolicyOptions): Promise<AdapterTrial> {
  let count = 0
  const idFor = (adapter: AdapterName) => `${adapter} ${count}`
  const servers = await startAdapterServers(policy, idFor)
  const heard = listenToDecisions()
  return {
    async attempt(bytes) {
      count += 1
      heard.clear()
      servers.takeCalls()
      const received = await Promise.all(
        ADAPTERS.map((adapter) => exchange(servers.ports.get(adapter) ?? 0, bytes)),
      )
      // A check of an incomplete request ends when its connection has closed.
      for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate)
      const calls = servers.takeCalls()
      return ADAPTERS.map((adapter, at) => ({
        adapter,
        decisions: heard.events.filter(({ correlationId }) => correlationId === idFor(adapter)),
        calls: calls.filter((call) => call.adapter === adapter),
        received: received[at] ?? '',
        statuses: statusesOf(received[at] ?? ''),
      }))
    },
    async close() {
      heard[Symbol.dispose]()
      await servers.close()
    },
  }
}
