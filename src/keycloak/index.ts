export { type KeycloakOptions, keycloak } from './keycloak.ts'
export { keycloakRealm } from './realm.ts'
export type {
  CommonRealmOptions,
  KeycloakRealmOptions,
  PartialKeycloakRealmOptions,
  RealmClient,
  RealmDownstream,
  RealmRegistration,
  RealmScope,
  RealmTokens,
  RealmUser,
} from './realm-options.ts'
export type {
  ClientRepresentation,
  ClientScopeRepresentation,
  ComponentRepresentation,
  KeycloakRealm,
  PartialKeycloakRealm,
  ProtocolMapperRepresentation,
  RolesRepresentation,
  ScopeMapping,
  UserRepresentation,
} from './realm-representation.ts'
export { clientRoles, realmRoles } from './roles.ts'
export { type KeycloakWarning, keycloakWarnings } from './warnings.ts'
