import type { Revocations } from '../revocation/revocations.ts'
import type { Clock } from '../storage/clock.ts'
import { MemoryReplayStore } from '../storage/memory-replay-store.ts'
import type { MessageReplays } from '../storage/replay-store.ts'
import { SharedReplayStore } from '../storage/shared-replay-store.ts'
import type { ResourceServerSettings } from './options-schema.ts'

/** What the ids belong to. Ids of different purposes do not meet each other. @internal */
export type ReplayPurpose = 'dpop' | 'logout_token' | 'security_event' | 'pushed_message'

/**
 * Makes a store of used ids that all instances share, or returns the memory if there is no shared store.
 *
 * @internal
 */
export type ShareReplays = (purpose: ReplayPurpose, memory: MemoryReplayStore) => MessageReplays

/** The longest life of a token where no option says it, in seconds. */
const A_DAY = 86_400

/** The longest life of an access token, in seconds. @internal */
export function longestTokenLifeOf({
  revocation,
  maxTokenLifetime,
}: Pick<ResourceServerSettings, 'revocation' | 'maxTokenLifetime'>): number {
  return revocation.longestTokenLife ?? maxTokenLifetime ?? A_DAY
}

/** @internal */
export function createReplaySharing(
  sharedStore: ResourceServerSettings['sharedStore'],
  revocations: Revocations,
): ShareReplays {
  if (sharedStore === undefined) return (_purpose, memory) => memory
  const { store, onOutage } = sharedStore
  const isAway = () => revocations.storeIsAway
  return (purpose, memory) => {
    const replays = new SharedReplayStore({ memory, store, purpose, onOutage, isAway })
    revocations.whenStoreHasLost(() => replays.restore())
    return replays
  }
}

/**
 * Makes the store that remembers the messages of authorization servers. The owner of an id is the issuer.
 *
 * A message is remembered for the longest life of a token at most, whatever its `exp`: a message that is
 * older revokes no living token. Remember a message after its revocations were applied. If that fails, the
 * sender gets an error and sends the message again, and the message must then be new.
 *
 * @internal
 */
export function createMessageReplays(
  purpose: Exclude<ReplayPurpose, 'dpop'>,
  settings: ResourceServerSettings,
  issuers: number,
  share: ShareReplays,
  clock: Clock,
): MessageReplays {
  const longestLife = longestTokenLifeOf(settings) * 1000
  const { maxRevocations } = settings.revocation
  const memory = new MemoryReplayStore(
    {
      maxIds: [maxRevocations * Math.max(1, issuers), 'revocation.maxRevocations'],
      maxIdsPerOwner: [maxRevocations, 'revocation.maxRevocations'],
      longestLife,
    },
    clock,
  )
  const replays = share(purpose, memory)
  return {
    has: (id) => replays.has(id),
    remember: (id, until, owner) =>
      replays.remember(id, Math.min(until, clock() + longestLife), owner),
  }
}
