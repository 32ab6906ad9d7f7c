import type { Target } from '../support/target.ts'
import { claims } from './claims.ts'
import { dpopProofs } from './dpop-proofs.ts'
import { introspection } from './introspection.ts'
import { keySets } from './key-sets.ts'
import { messages } from './messages.ts'
import { metadata } from './metadata.ts'
import { options } from './options.ts'
import { logoutTokens, securityEventTokens } from './pushed-messages.ts'
import { requests } from './requests.ts'
import { resourceUris } from './resource-uris.ts'
import { storedValues } from './stored-values.ts'
import { tokens } from './tokens.ts'

/** Every target. */
export const TARGETS = [
  tokens,
  claims,
  keySets,
  metadata,
  introspection,
  dpopProofs,
  securityEventTokens,
  logoutTokens,
  messages,
  requests,
  resourceUris,
  options,
  storedValues,
] as unknown as readonly Target<unknown>[]
