import type { Clock } from '../storage/clock.ts'
import type { AuthorizationServer } from './authorization-server.ts'
import { createGivenKeySet, createRemoteKeySet, type KeySource } from './key-set.ts'
import type { ServerSettings } from './options-schema.ts'

/**
 * An authorization server whose signatures are trusted: it has keys. Token exchange needs none, and so
 * does not load what imports them.
 *
 * @internal
 */
export interface TokenIssuer extends AuthorizationServer {
  /** Accepted signature algorithms. Each of the {@link keys} has one of them. */
  readonly algorithms: readonly string[]
  /** The public keys of the server: fetched, or given by the operator. */
  readonly keys: KeySource
}

/** Adds the keys to an authorization server. @internal */
export function createTokenIssuer(
  server: AuthorizationServer,
  { algorithms, keys, keySet }: Pick<ServerSettings, 'algorithms' | 'keys' | 'keySet'>,
  clock: Clock,
): TokenIssuer {
  return {
    ...server,
    algorithms,
    keys:
      keys === undefined
        ? createRemoteKeySet(server, algorithms, clock, keySet)
        : createGivenKeySet(keys.keys, algorithms, server.issuer),
  }
}
