import type { AuthorizationServerOptions } from '../resource-server/authorization-server-options.ts'

/**
 * Options that the function of a vendor passes on to `createResourceServer`: everything about an
 * authorization server besides its issuer and its token profile.
 */
export interface VendorOptions extends Omit<AuthorizationServerOptions, 'issuer' | 'profile'> {}

/** Options of {@link auth0}. */
export interface Auth0Options extends VendorOptions {
  /** The domain of the tenant, such as `acme.eu.auth0.com`, or its custom domain. */
  readonly domain: string
  /**
   * The claim that holds the roles of the user, such as `https://acme.example/roles`. An Action must add it
   * to access tokens. Its value must be a list of strings.
   *
   * @defaultValue `permissions`: what Auth0's role-based access control lets the user do
   */
  readonly rolesClaim?: string
}

/** Options of {@link entraId} that do not depend on the number of tenants. */
export interface EntraIdApiOptions extends VendorOptions {
  /** The application (client) id of the app registration that stands for this server: a GUID. */
  readonly applicationId: string
  /**
   * The version of the access tokens that Entra ID issues for this server: `v2` if the manifest of the app
   * registration says `requestedAccessTokenVersion: 2`, otherwise `v1`.
   *
   * @defaultValue `v2`
   */
  readonly tokenVersion?: 'v1' | 'v2'
  /**
   * The Application ID URI of the app registration. Clients write it before each scope when they ask for
   * scopes, and tokens of version 1 may have it as audience.
   *
   * @defaultValue `api://` and `applicationId`
   */
  readonly applicationIdUri?: string
}

/** Options of {@link entraId} for one tenant. */
export interface EntraIdOptions extends EntraIdApiOptions {
  /** The id of the tenant: a GUID. */
  readonly tenantId: string
}

/** Options of {@link entraId} for several tenants. */
export interface EntraIdTenantsOptions extends EntraIdApiOptions {
  /** The ids of the tenants whose tokens are accepted: GUIDs. Tokens of other tenants are refused. */
  readonly tenantIds: readonly string[]
}

/** Options of {@link okta}. */
export interface OktaOptions extends VendorOptions {
  /** The domain of the Okta organization, such as `acme.okta.com`, or its custom domain. */
  readonly domain: string
  /** The id of the custom authorization server, such as `aus9o8wzkhckw9TLa0h7z`, or `default`. */
  readonly authorizationServerId: string
  /**
   * The claim that holds the roles or groups of the user. The custom authorization server must add it to
   * access tokens. Its value must be a list of strings.
   *
   * @defaultValue `groups`
   */
  readonly rolesClaim?: string
}

/** Options of {@link cognito}. */
export interface CognitoOptions extends VendorOptions {
  /** The region of the user pool, such as `eu-central-1`. */
  readonly region: string
  /** The id of the user pool, such as `eu-central-1_Abc123xyz`. */
  readonly userPoolId: string
  /**
   * The issuer type of the user pool. `updated` has the host `issuer-cognito-idp…`.
   *
   * @defaultValue `original`
   */
  readonly issuerType?: 'original' | 'updated'
  /**
   * The identifier of the resource server that stands for this server in the user pool. A token without
   * `aud` is accepted if it has a scope of this resource server. It is not needed if the identifier is
   * `resource`, the URL of this server.
   *
   * @defaultValue `resource`
   */
  readonly resourceServerIdentifier?: string
  /**
   * Ids of app clients whose access tokens without `aud` are accepted, whatever API they were issued for.
   * Another API that gets such a token can use it at this server. Set it only if these clients call no
   * other API.
   *
   * @defaultValue none
   */
  readonly acceptAnyTokenOfClients?: readonly string[]
}

/** Options of {@link google}. */
export interface GoogleOptions
  extends Omit<VendorOptions, 'introspection' | 'tokenInfo' | 'verification' | 'confirm'> {
  /** The ids of your OAuth clients at Google. Only tokens that were issued to them are accepted. */
  readonly clientIds: readonly string[]
  /**
   * URL of the tokeninfo endpoint.
   *
   * @defaultValue `https://oauth2.googleapis.com/tokeninfo`
   */
  readonly endpoint?: string
}
