import { randomUUID } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import {
  DECISION_CHANNEL,
  type DecisionEvent,
  LIST_CHANNEL,
  type ListEvent,
  OUTBOUND_CHANNEL,
  type OutboundEvent,
  REVOCATION_CHANNEL,
  type RevocationEvent,
} from 'mcp-resource-server/telemetry'
import type { FeedMessage, FeedRecord, ToldCaller } from './decision-record.ts'

/** How many records are kept. The oldest are forgotten first. */
const MAX_RECORDS = 200

/** What the gate of one MCP server decided, and what happened around it. */
export interface DecisionFeed {
  /** Adds what the caller of a request was told. */
  told(correlationId: string, answer: ToldCaller): void
  note(text: string): void
  /** Begins a chapter, when a button is pressed. */
  chapter(title: string): void
  /** Forgets all records. */
  reset(): void
  /** Calls back with all records at once, and with each further message. Returns a function that ends it. */
  follow(listener: (message: FeedMessage) => void): () => void
  /** The subject of the last allowed request. */
  lastSubject(): string | undefined
  close(): void
}

/** Collects the events of the diagnostics channels. */
export function collectDecisions(resource: string): DecisionFeed {
  const records = new Map<string, FeedRecord>()
  const listeners = new Set<(message: FeedMessage) => void>()
  /** Calls to the authorization server whose request is not decided yet. */
  const early = new Map<string, OutboundEvent[]>()
  let subject: string | undefined

  const publish = (record: FeedRecord) => {
    records.set(record.id, record)
    forgetOldest(records)
    for (const listener of listeners) listener(record)
  }
  const note = (text: string) => publish({ kind: 'note', id: randomUUID(), at: Date.now(), text })

  const onDecision = (message: unknown) => {
    const event = message as DecisionEvent
    if (event.resource !== resource) return
    if (event.outcome === 'allowed') subject = event.subject
    const id = event.correlationId
    publish({
      ...{ kind: 'decision', id, at: Date.now(), event },
      outbound: early.get(id) ?? [],
      told: undefined,
    })
    early.delete(id)
  }
  const onOutbound = (message: unknown) => {
    const event = message as OutboundEvent
    const id = event.correlationId
    if (id === undefined) return
    const record = records.get(id)
    if (record?.kind === 'decision') {
      publish({ ...record, outbound: [...record.outbound, event] })
    } else {
      early.set(id, [...(early.get(id) ?? []), event])
      forgetOldest(early)
    }
  }
  const onList = (message: unknown) => {
    const event = message as ListEvent
    if (event.resource !== resource) return
    const hidden = event.hidden.map(({ name, reason }) => `${name} (${reason})`).join(', ')
    note(
      `${event.method}: ${event.hiddenCount} of ${event.listed} hidden from the caller: ${hidden}`,
    )
  }
  const onRevocation = (message: unknown) => {
    const event = message as RevocationEvent
    if (event.resource === resource) note(`${event.kind}, by ${event.source}: ${event.detail}`)
  }
  const channels = [
    [DECISION_CHANNEL, onDecision],
    [OUTBOUND_CHANNEL, onOutbound],
    [LIST_CHANNEL, onList],
    [REVOCATION_CHANNEL, onRevocation],
  ] as const
  for (const [name, listener] of channels) subscribe(name, listener)

  return {
    told(correlationId, answer) {
      const record = records.get(correlationId)
      if (record?.kind === 'decision' && record.event.outcome !== 'allowed') {
        publish({ ...record, told: answer })
      }
    },
    note,
    chapter: (title) => publish({ kind: 'chapter', id: randomUUID(), at: Date.now(), title }),
    reset() {
      records.clear()
      for (const listener of listeners) listener({ kind: 'reset' })
    },
    follow(listener) {
      for (const record of records.values()) listener(record)
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    lastSubject: () => subject,
    close() {
      for (const [name, listener] of channels) unsubscribe(name, listener)
      listeners.clear()
    },
  }
}

function forgetOldest(entries: Map<string, unknown>): void {
  const [oldest] = entries.keys()
  if (entries.size > MAX_RECORDS && oldest !== undefined) entries.delete(oldest)
}
