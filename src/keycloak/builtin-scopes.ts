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
 * Makes Keycloak create those scopes in a realm that is imported with client scopes of its own, and
 * assign them to its own clients. Without them no token has a `sub`, and the account console is
 * refused with 403. Keycloak does not keep the attribute.
 */
export const CREATE_BUILT_IN_SCOPES = { CreateDefaultClientScopes: 'true' } as const
