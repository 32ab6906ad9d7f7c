import {
  checkPossession,
  type Possession,
  type PossessionChecks,
  type Presentation,
} from '../sender-constraint/possession.ts'
import type { MaybePromise } from '../storage/maybe-promise.ts'

/** The parts of the gate that check possession. @internal */
export interface PossessionGate extends PossessionChecks {
  /** The possession that was checked for each request, by {@link ResourceRequest.original}. */
  readonly possessions: WeakMap<object, CheckedPossession>
}

/** A possession, and the presentation that it was checked for. */
interface CheckedPossession {
  readonly presentation: Presentation
  readonly possession: Possession
}

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
  gate: PossessionGate,
  presentation: Presentation,
): MaybePromise<Possession> {
  // Only a proof can be used up. A bearer token and a certificate can be checked again.
  if (presentation.proof === undefined) return checkPossession(gate, presentation)
  const { original } = presentation.request
  if (original === undefined) return checkPossession(gate, presentation)
  const checked = gate.possessions.get(original)
  if (checked !== undefined && isSame(checked.presentation, presentation)) return checked.possession
  return Promise.resolve(checkPossession(gate, presentation)).then((possession) => {
    gate.possessions.set(original, { presentation, possession })
    return possession
  })
}

/** Whether two guards see the same token, the same proof, and the same binding for the same request. */
function isSame(first: Presentation, second: Presentation): boolean {
  return (
    first.proof === second.proof &&
    first.presented.secret === second.presented.secret &&
    first.token.confirmation?.jkt === second.token.confirmation?.jkt &&
    first.token.confirmation?.['x5t#S256'] === second.token.confirmation?.['x5t#S256'] &&
    first.request.method === second.request.method &&
    first.request.url === second.request.url
  )
}
