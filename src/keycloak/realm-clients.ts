import { randomUUID } from 'node:crypto'
import type { SignatureAlgorithm } from '../authorization-server/algorithms.ts'
import type { RealmClient, RealmDownstream, RealmTokens } from './realm-options.ts'
import type { ClientRepresentation, ProtocolMapperRepresentation } from './realm-representation.ts'
import { PROGRAM_SCOPE } from './realm-scopes.ts'

/** Given out when none is chosen: 244 bits from the system's generator. @internal */
export const newSecret = (): string => `${randomUUID()}${randomUUID()}`.replaceAll('-', '')

/** RFC 8252 §7.3: Keycloak accepts it with any port; with `localhost` it does not. */
const LOOPBACK_REDIRECT = 'http://127.0.0.1/callback'

/** A client for people and one for services, where none are named. @internal */
export const defaultClients = (
  redirectUris: readonly string[] = [LOOPBACK_REDIRECT],
): readonly RealmClient[] => [
  { clientId: 'mcp-client', name: 'MCP client', redirectUris },
  // MCP clients send `resource`, and without a refresh token Keycloak 26.7 may answer that with 500.
  { clientId: 'mcp-service', serviceAccount: true, refreshToken: true },
]

const NO_FLOWS = {
  enabled: true,
  standardFlowEnabled: false,
  implicitFlowEnabled: false,
  directAccessGrantsEnabled: false,
  serviceAccountsEnabled: false,
  // Roles reach a token by way of scopes; full scope would put every role, and the audience
  // `account` with them, into every token.
  fullScopeAllowed: false,
  consentRequired: false,
  redirectUris: [],
  webOrigins: [],
  optionalClientScopes: [],
  protocolMappers: [],
} as const

/** The resource server's own client: it introspects and exchanges, and nobody signs in with it. @internal */
export function serverClient(
  clientId: string,
  secret: string,
  resource: string,
  downstream: RealmDownstream | undefined,
): ClientRepresentation {
  return {
    ...NO_FLOWS,
    clientId,
    name: 'MCP server',
    publicClient: false,
    clientAuthenticatorType: 'client-secret',
    secret,
    attributes: {
      // For the feature resource-indicators: this audience stands for `resource`.
      resource_url: resource,
      ...(downstream === undefined ? {} : { 'standard.token.exchange.enabled': 'true' }),
    },
    // None of the MCP server's own scopes: an exchanged token is not to open this server.
    defaultClientScopes: downstream === undefined ? ['basic'] : ['basic', PROGRAM_SCOPE],
    optionalClientScopes: downstream === undefined ? [] : [downstream.scope ?? downstream.audience],
  }
}

/** The API behind the MCP server: an audience that may introspect. @internal */
export function downstreamClient({
  audience,
  secret = newSecret(),
}: RealmDownstream): ClientRepresentation {
  return {
    ...NO_FLOWS,
    clientId: audience,
    publicClient: false,
    clientAuthenticatorType: 'client-secret',
    secret,
    attributes: {},
    defaultClientScopes: ['basic'],
  }
}

/** What a client of the recipe is in Keycloak's terms. @internal */
export function clientOf(
  client: RealmClient,
  defaults: { readonly scopes: readonly string[]; readonly optionalScopes: readonly string[] },
): ClientRepresentation {
  const { clientId, name, redirectUris = [], serviceAccount = false, tokens = {} } = client
  const { authentication = serviceAccount ? 'secret' : 'none' } = client
  return {
    ...NO_FLOWS,
    clientId,
    ...(name === undefined ? {} : { name }),
    publicClient: authentication === 'none',
    ...credentials(authentication, client.secret),
    standardFlowEnabled: redirectUris.length > 0,
    serviceAccountsEnabled: serviceAccount,
    directAccessGrantsEnabled: client.passwordGrant ?? false,
    fullScopeAllowed: client.fullScope ?? false,
    // With the password grant nobody sees a page on which to agree.
    consentRequired: client.consent ?? (redirectUris.length > 0 && !client.passwordGrant),
    redirectUris,
    webOrigins: client.webOrigins ?? (redirectUris.length > 0 ? ['+'] : []),
    attributes: {
      ...keyAttributes(authentication),
      ...tokenAttributes(tokens),
      ...(client.refreshToken ? { 'client_credentials.use_refresh_token': 'true' } : {}),
      ...(redirectUris.length > 0
        ? { 'pkce.code.challenge.method': 'S256', 'post.logout.redirect.uris': '+' }
        : {}),
      ...(client.backchannelLogoutUrl === undefined
        ? {}
        : {
            'backchannel.logout.url': client.backchannelLogoutUrl,
            // Else the logout token has no `sid`.
            'backchannel.logout.session.required': 'true',
          }),
    },
    defaultClientScopes: serviceAccount
      ? [...defaults.scopes, 'service_account', PROGRAM_SCOPE]
      : defaults.scopes,
    optionalClientScopes: defaults.optionalScopes,
    protocolMappers: tokens.rfc9068 ? [clientIdClaim(clientId)] : [],
  }
}

/** RFC 9068 §2.2 demands `client_id`, and Keycloak puts it into tokens of service accounts alone. */
function clientIdClaim(clientId: string): ProtocolMapperRepresentation {
  return {
    name: 'client_id',
    protocol: 'openid-connect',
    protocolMapper: 'oidc-hardcoded-claim-mapper',
    config: {
      'claim.name': 'client_id',
      'claim.value': clientId,
      'jsonType.label': 'String',
      'access.token.claim': 'true',
      'introspection.token.claim': 'true',
      'id.token.claim': 'false',
    },
  }
}

type Authentication = NonNullable<RealmClient['authentication']>

function credentials(
  authentication: Authentication,
  secret: string = newSecret(),
): Pick<ClientRepresentation, 'clientAuthenticatorType' | 'secret'> {
  if (authentication === 'none') return {}
  if (authentication === 'secret') return { clientAuthenticatorType: 'client-secret', secret }
  return { clientAuthenticatorType: 'client-jwt' }
}

function keyAttributes(authentication: Authentication): Record<string, string> {
  if (typeof authentication === 'string') return {}
  return 'jwksUrl' in authentication
    ? { 'use.jwks.url': 'true', 'jwks.url': authentication.jwksUrl }
    : { 'use.jwks.string': 'true', 'jwks.string': JSON.stringify(authentication.jwks) }
}

function tokenAttributes(tokens: RealmTokens): Record<string, string> {
  return {
    ...(tokens.algorithm === undefined
      ? {}
      : { 'access.token.signed.response.alg': keycloakAlgorithm(tokens.algorithm) }),
    ...(tokens.lifetime === undefined ? {} : { 'access.token.lifespan': String(tokens.lifetime) }),
    ...(tokens.rfc9068 ? { 'access.token.header.type.rfc9068': 'true' } : {}),
    ...(tokens.lightweight ? { 'client.use.lightweight.access.token.enabled': 'true' } : {}),
    ...(tokens.dpopBound ? { 'dpop.bound.access.tokens': 'true' } : {}),
  }
}

/** Keycloak knows the older of the two names. @internal */
export function keycloakAlgorithm(algorithm: SignatureAlgorithm): string {
  return algorithm === 'Ed25519' ? 'EdDSA' : algorithm
}
