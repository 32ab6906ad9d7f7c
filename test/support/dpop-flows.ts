/** The stock client of SDK v2 with a DPoP key, and a thief who reads its requests. */
import { DpopSession } from '@modelcontextprotocol/client'
import { onTestFinished } from 'vitest'
import type { DecisionEvent } from '../../src/telemetry/events.ts'
import { connectStockClient, type StockClientOptions } from './stock-clients.ts'
import { type StolenRequest, wiretap } from './thief.ts'

/** Connects a client, until the end of the test. */
export async function connectWithKey(
  options: Omit<StockClientOptions, 'major' | 'fetch'>,
  key?: DpopSession,
) {
  const dpop = key ?? (await DpopSession.create())
  const { fetch, seen } = wiretap()
  const connection = await connectStockClient({ ...options, major: 2, dpop, fetch })
  onTestFinished(() => connection.close())
  const atServer = () => seen.filter(({ url }) => url === options.serverUrl)
  const calls = () => atServer().filter(({ body }) => body?.includes('"tools/call"'))
  return { ...connection, dpop, seen, atServer, calls }
}

export const lastOf = <T>(list: readonly T[]): T => {
  const last = list.at(-1)
  if (last === undefined) throw new Error('there is none')
  return last
}

/** The decision about the last POST that passed. */
export const lastAllowed = (events: readonly DecisionEvent[]) =>
  lastOf(events.filter(({ outcome, method }) => outcome === 'allowed' && method === 'POST'))

export const statuses = (requests: readonly StolenRequest[]) => requests.map(({ status }) => status)

/** The status and the reason of each attempt of a thief, where DPoP is accepted. */
export const REFUSED_ATTEMPTS = {
  'as Bearer': '401 sender_constraint_unmet',
  'without a proof': '401 dpop_proof_missing',
  'with the stolen proof': '401 dpop_proof_replayed',
  'with a proof of another key': '401 dpop_key_mismatch',
}
