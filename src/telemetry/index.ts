export {
  CLIENT_LOOPING_CHANNEL,
  type ClientLoopingEvent,
  DECISION_CHANNEL,
  type DecisionEvent,
  type HiddenItem,
  LIST_CHANNEL,
  type ListEvent,
  OUTBOUND_CHANNEL,
  type OutboundEvent,
  REVOCATION_CHANNEL,
  type RevocationEvent,
} from './events.ts'
export {
  OUTBOUND_TRACE,
  type OutboundTrace,
  REQUEST_TRACE,
  type RequestTrace,
  VERIFICATION_TRACE,
  type VerificationTrace,
} from './traces.ts'
