import type { Clock } from '../storage/clock.ts'
import type { AuthorizationServer } from './authorization-server.ts'
import { createGivenKeySet, createRemoteKeySet, type KeySource } from './key-set.ts'
import type { ServerSettings } from './options-schema.ts'

/**
 * An authorization server with its public keys, for verifying signatures. Token exchange needs no keys,
 * so it uses `AuthorizationServer` and does not load the code that imports keys.
 *
 * @internal
 */
export interface TokenIssuer extends AuthorizationServer {
  /** The accepted signature algorithms. Every key in {@link keys} has one of them. */
  readonly algorithms: readonly string[]
  /** The public keys of the server, either fetched or from the option `keys`. */
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
