import type {
  ClientScopeRepresentation,
  RolesRepresentation,
  ScopeMapping,
} from './realm-representation.ts'

/** The client scopes that Keycloak gives to every client of a new realm, unasked. */
export const BUILT_IN_DEFAULTS = [
  'basic',
  'acr',
  'web-origins',
  'roles',
  'profile',
  'email',
] as const

/** The client scopes that Keycloak gives to a client that asks for them. */
export const BUILT_IN_OPTIONALS = [
  'phone',
  'address',
  'offline_access',
  'microprofile-jwt',
] as const

/** Names of client scopes that a new realm has by itself, those for SAML included. */
export const BUILT_IN_SCOPES: ReadonlySet<string> = new Set([
  ...BUILT_IN_DEFAULTS,
  ...BUILT_IN_OPTIONALS,
  'service_account',
  'organization',
  'role_list',
  'saml_organization',
  'AuthnContextClassRef',
])

/**
 * Keycloak gives every user the role `offline_access`, unless an imported realm has both the role
 * and the scope. Where a user lacks the role, a client that asks for the scope gets no token. Stock
 * clients ask for the scope only where the realm's metadata names it.
 */
export const NO_OFFLINE_SESSIONS: {
  readonly role: RolesRepresentation['realm'][number]
  readonly scope: ClientScopeRepresentation
  readonly scopeMapping: ScopeMapping
} = {
  role: { name: 'offline_access' },
  scope: {
    name: 'offline_access',
    description: 'Sessions that outlive logout, for users who have the role',
    protocol: 'openid-connect',
    attributes: {
      'include.in.token.scope': 'true',
      'display.on.consent.screen': 'true',
      'include.in.openid.provider.metadata': 'false',
      // Keycloak's own placeholder, for a text in the user's language.
      'consent.screen.text': `$\{offlineAccessScopeConsentText}`,
    },
    protocolMappers: [],
  },
  scopeMapping: { clientScope: 'offline_access', roles: ['offline_access'] },
}

/**
 * Makes Keycloak create those scopes in a realm that is imported with client scopes of its own, and
 * assign them to its own clients. Without them no token has a `sub`, and the account console is
 * refused with 403. Keycloak does not keep the attribute.
 */
export const CREATE_BUILT_IN_SCOPES = { CreateDefaultClientScopes: 'true' } as const
