import { answerCases } from './cases-answers.ts'
import { bodyCases } from './cases-bodies.ts'
import { browserCases } from './cases-browsers.ts'
import { dpopCases } from './cases-dpop.ts'
import { dpopModeCases } from './cases-dpop-modes.ts'
import { endpointCases } from './cases-endpoints.ts'
import { logoutCases } from './cases-logout.ts'
import { operationCases } from './cases-operations.ts'
import { revisionCases } from './cases-revisions.ts'
import { revocationCases } from './cases-revocations.ts'
import { securityEventCases } from './cases-security-events.ts'
import { sessionCases } from './cases-sessions.ts'
import { streamCases } from './cases-streams.ts'
import { tokenCases } from './cases-tokens.ts'
import type { Case } from './driver.ts'

/** What depends on how the handler of a framework answers. */
export const handlerCases: readonly Case[] = [
  ...sessionCases,
  ...browserCases,
  ...streamCases,
  ...revocationCases,
  ...answerCases,
  ...dpopModeCases,
]

/** What every adapter must do, in every runtime. */
export const cases: readonly Case[] = [
  ...tokenCases,
  ...operationCases,
  ...revisionCases,
  ...bodyCases,
  ...dpopCases,
  ...endpointCases,
  ...logoutCases,
  ...securityEventCases,
  ...handlerCases,
]
