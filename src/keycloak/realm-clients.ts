import { randomUUID } from 'node:crypto'
import type { SignatureAlgorithm } from '../jws/algorithms.ts'
import type {
  KeycloakRealmOptions,
  PartialKeycloakRealmOptions,
  RealmClient,
  RealmDownstream,
  RealmTokens,
} from './realm-options.ts'
import type { ClientRepresentation, ProtocolMapperRepresentation } from './realm-representation.ts'
import { PROGRAM_SCOPE } from './realm-scopes.ts'

/** Makes a secret with 244 random bits. @internal */
export const newSecret = (): string => `${randomUUID()}${randomUUID()}`.replaceAll('-', '')

/** A redirect URI on loopback (RFC 8252 §7.3). Keycloak accepts any port for `127.0.0.1`, but not for `localhost`. */
const LOOPBACK_REDIRECT = 'http://127.0.0.1/callback'

/** Makes the default clients, for a realm without the option `clients`: one for people, one for services. @internal */
export const defaultClients = (
  redirectUris: readonly string[] = [LOOPBACK_REDIRECT],
): readonly RealmClient[] => [
  { clientId: 'mcp-client', name: 'MCP client', redirectUris },
  // MCP clients send `resource`. Keycloak 26.7 may answer 500 to it if the client gets no refresh token.
  { clientId: 'mcp-service', serviceAccount: true, refreshToken: true },
]

/** The clients that the realm gets besides the server's own. @internal */
export function clientsOf(
  options: KeycloakRealmOptions | PartialKeycloakRealmOptions,
): readonly RealmClient[] {
  if (options.clients !== undefined) return options.clients
  // Existing clients take the place of the default ones.
  if (options.partial && options.existingClients !== undefined) return []
  return defaultClients(options.redirectUris)
}

const NO_FLOWS = {
  enabled: true,
  standardFlowEnabled: false,
  implicitFlowEnabled: false,
  directAccessGrantsEnabled: false,
  serviceAccountsEnabled: false,
  // Only scopes add roles to a token. Full scope would add every role of the user to every token, and
  // the audience `account` too.
  fullScopeAllowed: false,
  consentRequired: false,
  redirectUris: [],
  webOrigins: [],
  optionalClientScopes: [],
  protocolMappers: [],
} as const

/** Makes the resource server's own client, for introspection and token exchange. Nobody signs in with it. @internal */
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
      // The feature resource-indicators finds the client of a `resource` by this attribute.
      resource_url: resource,
      ...(downstream === undefined ? {} : { 'standard.token.exchange.enabled': 'true' }),
    },
    // The MCP server's own scopes are left out: the server must not accept an exchanged token.
    defaultClientScopes: downstream === undefined ? ['basic'] : ['basic', PROGRAM_SCOPE],
    optionalClientScopes: downstream === undefined ? [] : [downstream.scope ?? downstream.audience],
  }
}

/** Makes the client of the API behind the MCP server. It is the API's audience, and introspects tokens. @internal */
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

/** Makes Keycloak's representation of a client. @internal */
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
    // With the password grant there is no page that could ask the user for consent.
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
            // Otherwise the logout token has no `sid`.
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

/** Makes the mapper for `client_id`, which RFC 9068 §2.2 requires. Keycloak itself adds the claim only to tokens of service accounts. */
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

/** Keycloak's name of an algorithm. Keycloak calls Ed25519 by its older name `EdDSA`. @internal */
export function keycloakAlgorithm(algorithm: SignatureAlgorithm): string {
  return algorithm === 'Ed25519' ? 'EdDSA' : algorithm
}
