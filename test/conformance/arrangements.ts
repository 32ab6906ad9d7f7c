/**
 * Changes what adapters get from a resource server, to what it may give them some day. It runs in other
 * runtimes too, so it imports only types.
 */
import type { Decision } from '../../src/gate/decision.ts'
import type { ResourceRequest } from '../../src/http/resource-request.ts'
import type { ResourceServerAdapter } from '../../src/resource-server/adapter.ts'

/**
 * - `second challenge`: every decision has a challenge of the scheme DPoP, beside that of Bearer if
 *   there is one.
 * - `late sessions`: a session is stored some time after the answer has begun.
 * - `failing sessions`: the same, and it cannot be stored.
 */
export type Arrangement = 'second challenge' | 'late sessions' | 'failing sessions'

export const DPOP = 'DPoP algs="ES256 PS256", error="use_dpop_nonce"'

/** The answer in place of one whose session cannot be stored. */
const INSTEAD = {
  status: 503,
  headers: { 'Content-Type': 'application/json', 'Retry-After': '5' },
  body: JSON.stringify({ error: 'temporarily_unavailable' }),
} as const

/** Long enough for a handler to answer in many pieces meanwhile. */
const LATE_MS = 100

export function arrange(adapter: ResourceServerAdapter, arrangement: Arrangement): void {
  const changed = adapter as { -readonly [K in keyof ResourceServerAdapter]: (typeof adapter)[K] }
  const { guard, answered } = adapter
  if (arrangement === 'second challenge') {
    changed.guard = (where, options) => {
      const own = guard(where, options)
      const check = async (request: ResourceRequest) => addChallenge(await own.check(request))
      return { check, decide: check }
    }
    return
  }
  changed.answered = async (...given) => {
    await new Promise((resolve) => setTimeout(resolve, LATE_MS))
    return arrangement === 'failing sessions' ? INSTEAD : answered(...given)
  }
}

function addChallenge(decision: Decision): Decision {
  const own = decision.headers['WWW-Authenticate']
  const value = own === undefined ? DPOP : `${own}, ${DPOP}`
  // The same object: the text of its token is with it alone.
  return Object.assign(decision, { headers: { ...decision.headers, 'WWW-Authenticate': value } })
}
