import type { Mutant } from './mutants-list.ts'

/** What the realm recipe writes about revocations. */
export const REVOCATION_REALM_MUTANTS: readonly Mutant[] = [
  {
    name: 'realm: a registrant may manage streams of security events',
    file: 'src/keycloak/realm.ts',
    find: '!STREAM_SCOPES.some((scope) => scope === name)',
    replace: 'true',
  },
  {
    name: 'realm: security events may be pushed to any address',
    file: 'src/keycloak/realm-revocation.ts',
    find: "'ssf.validPushUrls': pushUrl,",
    replace: "'ssf.validPushUrls': '*',",
  },
  {
    name: 'realm: an address over plain http gets the logout tokens',
    file: 'src/keycloak/assert-realm-addresses.ts',
    find: 'urlFault(serverUrl, false)',
    replace: 'undefined',
  },
]
