/**
 * The parts of Keycloak's realm representation that `keycloakRealm` writes. In Keycloak's format the
 * values of attributes are strings, and the values of component configurations are lists of strings.
 * Lifetimes are in seconds.
 */
export interface KeycloakRealm {
  readonly realm: string
  readonly enabled: boolean
  readonly sslRequired: string
  readonly defaultSignatureAlgorithm: string
  readonly attributes: Readonly<Record<string, string>>
  readonly passwordPolicy?: string
  readonly bruteForceProtected: boolean
  readonly failureFactor: number
  readonly waitIncrementSeconds: number
  readonly maxFailureWaitSeconds: number
  readonly accessTokenLifespan: number
  readonly ssoSessionIdleTimeout: number
  readonly ssoSessionMaxLifespan: number
  readonly offlineSessionIdleTimeout: number
  readonly offlineSessionMaxLifespanEnabled: boolean
  readonly offlineSessionMaxLifespan: number
  readonly revokeRefreshToken: boolean
  readonly refreshTokenMaxReuse: number
  readonly eventsEnabled: boolean
  readonly eventsExpiration: number
  readonly adminEventsEnabled: boolean
  readonly roles: RolesRepresentation
  readonly clientScopes: readonly ClientScopeRepresentation[]
  readonly defaultDefaultClientScopes: readonly string[]
  readonly defaultOptionalClientScopes: readonly string[]
  readonly clientProfiles: ClientProfilesRepresentation
  readonly clientPolicies: ClientPoliciesRepresentation
  readonly scopeMappings: readonly ScopeMapping[]
  readonly clientScopeMappings: Readonly<Record<string, readonly ScopeMapping[]>>
  readonly clients: readonly ClientRepresentation[]
  readonly users: readonly UserRepresentation[]
  readonly components: Readonly<Record<string, readonly ComponentRepresentation[]>>
}

/**
 * Additions to an existing realm. Keycloak's partial import adds `clients`, `roles` and `users`, and
 * ignores the other members without a message. `addToKeycloakRealm` adds everything.
 */
export interface PartialKeycloakRealm {
  /** Attributes that the realm needs in addition to those that it has. */
  readonly realmAttributes: Readonly<Record<string, string>>
  readonly ifResourceExists: 'FAIL' | 'SKIP' | 'OVERWRITE'
  readonly clientScopes: readonly ClientScopeRepresentation[]
  /** Names of `clientScopes` that every new client of the realm gets; none by default. */
  readonly defaultDefaultClientScopes: readonly string[]
  readonly defaultOptionalClientScopes: readonly string[]
  readonly scopeMappings: readonly ScopeMapping[]
  readonly clientScopeMappings: Readonly<Record<string, readonly ScopeMapping[]>>
  readonly roles: RolesRepresentation
  readonly clients: readonly ClientRepresentation[]
  readonly users: readonly UserRepresentation[]
  readonly clientProfiles: ClientProfilesRepresentation
  readonly clientPolicies: ClientPoliciesRepresentation
  /** Names of the `clientScopes` that are scopes of the MCP server. */
  readonly serverScopes: readonly string[]
  /** Ids of existing clients that may ask for the server's scopes after the additions are made. */
  readonly existingClients: readonly string[]
  /** Scopes that clients may name when they register themselves after the additions are made. */
  readonly registrableScopes: readonly string[]
}

/** The client profiles of a realm. */
export interface ClientProfilesRepresentation {
  readonly profiles: readonly ClientProfileRepresentation[]
}

/** Executors, which are checks that Keycloak runs if a policy applies. */
export interface ClientProfileRepresentation {
  readonly name: string
  readonly executors: readonly {
    readonly executor: string
    readonly configuration: Readonly<Record<string, unknown>>
  }[]
}

/** The client policies of a realm. */
export interface ClientPoliciesRepresentation {
  readonly policies: readonly ClientPolicyRepresentation[]
}

/** Applies the executors of some profiles to the requests that fit the conditions. */
export interface ClientPolicyRepresentation {
  readonly name: string
  readonly enabled: boolean
  /** With `STRICT`, a condition that does not fit an event counts as not fulfilled. */
  readonly mode: 'DEFAULT' | 'STRICT'
  readonly conditions: readonly ClientPolicyCondition[]
  readonly profiles: readonly string[]
}

/** A condition of a client policy: which requests the policy applies to. */
export interface ClientPolicyCondition {
  readonly condition: string
  readonly configuration: Readonly<Record<string, unknown>>
}

/** The roles of a realm, and of its clients by client id. */
export interface RolesRepresentation {
  readonly realm: readonly { readonly name: string }[]
  readonly client: Readonly<Record<string, readonly { readonly name: string }[]>>
}

/** A client scope: claims and audiences that a client can ask for by a scope. */
export interface ClientScopeRepresentation {
  readonly name: string
  readonly description?: string
  readonly protocol: 'openid-connect'
  readonly attributes: Readonly<Record<string, string>>
  readonly protocolMappers: readonly ProtocolMapperRepresentation[]
}

/** A protocol mapper: writes one thing into tokens. */
export interface ProtocolMapperRepresentation {
  readonly name: string
  readonly protocol: 'openid-connect'
  readonly protocolMapper: string
  readonly config: Readonly<Record<string, string>>
}

/** The roles that tokens with a client scope, or tokens of a client, may contain. */
export interface ScopeMapping {
  readonly clientScope?: string
  readonly client?: string
  readonly roles: readonly string[]
}

/** A client of a realm. */
export interface ClientRepresentation {
  readonly clientId: string
  readonly name?: string
  readonly enabled: boolean
  /** Keycloak pushes not-before policies to addresses below it. */
  readonly adminUrl?: string
  readonly publicClient: boolean
  readonly clientAuthenticatorType?: string
  readonly secret?: string
  readonly standardFlowEnabled: boolean
  readonly implicitFlowEnabled: boolean
  readonly directAccessGrantsEnabled: boolean
  readonly serviceAccountsEnabled: boolean
  readonly fullScopeAllowed: boolean
  readonly consentRequired: boolean
  readonly redirectUris: readonly string[]
  readonly webOrigins: readonly string[]
  readonly attributes: Readonly<Record<string, string>>
  readonly defaultClientScopes: readonly string[]
  readonly optionalClientScopes: readonly string[]
  readonly protocolMappers: readonly ProtocolMapperRepresentation[]
}

/** A user of a realm. */
export interface UserRepresentation {
  readonly username: string
  readonly enabled: boolean
  readonly email?: string
  readonly emailVerified?: boolean
  readonly firstName?: string
  readonly lastName?: string
  /** The client, for the user of a client's service account. */
  readonly serviceAccountClientId?: string
  readonly credentials?: readonly {
    readonly type: 'password'
    readonly value: string
    readonly temporary: boolean
  }[]
  readonly realmRoles: readonly string[]
  readonly clientRoles: Readonly<Record<string, readonly string[]>>
}

/** A component of a realm, such as a policy for the registration of clients. */
export interface ComponentRepresentation {
  readonly name: string
  readonly providerId: string
  readonly subType?: 'anonymous' | 'authenticated'
  readonly config: Readonly<Record<string, readonly string[]>>
}
