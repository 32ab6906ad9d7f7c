import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { DECISION_CHANNEL, type DecisionEvent } from '../../telemetry/events.ts'

/** The decisions of every resource server of this process, until it is disposed of. */
export interface DecisionRecord extends Disposable {
  /** The decisions so far, in order. The oldest ones are dropped after 10 000. */
  readonly decisions: readonly DecisionEvent[]
}

const MOST_DECISIONS = 10_000

const records = new Set<DecisionRecord>()

/**
 * Records the decisions of every resource server of this process. An HTTP answer does not tell its reason;
 * with a record, the matchers find the reason by the correlation id of the answer.
 *
 * @example
 * ```ts
 * import { fetchGate } from 'mcp-resource-server/fetch'
 * import {
 *   assertChallenged,
 *   createTestIssuer,
 *   recordDecisions,
 *   testFetchRequest,
 * } from 'mcp-resource-server/testing'
 *
 * using record = recordDecisions()
 * await using issuer = createTestIssuer()
 * const server = fetchGate(issuer.resourceServer(), () => new Response('hello'))
 * const token = await issuer.token({ audience: 'https://another.example.com' })
 * const response = await server(await testFetchRequest({ token }))
 * await assertChallenged(response, { reason: 'audience_mismatch' })
 * console.log(record.decisions.length) // 1
 * ```
 */
export function recordDecisions(): DecisionRecord {
  const decisions: DecisionEvent[] = []
  const listen = (message: unknown): void => {
    decisions.push(message as DecisionEvent)
    if (decisions.length > MOST_DECISIONS) decisions.shift()
  }
  const record: DecisionRecord = {
    decisions,
    [Symbol.dispose]() {
      unsubscribe(DECISION_CHANNEL, listen)
      records.delete(record)
    },
  }
  subscribe(DECISION_CHANNEL, listen)
  records.add(record)
  return record
}

/** The recorded decision with a correlation id. @internal */
export function recordedDecision(correlationId: string): DecisionEvent | undefined {
  for (const { decisions } of records) {
    const found = decisions.findLast((event) => event.correlationId === correlationId)
    if (found !== undefined) return found
  }
  return undefined
}

/** Whether decisions are recorded now. @internal */
export function isRecording(): boolean {
  return records.size > 0
}
