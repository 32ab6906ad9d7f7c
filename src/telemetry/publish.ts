import { channel } from 'node:diagnostics_channel'
import {
  DECISION_CHANNEL,
  type DecisionEvent,
  OUTBOUND_CHANNEL,
  type OutboundEvent,
} from './events.ts'

const decisions = channel(DECISION_CHANNEL)
const outbound = channel(OUTBOUND_CHANNEL)

/** Events are made only where somebody listens. @internal */
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
