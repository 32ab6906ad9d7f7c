import type {
  ClientScopeRepresentation,
  RolesRepresentation,
  ScopeMapping,
} from './realm-representation.ts'

/** The client scopes that Keycloak gives by default to every client of a new realm. */
export const BUILT_IN_DEFAULTS = [
  'basic',
  'acr',
  'web-origins',
  'roles',
  'profile',
  'email',
] as const

/** The client scopes that every client of a new realm may ask for. */
export const BUILT_IN_OPTIONALS = [
  'phone',
  'address',
  'offline_access',
  'microprofile-jwt',
] as const

/** Names of the client scopes that Keycloak creates in a new realm, including those for SAML. */
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
 * The parts of a realm that prevent offline sessions for users without the role `offline_access`.
 * Keycloak gives this role to every user, unless an imported realm has both the role and the scope. For
 * a user without the role, a client that asks for the scope gets no token. Most clients ask for the
 * scope only if the realm's metadata names it.
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
      // Keycloak replaces the placeholder with a text in the user's language.
      'consent.screen.text': `$\{offlineAccessScopeConsentText}`,
    },
    protocolMappers: [],
  },
  scopeMapping: { clientScope: 'offline_access', roles: ['offline_access'] },
}

/**
 * The realm attribute that makes Keycloak create its built-in scopes in an imported realm that has
 * client scopes, and assign them to Keycloak's own clients. Without these scopes no token has a `sub`,
 * and the account console gets 403. Keycloak does not store the attribute.
 */
export const CREATE_BUILT_IN_SCOPES = { CreateDefaultClientScopes: 'true' } as const
