import type { DecisionEvent, OutboundEvent } from 'mcp-resource-server/telemetry'

/** What a refused caller is told in the header of the answer. */
export interface ToldCaller {
  /** `WWW-Authenticate`. */
  readonly challenge: string | undefined
  /** `Retry-After`. */
  readonly retryAfter: string | undefined
}

/** One decision of the gate, with what it caused. It contains no token. */
export interface DecisionRecord {
  readonly kind: 'decision'
  /** Milliseconds since 1970. */
  readonly at: number
  readonly event: DecisionEvent
  /** The calls to the authorization server that the request caused. */
  readonly outbound: readonly OutboundEvent[]
  readonly told: ToldCaller | undefined
}

/** Something else that happened: a revocation, a shortened list, an outage. */
export interface NoteRecord {
  readonly kind: 'note'
  readonly at: number
  readonly text: string
}

/** A button was pressed. The records after it belong to it. */
export interface ChapterRecord {
  readonly kind: 'chapter'
  readonly at: number
  readonly title: string
}

/** A record of the feed. A later record with the same id takes the place of an earlier one. */
export type FeedRecord = (DecisionRecord | NoteRecord | ChapterRecord) & { readonly id: string }

/** What the page's server sends: a record, or that all records were removed. */
export type FeedMessage = FeedRecord | { readonly kind: 'reset' }
