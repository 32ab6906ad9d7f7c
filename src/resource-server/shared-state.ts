import { MemorySessionStore } from '../mcp/memory-session-store.ts'
import { type SessionRevocations, Sessions } from '../mcp/sessions.ts'
import { SharedSessionStore } from '../mcp/shared-session-store.ts'
import { optionError } from '../options/option-error.ts'
import { type Clock, timePassed } from '../storage/clock.ts'
import { SealedValues } from '../storage/sealed-values.ts'
import { readSealingKey, Sealing } from '../storage/sealing.ts'
import { warnOnce } from '../telemetry/warnings.ts'
import type { ShareResults } from '../verification/issuers.ts'
import type { ResourceServerSettings } from './options-schema.ts'
import type { SharedStoreSettings } from './shared-store-options.ts'

/** The parts of a resource server that can be in the shared store, besides revocations and used ids. @internal */
export interface SharedState {
  /** Set if introspection results are shared. */
  readonly shareResults: ShareResults | undefined
  readonly sessions: Sessions | 'none' | 'unchecked'
}

/**
 * Makes the parts of a resource server that can be in the shared store.
 *
 * @throws {TypeError} naming an option of the shared store that lacks its key, or that has no effect
 * @internal
 */
export function createSharedState(
  where: string,
  settings: ResourceServerSettings,
  revocations: SessionRevocations,
  clock: Clock,
): SharedState {
  const { sharedStore, sessions, resource } = settings
  if (sharedStore !== undefined) assertSharedStore(where, settings, sharedStore)
  const values = sharedStore && sealedValuesIn(sharedStore, clock)
  const shareResults = sharedStore?.introspection
    ? values && ((scope: string) => values('introspection', scope))
    : undefined
  if (typeof sessions === 'string') return { shareResults, sessions }
  const owners = sharedStore?.sessions ? values?.('session', resource) : undefined
  const store =
    owners === undefined
      ? new MemorySessionStore(sessions, timePassed(clock))
      : new SharedSessionStore(owners, sessions, clock)
  return { shareResults, sessions: new Sessions(store, revocations) }
}

/** Returns a function that makes the sealed values for one purpose and scope. */
function sealedValuesIn(
  { store, sealingKeys = [] }: SharedStoreSettings,
  clock: Clock,
): (purpose: string, scope: string) => SealedValues {
  const keys = [sealingKeys].flat().flatMap((text) => readSealingKey(text) ?? [])
  return (purpose, scope) =>
    new SealedValues({
      store,
      sealing: new Sealing(keys, clock),
      purpose,
      scope,
      onFault: (fault) =>
        warnOnce(store, 'MCP_SHARED_STORE_FAILED', unopened(purpose, fault), fault),
    })
}

function unopened(purpose: string, fault: string): string {
  return (
    `the shared store has a value (${purpose}) that cannot be opened: ${fault}. It counts as absent. ` +
    'All instances need the same `sharedStore.sealingKeys`: add a new key to all of them before one ' +
    'instance has it first. If they have the same keys, someone else writes to the store'
  )
}

function assertSharedStore(
  where: string,
  { sessions, cache, verifier, authorizationServer }: ResourceServerSettings,
  shared: SharedStoreSettings,
): void {
  for (const option of ['introspection', 'sessions'] as const) {
    if (!shared[option] || shared.sealingKeys !== undefined) continue
    const fix = `must be set together with \`sharedStore.${option}\`: openssl rand -base64 32`
    throw optionError(where, 'sharedStore.sealingKeys', fix)
  }
  const without = (option: string, why: string): TypeError =>
    optionError(where, `sharedStore.${option}`, `has no effect: ${why}; leave it out`, true)
  if (shared.sessions && typeof sessions === 'string') {
    throw without('sessions', `\`sessions\` is "${sessions}"`)
  }
  if (!shared.introspection) return
  if (verifier !== undefined) {
    throw without('introspection', 'the results of the option `verifier` are not shared')
  }
  if (cache === false) throw without('introspection', '`cache` is false')
  const introspects = [authorizationServer]
    .flat()
    .some((server) => typeof server === 'object' && server.introspection !== undefined)
  if (!introspects) {
    throw without('introspection', 'no authorization server has the option `introspection`')
  }
}
