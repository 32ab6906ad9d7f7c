import {
  checkPossession,
  type Possession,
  type Presentation,
} from '../sender-constraint/possession.ts'
import type { MaybePromise } from '../storage/maybe-promise.ts'
import type { Gate } from './gate.ts'

/**
 * Checks possession once for each request. A request may pass two guards, for example `expressGate` and
 * the `expressGuard` of a route. A DPoP proof works only once, so the second guard would refuse the
 * proof that the first guard has used. The guards see the same `ResourceRequest.original`, which no
 * caller can choose.
 *
 * @throws {ChallengeError} @throws {UnavailableError}
 * @internal
 */
export function checkPossessionOnce(
  gate: Pick<Gate, 'dpop' | 'certificates' | 'possessions'>,
  shown: Presentation,
): MaybePromise<Possession> {
  const { original } = shown.request
  // A bearer token has no proof, which could be used up.
  if (original === undefined || shown.proof === undefined) return checkPossession(gate, shown)
  const checked = gate.possessions.get(original)
  if (checked !== undefined && isSame(checked.shown, shown)) return checked.possession
  return Promise.resolve(checkPossession(gate, shown)).then((possession) => {
    gate.possessions.set(original, { shown, possession })
    return possession
  })
}

/** Whether two guards see the same token, the same proof, and the same binding for the same request. */
function isSame(first: Presentation, second: Presentation): boolean {
  return (
    first.proof === second.proof &&
    first.presented.text === second.presented.text &&
    first.token.confirmation?.jkt === second.token.confirmation?.jkt &&
    first.token.confirmation?.['x5t#S256'] === second.token.confirmation?.['x5t#S256'] &&
    first.request.method === second.request.method &&
    first.request.url === second.request.url
  )
}
