/**
 * States that telemetry reads at each collection. Telemetry that starts late has missed earlier events, but
 * still reads the states.
 */

/** The keys of an issuer. @internal */
export interface KeySetState {
  /** Milliseconds since the keys were fetched; `undefined` if there are none yet, and after `close()`. */
  readonly age: number | undefined
}

/** The shared store of a resource server. @internal */
export interface SharedStoreState {
  readonly resource: string
  /** Whether the store answers; `undefined` until it was asked, and after `close()`. */
  readonly storeAnswers: boolean | undefined
}

/** A list of labelled objects. An object that nobody else holds is dropped. */
class WeakList<T extends object> {
  readonly #entries = new Set<readonly [label: string, state: WeakRef<T>]>()
  readonly #dropped = new FinalizationRegistry<readonly [string, WeakRef<T>]>((entry) =>
    this.#entries.delete(entry),
  )

  add(label: string, state: T): void {
    const entry = [label, new WeakRef(state)] as const
    this.#entries.add(entry)
    this.#dropped.register(state, entry)
  }

  *values(): Iterable<readonly [label: string, state: T]> {
    for (const [label, reference] of this.#entries) {
      const state = reference.deref()
      if (state !== undefined) yield [label, state]
    }
  }
}

const keySets = new WeakList<KeySetState>()
const sharedStores = new WeakList<SharedStoreState>()

/** Makes the age of an issuer's keys known to telemetry, as long as somebody else holds the state. @internal */
export function showKeySet(issuer: string, state: KeySetState): void {
  keySets.add(issuer, state)
}

/** Makes the health of a shared store known to telemetry, as long as somebody else holds the state. @internal */
export function showSharedStore(state: SharedStoreState): void {
  sharedStores.add(state.resource, state)
}

/**
 * Returns the milliseconds since the keys of each issuer were last fetched. If several resource servers
 * of the process have the same issuer, the latest fetch counts. An issuer whose keys were never fetched
 * is left out, and so is one whose clock fails or was set back.
 *
 * @internal
 */
export function keySetAges(): ReadonlyMap<string, number> {
  const ages = new Map<string, number>()
  for (const [issuer, state] of keySets.values()) {
    const age = ageOf(state)
    if (age === undefined || age < 0) continue
    ages.set(issuer, Math.min(age, ages.get(issuer) ?? age))
  }
  return ages
}

/**
 * Returns for each protected resource whether its shared store answers. If several resource servers of
 * the process protect the same resource, all their stores must answer.
 *
 * @internal
 */
export function sharedStoreAnswers(): ReadonlyMap<string, boolean> {
  const answers = new Map<string, boolean>()
  for (const [resource, { storeAnswers }] of sharedStores.values()) {
    if (storeAnswers === undefined) continue
    answers.set(resource, storeAnswers && answers.get(resource) !== false)
  }
  return answers
}

/** The option `clock` is the user's function. It may throw. */
function ageOf(state: KeySetState): number | undefined {
  try {
    return state.age
  } catch {
    return undefined
  }
}
