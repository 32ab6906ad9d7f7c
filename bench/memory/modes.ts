/** What a searched server is like. */
export interface Mode {
  readonly name: string
  readonly verification: 'jwt' | 'introspection' | 'hybrid'
  /** The tier that several instances share, for everything that can be shared. */
  readonly sharedStore?: true
  /** A verifier of `createCachedVerifier` is given, instead of an authorization server. */
  readonly cachedVerifier?: true
  /** Proofs need a nonce. */
  readonly nonces?: true
  /** Everything that is published is kept: events, traces, spans. */
  readonly observed?: true
  /** How many exchanged tokens the exchanger keeps. The handler exchanges the token of each caller. */
  readonly exchanged?: number
  /** The authorization server refuses the first client secret after a while. */
  readonly secondSecret?: true
  /** The authorization server fails for the second half of the requests. */
  readonly outage?: true
}

const VERIFICATIONS: readonly Mode[] = [
  { name: 'jwt', verification: 'jwt' },
  { name: 'introspection', verification: 'introspection' },
  { name: 'hybrid', verification: 'hybrid' },
  { name: 'shared store', verification: 'hybrid', sharedStore: true },
  { name: 'createCachedVerifier', verification: 'introspection', cachedVerifier: true },
]

export const MODES: readonly Mode[] = [
  ...VERIFICATIONS,
  ...VERIFICATIONS.map(
    (mode): Mode => ({ ...mode, name: `${mode.name}, all events and traces kept`, observed: true }),
  ),
  { name: 'an outage of the authorization server', verification: 'hybrid', outage: true },
  { name: 'DPoP nonces', verification: 'jwt', nonces: true },
  { name: 'token exchange', verification: 'jwt', exchanged: 1000 },
  { name: 'token exchange, none kept', verification: 'jwt', exchanged: 0 },
  { name: 'a client secret that was replaced', verification: 'introspection', secondSecret: true },
]
