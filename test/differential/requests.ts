/**
 * Sends the same bytes to a server of each adapter, and counts what they do differently. The known differences are in
 * adapter-differences.ts. Every other one is a failure.
 */
import { NO_SECRETS } from '../fuzz/support/harmless.ts'
import { type Random, randomFrom } from '../support/differential/random-uris.ts'
import { EDIT_LIMIT, editsFrom } from '../support/mutators/edit.ts'
import { differenceBetween } from '../support/raw-http/adapter-differences.ts'
import type { AdapterName } from '../support/raw-http/adapter-servers.ts'
import { type Observed, startAdapterTrial } from '../support/raw-http/adapter-trial.ts'
import { type RawParts, rawRequest, shownTokens } from '../support/raw-http/raw-request.ts'

export interface RequestCounts {
  readonly compared: number
  /** The requests that `node:http` allowed. */
  readonly allowed: number
  /** How often each adapter differed, by the name of the difference. */
  readonly differences: ReadonlyMap<string, ReadonlyMap<AdapterName, number>>
  readonly failures: readonly string[]
}

export async function compareRequests(
  count: number,
  seed: number,
  goOn: (done: number) => boolean = () => true,
): Promise<RequestCounts> {
  const random = randomFrom(seed)
  const shown = await shownTokens()
  const trial = await startAdapterTrial(NO_SECRETS)
  const differences = new Map<string, Map<AdapterName, number>>()
  const failures: string[] = []
  let [compared, allowed] = [0, 0]
  for (; compared < count && goOn(compared); compared += 1) {
    const request = rawRequest(randomParts(random), shown)
    const observed = await trial.attempt(request)
    const [node, ...others] = observed as readonly [Observed, ...Observed[]]
    if (node.decisions.some(({ outcome }) => outcome === 'allowed')) allowed += 1
    for (const other of others) {
      const difference = differenceBetween(node, other, request.toString())
      if (difference === undefined) continue
      if ('failure' in difference) {
        failures.push(`${difference.failure}: ${JSON.stringify(request.toString())}`)
        continue
      }
      const { name } = difference.known
      const counts = differences.get(name) ?? new Map<AdapterName, number>()
      differences.set(name, counts.set(other.adapter, (counts.get(other.adapter) ?? 0) + 1))
    }
  }
  await trial.close()
  return { compared, allowed, differences, failures }
}

/** The parts of a request, with the weights of the fuzzing target. */
function randomParts(random: Random): RawParts {
  const number = () => Math.floor(random() * EDIT_LIMIT)
  const sometimes = (share: number) => (random() < share ? editsFrom(random, 2) : [])
  return {
    method: number(),
    target: number(),
    version: number(),
    credentials: number(),
    lines: Array.from({ length: Math.floor(random() * 3) }, number),
    framing: number(),
    message: number(),
    bodyEdits: sometimes(0.67),
    lineEdits: sometimes(0.2),
    edits: sometimes(0.14),
  }
}
