import { channel } from 'node:diagnostics_channel'
import {
  CLIENT_LOOPING_CHANNEL,
  type ClientLoopingEvent,
  DECISION_CHANNEL,
  type DecisionEvent,
  LIST_CHANNEL,
  type ListEvent,
  OUTBOUND_CHANNEL,
  type OutboundEvent,
  REVOCATION_CHANNEL,
  type RevocationEvent,
} from './events.ts'

const decisions = channel(DECISION_CHANNEL)
const lists = channel(LIST_CHANNEL)
const outbound = channel(OUTBOUND_CHANNEL)
const loops = channel(CLIENT_LOOPING_CHANNEL)
const revocations = channel(REVOCATION_CHANNEL)

/** Whether anybody listens for decisions. If nobody does, no event is created. @internal */
export function decisionsObserved(): boolean {
  return decisions.hasSubscribers
}

/** @internal */
export function publishDecision(event: DecisionEvent): void {
  decisions.publish(event)
}

/** @internal */
export function outboundObserved(): boolean {
  return outbound.hasSubscribers
}

/** @internal */
export function publishOutbound(event: OutboundEvent): void {
  outbound.publish(event)
}

/** @internal */
export function revocationsObserved(): boolean {
  return revocations.hasSubscribers
}

/** @internal */
export function publishRevocation(event: RevocationEvent): void {
  revocations.publish(event)
}

/** @internal */
export function listsObserved(): boolean {
  return lists.hasSubscribers
}

/** @internal */
export function clientLoopingObserved(): boolean {
  return loops.hasSubscribers
}

/** @internal */
export function publishClientLooping(event: ClientLoopingEvent): void {
  loops.publish(event)
}

/** How many hidden items a {@link ListEvent} names at most. */
const MOST_NAMED = 20

/** @internal */
export function publishList(event: Omit<ListEvent, 'hiddenCount'>): void {
  const { hidden } = event
  lists.publish({ ...event, hiddenCount: hidden.length, hidden: hidden.slice(0, MOST_NAMED) })
}
