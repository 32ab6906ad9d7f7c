import {
  type ConfiguredIssuer,
  createConfiguredIssuer,
} from '../../authorization-server/configured-issuer.ts'
import type { AuthorizationServerMetadata } from '../../authorization-server/discovery.ts'
import { createHttpClient, type HttpClient } from '../../authorization-server/http/http-client.ts'
import { IntrospectionEndpoint } from '../../authorization-server/introspection-endpoint.ts'
import { assertUrl } from '../../options/check-url.ts'
import { clockOf } from '../../options/clock-option.ts'
import { readOptions } from '../../options/read-options.ts'
import type { AuthorizationServerSettings } from '../../resource-server/authorization-server-options.ts'
import { listAuthorizationServers } from '../../resource-server/authorization-servers.ts'
import type { ResourceServerOptions } from '../../resource-server/options.ts'
import {
  type ResourceServerSettings,
  resourceServerSchema,
} from '../../resource-server/options-schema.ts'
import type { Clock } from '../../storage/clock.ts'
import { createIssuersVerification } from '../../verification/issuers.ts'
import type { TokenVerification } from '../../verification/verification.ts'

/** The server of a configuration, with its authorization servers. Nothing is called before it is needed. @internal */
export interface InsideServer {
  readonly settings: ResourceServerSettings
  readonly issuers: readonly InsideIssuer[]
  /** Verifies tokens as the gate does, without keeping results. */
  readonly verification: TokenVerification
  readonly clock: Clock
  readonly http: HttpClient
}

/** One authorization server of a configuration, and what the doctor has found out about it. @internal */
export class InsideIssuer {
  readonly configured: ConfiguredIssuer<AuthorizationServerSettings>
  readonly settings: ResourceServerSettings
  readonly clock: Clock
  /** The introspection endpoint; `undefined` without credentials. */
  readonly introspection: IntrospectionEndpoint | undefined
  /** `undefined` until it was fetched. */
  metadata: AuthorizationServerMetadata | undefined

  constructor(
    configured: ConfiguredIssuer<AuthorizationServerSettings>,
    settings: ResourceServerSettings,
    clock: Clock,
  ) {
    this.configured = configured
    this.settings = settings
    this.clock = clock
    const { server, options } = configured
    this.introspection =
      options.introspection &&
      new IntrospectionEndpoint({
        server,
        endpointOption: '`introspection.endpoint`',
        clientId: options.introspection.clientId,
        signedAnswers: options.introspection.signedAnswers,
        clockTolerance: settings.clockTolerance,
        clock,
      })
  }

  get url(): string {
    return this.configured.options.issuer
  }

  /** How tokens are verified. */
  get verification(): 'jwt' | 'introspection' | 'hybrid' {
    const { verification, introspection } = this.configured.options
    return verification ?? (introspection === undefined ? 'jwt' : 'hybrid')
  }

  /** Whether the profile, the metadata or the URL say that this is a Keycloak. */
  get isKeycloak(): boolean {
    if (this.configured.server.profile.name === 'keycloak') return true
    const endpoint = this.metadata?.introspection_endpoint
    const suffix = '/protocol/openid-connect/token/introspect'
    return endpoint === `${this.url}${suffix}`
  }
}

const WHERE = 'doctor'

/**
 * Reads a configuration.
 *
 * @throws {TypeError} naming the option that is wrong
 * @internal
 */
export function createInsideServer(options: ResourceServerOptions): InsideServer {
  const settings = readOptions(WHERE, resourceServerSchema, options)
  const { allowInsecureHttp } = settings
  assertUrl(WHERE, 'resource', settings.resource, allowInsecureHttp)
  const clock = clockOf(WHERE, options)
  const http = createHttpClient(settings.http)
  const shared = { where: WHERE, allowInsecureHttp, http, clock }
  const configured = listAuthorizationServers(WHERE, settings).map((placed) =>
    createConfiguredIssuer(placed, shared),
  )
  // The doctor asks anew for each token, so nothing is cached.
  const uncached = { ...settings, cache: false } as const
  const { verification } = createIssuersVerification(WHERE, configured, uncached, clock)
  return {
    settings,
    issuers: configured.map((issuer) => new InsideIssuer(issuer, settings, clock)),
    verification,
    clock,
    http,
  }
}
