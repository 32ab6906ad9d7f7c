import type { JWK } from 'jose'
import Provider, {
  type Configuration,
  errors,
  type KoaContextWithOIDC,
  type ResourceServer,
} from 'oidc-provider'
import { approveEverything } from './approval.ts'
import type { JwtRecords } from './jwt-records.ts'
import { routes } from './request-log.ts'
import type { SigningAlgorithm } from './signing-keys.ts'
import type { Storage } from './storage.ts'

/** A resource for which the authorization server issues access tokens (RFC 8707). */
export interface ResourceDefinition {
  /** The resource indicator, and the `aud` of its tokens. */
  readonly resource: string
  readonly scopes: readonly string[]
  readonly format: 'jwt' | 'opaque'
  /** Seconds; default 600. */
  readonly accessTokenTtl?: number
}

export interface Credentials {
  readonly clientId: string
  readonly clientSecret: string
}

/** A client that is registered beforehand: a web page, which cannot keep a secret. */
export interface PublicClient {
  readonly clientId: string
  readonly redirectUri: string
  /** Where a logout token is posted when the user's session ends. */
  readonly backchannelLogoutUri: string
}

export interface ProviderSettings {
  readonly issuer: string
  readonly algorithm: SigningAlgorithm
  /** Private keys. The first key signs, and all of them are published. */
  readonly keys: readonly JWK[]
  readonly resources: ReadonlyMap<string, ResourceDefinition>
  readonly storage: Storage
  readonly jwtRecords: JwtRecords
  readonly cookieSecret: string
  /** May introspect every token, and nothing else. */
  readonly introspectionClient: Credentials
  /** May use the client credentials grant and revoke every token. */
  readonly serviceClient: Credentials
  readonly publicClients: readonly PublicClient[]
  /** Whether introspection answers are signed for clients that ask for it (RFC 9701). */
  readonly signedAnswers: boolean
}

const day = 24 * 60 * 60
const defaultTtl = 600

/** An oidc-provider for one issuer: OAuth 2.1 as an MCP client expects it. */
export function buildProvider(settings: ProviderSettings): Provider {
  const { issuer, keys, resources, introspectionClient, serviceClient } = settings
  const mountPath = new URL(issuer).pathname.replace(/\/$/, '')
  const scopes = [...resources.values()].flatMap((resource) => resource.scopes)

  const accessTokenTtl = (ctx: KoaContextWithOIDC, ttl?: number) => {
    // A parameter only of this demo. A test uses it to get a token that expires soon.
    const requested = Number(ctx.oidc.body?.demo_ttl)
    return Number.isInteger(requested) && requested > 0 ? requested : (ttl ?? defaultTtl)
  }

  const configuration: Configuration = {
    adapter: settings.storage.adapter,
    jwks: { keys: keys as NonNullable<Configuration['jwks']>['keys'] },
    cookies: { keys: [settings.cookieSecret] },
    routes,
    scopes: [...new Set(['openid', 'offline_access', ...scopes])],
    clients: [
      client(introspectionClient, []),
      client(serviceClient, ['client_credentials']),
      ...settings.publicClients.map(publicClient),
    ],
    clientDefaults: {
      id_token_signed_response_alg: settings.algorithm,
      ...(settings.signedAnswers ? { introspection_signed_response_alg: settings.algorithm } : {}),
    },
    clientBasedCORS: () => true,
    // MCP clients, such as both SDK versions, register with the scopes of their first challenge, and
    // oidc-provider would limit them to these scopes: a later step-up (MCP-10) would end in
    // `invalid_scope`. So the limit is the resource's own scopes, not what a client registered for.
    // The property is only there because the validator must belong to one.
    extraClientMetadata: {
      properties: ['software_id'],
      validator: (_ctx, _key, _value, metadata) => void delete metadata.scope,
    },
    responseTypes: ['code'],
    pkce: { required: () => true },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      backchannelLogout: { enabled: true },
      userinfo: { enabled: false },
      registration: { enabled: true },
      clientCredentials: { enabled: true },
      dPoP: { enabled: true },
      introspection: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) =>
          client.clientId === introspectionClient.clientId || client.clientId === token.clientId,
      },
      jwtIntrospection: { enabled: settings.signedAnswers },
      revocation: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) =>
          client.clientId === serviceClient.clientId || client.clientId === token.clientId,
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: (_ctx, _client, oneOf) => oneOf ?? [],
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx, indicator) => resourceServer(resources.get(indicator)),
      },
    },
    formats: {
      customizers: { jwt: (_ctx, token, jwt) => settings.jwtRecords.remember(token, jwt) },
    },
    // Its own `fetch` refuses loopback addresses, and a logout token goes to one.
    fetch: (url, options) => {
      const { dispatcher: _none, ...others } = options as RequestInit & { dispatcher?: unknown }
      return globalThis.fetch(url, others)
    },
    extraTokenClaims: (_ctx, token) => {
      const { sid } = token as { sid?: string }
      return sid === undefined ? undefined : { sid }
    },
    // The flow ends when the browser is closed. The tokens stay valid.
    expiresWithSession: () => false,
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    interactions: { url: (_ctx, interaction) => `${mountPath}/interaction/${interaction.uid}` },
    renderError: (ctx, out) => {
      ctx.type = 'json'
      ctx.body = out
    },
    ttl: {
      AccessToken: (ctx, token) => accessTokenTtl(ctx, token.resourceServer?.accessTokenTTL),
      ClientCredentials: (ctx, token) => accessTokenTtl(ctx, token.resourceServer?.accessTokenTTL),
      AuthorizationCode: 60,
      IdToken: defaultTtl,
      RefreshToken: day,
      Interaction: defaultTtl,
      Session: day,
      Grant: day,
    },
  }

  const provider = new Provider(issuer, configuration)
  settings.jwtRecords.serve(provider, keys)
  approveEverything(provider)
  allowRegistrationFromBrowsers(provider)
  return provider
}

/** CORS for the registration endpoint, which the MCP Inspector needs. oidc-provider has it for the others. */
function allowRegistrationFromBrowsers(provider: Provider): void {
  provider.use(async (ctx, next) => {
    if (ctx.path !== routes.registration) return next()
    ctx.set('Access-Control-Allow-Origin', '*')
    ctx.set('Access-Control-Allow-Headers', 'content-type')
    if (ctx.method === 'OPTIONS') ctx.status = 204
    else await next()
  })
}

function client({ clientId, clientSecret }: Credentials, grants: string[]) {
  return {
    client_id: clientId,
    client_secret: clientSecret,
    grant_types: grants,
    response_types: [],
    redirect_uris: [],
  }
}

function publicClient({ clientId, redirectUri, backchannelLogoutUri }: PublicClient) {
  return {
    client_id: clientId,
    token_endpoint_auth_method: 'none' as const,
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code' as const],
    redirect_uris: [redirectUri],
    backchannel_logout_uri: backchannelLogoutUri,
    backchannel_logout_session_required: true,
  }
}

function resourceServer(definition: ResourceDefinition | undefined): ResourceServer {
  if (!definition) throw new errors.InvalidTarget()
  return {
    scope: definition.scopes.join(' '),
    audience: definition.resource,
    accessTokenFormat: definition.format,
    accessTokenTTL: definition.accessTokenTtl ?? defaultTtl,
  }
}
