export { addToKeycloakRealm } from './add-to-keycloak-realm.ts'
export type { AdminActionOptions } from './admin-actions.ts'
export type { AdminCall } from './admin-answers.ts'
export { type KeycloakOptions, keycloak } from './keycloak.ts'
export { keycloakOptionsFor, type OptionsForServer } from './keycloak-options-for.ts'
export { keycloakProfile } from './profile.ts'
export { keycloakRealm } from './realm.ts'
export type { RealmAllowances } from './realm-allowances.ts'
export type {
  CommonRealmOptions,
  KeycloakRealmOptions,
  PartialKeycloakRealmOptions,
  RealmClient,
  RealmDownstream,
  RealmRegistration,
  RealmRevocation,
  RealmScope,
  RealmTokens,
  RealmUser,
} from './realm-options.ts'
export type {
  ClientPoliciesRepresentation,
  ClientPolicyCondition,
  ClientPolicyRepresentation,
  ClientProfileRepresentation,
  ClientProfilesRepresentation,
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
export { type KeycloakRealmWarning, keycloakRealmWarnings } from './realm-warnings.ts'
export { clientRoles, realmRoles } from './roles.ts'
export { type KeycloakWarning, keycloakWarnings } from './warnings.ts'
