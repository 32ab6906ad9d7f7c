import { randomUUID } from 'node:crypto'
import type { JWK } from 'jose'
import type { AuthorizationServerOptions } from '../resource-server/authorization-server-options.ts'
import type { ResourceServerOptions } from '../resource-server/options.ts'
import { createResourceServer, type ResourceServer } from '../resource-server/resource-server.ts'
import { IssuedTokens } from './issued-tokens.ts'
import { answerTo, type IssuerState, type TestIssuerRequest } from './issuer-answers.ts'
import type { TestIssuerOptions } from './options.ts'
import { readTestIssuerOptions } from './options-schema.ts'
import { warnInProduction } from './production-warning.ts'
import type { TestClock } from './test-clock.ts'
import { createTestKey, signClaims } from './test-key.ts'
import type { TestTokenOptions } from './token-options.ts'
import { TOKEN_SHAPES } from './token-shapes.ts'

/** An authorization server for tests. It has keys, metadata and introspection, and makes tokens. */
export interface TestIssuer extends AsyncDisposable {
  /** The issuer identifier: `iss` of its tokens. */
  readonly issuer: string
  /** The resource that its tokens are for, unless their options name another audience. */
  readonly resource: string
  /** The clock of the issuer and of its resource servers. */
  readonly clock: TestClock | (() => number)
  /** The credentials that its introspection endpoint accepts. */
  readonly client: { readonly clientId: string; readonly clientSecret: string }
  /** The published public keys. */
  readonly keys: readonly JWK[]
  /** The requests that it has received, in order. */
  readonly requests: readonly TestIssuerRequest[]
  /** Makes a JWT access token. */
  token(options?: TestTokenOptions): Promise<string>
  /** Makes an opaque access token, which only introspection understands. */
  opaqueToken(options?: Omit<TestTokenOptions, 'header'>): string
  /** Revokes a token of this issuer: introspection calls it inactive from now on. */
  revoke(token: string): void
  /** The issuer as a `fetch`, for the option `http.fetch`. */
  readonly fetch: typeof globalThis.fetch
  /** The options of this authorization server for `createResourceServer`. */
  authorizationServer(
    options?: Omit<AuthorizationServerOptions, 'issuer'>,
  ): AuthorizationServerOptions
  /** Makes a resource server that trusts this issuer. It is closed when the issuer is disposed of. */
  resourceServer(options?: Partial<ResourceServerOptions>): ResourceServer
}

/**
 * Makes an authorization server in memory, for tests. It opens no port: a resource server reaches it by
 * the `fetch` of the issuer.
 *
 * @throws {TypeError} naming the option that is wrong
 *
 * @example
 * ```ts
 * import { createTestIssuer } from 'mcp-resource-server/testing'
 *
 * await using issuer = createTestIssuer({ resource: 'https://mcp.example.com/mcp' })
 * const resourceServer = issuer.resourceServer({ requiredScopes: ['mcp:tools'] })
 * const token = await issuer.token({ scopes: ['mcp:tools'] })
 * console.log((await resourceServer.verify(token)).subject) // 'test-user'
 * ```
 */
export function createTestIssuer(options: TestIssuerOptions = {}): TestIssuer {
  return createIssuer('createTestIssuer', options)
}

/** @internal */
export function createIssuer(
  where: string,
  options: TestIssuerOptions,
  connection: { readonly issuer: string } | undefined = undefined,
): TestIssuer & { readonly state: IssuerState } {
  warnInProduction()
  const settings = readTestIssuerOptions(where, options)
  const { clock, resource } = settings
  const issuer = connection?.issuer ?? settings.issuer
  const shape = TOKEN_SHAPES[settings.profile]
  const client = { clientId: resource, clientSecret: randomUUID() }
  const keys = [createTestKey(settings.algorithm)]
  const issued = new IssuedTokens({ issuer, shape, settings })
  const state: IssuerState = { issuer, client, keys, issued, requests: [] }
  const servers: ResourceServer[] = []
  const respond: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init)
    const { status, headers, body } = answerTo(state, {
      method: request.method,
      url: request.url,
      headers: Object.fromEntries(request.headers),
      body: await request.text(),
    })
    return new Response(body, { status, headers })
  }
  const authorizationServer: TestIssuer['authorizationServer'] = (more) => ({
    issuer,
    profile: shape.profile,
    introspection: client,
    ...more,
  })
  return {
    state,
    issuer,
    resource,
    clock,
    client,
    get keys() {
      return keys.map(({ publicKey }) => publicKey)
    },
    requests: state.requests,
    async token(tokenOptions) {
      const [key] = keys
      if (key === undefined) throw new TypeError(`${where}: the issuer has no key`)
      const { claims, header } = issued.jwt(tokenOptions)
      const token = await signClaims(key, claims, header)
      issued.remember(token, claims)
      return token
    },
    opaqueToken: (tokenOptions) => issued.opaque(tokenOptions),
    revoke: (token) => issued.revoke(token),
    fetch: respond,
    authorizationServer,
    resourceServer(more) {
      const created = createResourceServer({
        resource,
        clock,
        http: connection === undefined ? { fetch: respond } : {},
        authorizationServer: authorizationServer(),
        ...more,
      })
      servers.push(created)
      return created
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(servers.map((server) => server.close()))
    },
  }
}
