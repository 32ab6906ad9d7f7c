import fc from 'fast-check'
import { differenceBetween } from '../../support/raw-http/adapter-differences.ts'
import type { HandlerCall } from '../../support/raw-http/adapter-servers.ts'
import { type Observed, startAdapterTrial } from '../../support/raw-http/adapter-trial.ts'
import { type RawParts, rawRequest, shownTokens } from '../../support/raw-http/raw-request.ts'
import { choice, edits } from '../support/arbitraries.ts'
import { checkHarmless, NO_SECRETS } from '../support/harmless.ts'
import { check, checkKeepsSecrets } from '../support/properties.ts'
import { isStrictJson, parsed } from '../support/strict-json.ts'
import type { Target } from '../support/target.ts'
import { watchRejections } from '../support/watch-rejections.ts'

/** Of the gate, of its endpoints, of Node's parser, and of the routers. A 500 is a fault of this package. */
const STATUSES: ReadonlySet<number> = new Set([
  ...[200, 204, 400, 401, 403, 404, 405, 413, 414, 415, 417, 431, 501, 503],
])

/**
 * Bytes on a connection to a real server of each adapter: mutants of whole requests, with every part that an
 * attacker or a proxy can spoil. Each server answers or closes the connection, no handler runs without an
 * accepted token, and the adapters decide alike.
 */
export const rawRequests: Target<RawParts> = {
  name: 'raw-requests',
  executions: 800,
  inputs: fc.record({
    method: choice,
    target: choice,
    version: choice,
    credentials: choice,
    lines: fc.array(choice, { maxLength: 2 }),
    framing: choice,
    message: choice,
    bodyEdits: edits(2, 0),
    lineEdits: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, edits(2)),
    edits: fc.oneof({ weight: 6, arbitrary: fc.constant([]) }, edits(2)),
  }),
  async start() {
    const shown = await shownTokens()
    const trial = await startAdapterTrial(NO_SECRETS)
    const checkRejections = watchRejections()
    return async (parts) => {
      const request = rawRequest(parts, shown)
      const observed = await trial.attempt(request)
      checkRejections()
      for (const one of observed) checkOne(one, shown.good)
      const [node, ...others] = observed as readonly [Observed, ...Observed[]]
      for (const other of others) {
        const difference = differenceBetween(node, other, request.toString())
        if (difference !== undefined && 'failure' in difference) check(false, difference.failure)
      }
    }
  },
}

function checkOne({ adapter, decisions, calls, received, statuses }: Observed, good: string): void {
  for (const status of statuses) {
    check(STATUSES.has(status), `${adapter} answers ${status}`, received.slice(0, 500))
  }
  checkKeepsSecrets(`the answer of ${adapter}`, received, [good])
  checkKeepsSecrets('an event', decisions, [good])
  const allowed = decisions.filter(({ outcome }) => outcome === 'allowed')
  check(calls.length <= allowed.length, `${adapter} calls a handler that no decision allows`)
  for (const call of calls) checkCall(call, good)
}

/** Checks a call of a handler by rules that are written here a second time. */
function checkCall(
  { adapter, method, rawHeaders, subject, body }: HandlerCall,
  good: string,
): void {
  const shown = rawHeaders.filter(
    (_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === 'authorization',
  )
  check(shown.length === 1, `${adapter} allows several tokens, or none`, shown)
  const [, token] = /^bearer +(\S+)$/i.exec(shown[0]?.trim() ?? '') ?? []
  check(token === good && subject === 'alice', `${adapter} allows another token`, shown)
  if (method !== 'POST' || body === undefined) return
  const text = body.toString()
  check(isStrictJson(text), `${adapter} lets a body through that readers disagree about`, text)
  for (const message of [parsed(text)].flat()) checkHarmless(message as Record<string, never>)
}
