export { auth0, auth0Profile } from './auth0.ts'
export { cognito, cognitoProfile } from './cognito.ts'
export { customProfile } from './custom-profile.ts'
export { entraId, entraIdProfile } from './entra-id.ts'
export { google, googleProfile } from './google.ts'
export { okta, oktaProfile } from './okta.ts'
export type {
  Auth0Options,
  CognitoOptions,
  EntraIdApiOptions,
  EntraIdOptions,
  EntraIdTenantsOptions,
  GoogleOptions,
  OktaOptions,
  VendorOptions,
} from './options.ts'
