export { auth0 } from './auth0.ts'
export { auth0Profile } from './auth0-profile.ts'
export { cognito } from './cognito.ts'
export { cognitoProfile } from './cognito-profile.ts'
export { customProfile } from './custom-profile.ts'
export { entraId } from './entra-id.ts'
export { entraIdProfile } from './entra-id-profile.ts'
export { google } from './google.ts'
export { googleProfile } from './google-profile.ts'
export { okta } from './okta.ts'
export { oktaProfile } from './okta-profile.ts'
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
