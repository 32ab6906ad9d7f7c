import { printable } from '../../quoted.ts'
import { Allowance } from '../../storage/allowance.ts'
import { createBoundedCache } from '../../storage/bounded-cache.ts'
import type { Clock } from '../../storage/clock.ts'
import { digestOf } from '../../storage/digest.ts'
import type { ClientLoopingEvent } from '../../telemetry/events.ts'
import { clientLoopingObserved, publishClientLooping } from '../../telemetry/publish.ts'
import { warnAgain } from '../../telemetry/warnings.ts'
import type { Refusal } from './refusal.ts'
import { remedyFor } from './remedies.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Time in milliseconds after which the same client and reason are warned of again. */
const WARN_AGAIN = 24 * HOUR

/** How many pairs of client and reason are remembered. */
const MAX_WARNED = 256

/**
 * Reports looping clients: an event for each report, and one process warning a day for each client and
 * reason. Both are limited. Reports about unverified claims have limits of their own, so that made-up
 * tokens cannot use up those of real clients.
 */
export class LoopReports {
  readonly #resource: string
  readonly #clock: Clock
  readonly #warned
  readonly #limits

  constructor(resource: string, clock: Clock) {
    this.#resource = resource
    this.#clock = clock
    this.#warned = createBoundedCache<object>(MAX_WARNED, clock)
    this.#limits = {
      verified: {
        events: new Allowance(60, MINUTE, clock),
        warnings: new Allowance(10, HOUR, clock),
      },
      unverified: {
        events: new Allowance(6, MINUTE, clock),
        warnings: new Allowance(1, HOUR, clock),
      },
    }
  }

  /** @param duration milliseconds from the first refusal to the last */
  report(refusal: Refusal, refusals: number, duration: number): void {
    const { verified, reason, nearMiss } = refusal
    const { detail, correlationId } = refusal.challenge
    const { issuer, clientId, subject } = refusal.identity()
    const limits = this.#limits[verified ? 'verified' : 'unverified']
    const event: ClientLoopingEvent = {
      kind: 'client_looping',
      resource: this.#resource,
      issuer,
      clientId,
      subject,
      verified,
      refusals,
      duration,
      reason,
      nearMiss,
      detail,
      remedy: remedyFor(reason, nearMiss),
      correlationId,
    }
    if (clientLoopingObserved() && limits.events.take()) publishClientLooping(event)
    // Of unverified claims the warning names none, so one warning a day for each reason is enough.
    const about = verified ? [issuer, clientId, reason] : [reason]
    const key = digestOf(JSON.stringify(about))
    if (this.#warned.get(key) !== undefined || !limits.warnings.take()) return
    this.#warned.set(key, event, this.#clock() + WARN_AGAIN)
    warnAgain('MCP_CLIENT_LOOPING', warningOf(event))
  }
}

/** The text of the process warning. It leaves out the subject, and names no client that may be made up. */
function warningOf(event: ClientLoopingEvent): string {
  const { resource, issuer, clientId, verified, refusals, duration, reason, detail, remedy } = event
  const who = verified
    ? `the client ${printable(clientId ?? '(no client id)')} of ${issuer ?? '(no issuer)'}`
    : 'somebody whose tokens no configured issuer vouches for (anybody can make up such tokens)'
  const times = `${refusals} times in ${Math.ceil(duration / 1000)} s`
  const cure = detail.includes(remedy) ? '' : `. To mend it: ${remedy}`
  return (
    `${resource} refused ${who} ${times}, each time with another access token that was just issued. ` +
    `It may log in again for ever (${reason}): ${detail}${cure}`
  )
}
