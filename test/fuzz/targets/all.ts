import type { Target } from '../support/target.ts'
import { claims } from './claims.ts'
import { discovery } from './discovery.ts'
import { dpopProofs } from './dpop-proofs.ts'
import { eventStreams } from './event-streams.ts'
import { growth } from './growth.ts'
import { introspection } from './introspection.ts'
import { keySets } from './key-sets.ts'
import { keycloakRealmAdditions } from './keycloak-realm.ts'
import { messages } from './messages.ts'
import { metadata } from './metadata.ts'
import { mirroredHeaders } from './mirrored-headers.ts'
import { notBefore } from './not-before.ts'
import { options } from './options.ts'
import { logoutTokens, securityEventTokens } from './pushed-messages.ts'
import { rawRequests } from './raw-requests.ts'
import { requests } from './requests.ts'
import { resourceUris } from './resource-uris.ts'
import { storedValues } from './stored-values.ts'
import { streamConfiguration } from './stream-configuration.ts'
import { tokenExchange } from './token-exchange.ts'
import { tokens } from './tokens.ts'

/** Every target. */
export const TARGETS = [
  tokens,
  claims,
  keySets,
  metadata,
  discovery,
  introspection,
  dpopProofs,
  securityEventTokens,
  logoutTokens,
  messages,
  mirroredHeaders,
  requests,
  rawRequests,
  resourceUris,
  options,
  storedValues,
  tokenExchange,
  notBefore,
  keycloakRealmAdditions,
  eventStreams,
  streamConfiguration,
  growth,
] as unknown as readonly Target<unknown>[]
