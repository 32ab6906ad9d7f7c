import { randomUUID } from 'node:crypto'
import { createResourceServer } from '../resource-server/resource-server.ts'
import { IssuedTokens } from './issued-tokens.ts'
import { namesOf } from './issuer-answers.ts'
import { assertEndpoint, IssuerChanges } from './issuer-changes.ts'
import { IssuerDispatcher } from './issuer-dispatcher.ts'
import { metadataOf } from './issuer-endpoints.ts'
import { createIssuerFetch } from './issuer-fetch.ts'
import { IssuerKeys } from './issuer-keys.ts'
import { type IssuerState, keepState } from './issuer-state.ts'
import type { TestIssuerOptions } from './options.ts'
import { readTestIssuerOptions } from './options-schema.ts'
import { warnInProduction } from './production-warning.ts'
import type { TestIssuer } from './test-issuer.ts'
import { TOKEN_SHAPES } from './token-shapes.ts'
import { serverOf, trustingOptions } from './trusting-options.ts'

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
  return createIssuer('createTestIssuer', options).issuer
}

/**
 * Makes a test issuer and what it answers from.
 *
 * @param address the issuer identifier of an issuer that listens on a port
 * @internal
 */
export function createIssuer(
  where: string,
  options: TestIssuerOptions,
  address?: string,
): { readonly issuer: TestIssuer; readonly state: IssuerState } {
  warnInProduction()
  const settings = readTestIssuerOptions(where, options)
  const { clock, resource, algorithm } = settings
  const issuer = address ?? settings.issuer
  const { profile } = settings
  const shape = typeof profile === 'object' ? profile : TOKEN_SHAPES[profile]
  const client = settings.client ?? { clientId: resource, clientSecret: randomUUID() }
  const publishesEncryptionKey = profile === 'keycloak'
  const keys = new IssuerKeys({ where, algorithm, keys: settings.keys, publishesEncryptionKey })
  const issued = new IssuedTokens({ where, issuer, shape, settings, keys })
  const state: IssuerState = {
    issuer,
    resource,
    clock,
    listens: address !== undefined,
    shape,
    client,
    keys,
    issued,
    changes: new IssuerChanges(where),
    metadata: new Map(),
    requests: [],
    fetch: (...request) => ownFetch(...request),
    servers: new Set(),
    owns: (url) => namesOf(state, url).length > 2 || `${url}/`.startsWith(`${issuer}/`),
  }
  const ownFetch = createIssuerFetch(state)
  let dispatcher: IssuerDispatcher | undefined
  const made: TestIssuer = {
    issuer,
    resource,
    clock,
    client,
    get signingKey() {
      return keys.signing
    },
    get keys() {
      return keys.published
    },
    addKey: (key) => keys.add(key),
    rotateKeys: (rotation) => keys.rotate(rotation),
    removeKey: (key) => keys.remove(key),
    token: (tokenOptions) => issued.jwt(tokenOptions),
    opaqueToken: (tokenOptions) => issued.opaque(tokenOptions),
    forgedToken: (tokenOptions) => issued.forged(tokenOptions),
    revoke: (token) => issued.revoke(token),
    revokeAll() {
      issued.notBefore = Math.floor(clock() / 1000)
    },
    logoutToken: (tokenOptions) => issued.logout(tokenOptions),
    get metadata() {
      return metadataOf(state)
    },
    changeMetadata(members) {
      for (const [name, value] of Object.entries(members)) state.metadata.set(name, value)
    },
    replaceAnswer: (of, answer) => state.changes.add(of, answer),
    outage: ({ of = 'all', how } = {}) =>
      state.changes.add(of, how ?? (of === 'all' ? 'refused' : { status: 503 })),
    requests: state.requests,
    requestsTo(endpoint) {
      assertEndpoint(where, endpoint)
      return state.requests.filter(({ url }) => namesOf(state, url).includes(endpoint))
    },
    forgetRequests() {
      state.requests.length = 0
    },
    fetch: ownFetch,
    get dispatcher() {
      dispatcher ??= new IssuerDispatcher(state)
      return dispatcher
    },
    authorizationServer(more) {
      const { introspection, ...server } = serverOf(state)
      // Verification of JWTs alone has no introspection.
      const asks = more?.verification !== 'jwt' && introspection !== undefined
      return { ...server, ...(asks ? { introspection } : {}), ...more }
    },
    resourceServer(more = {}) {
      const created = createResourceServer(trustingOptions('resourceServer', [state], more))
      state.servers.add(created)
      return created
    },
    async close() {
      await Promise.all([...state.servers].map((server) => server.close()))
      await state.changes.stop()
    },
    [Symbol.asyncDispose]: () => made.close(),
  }
  keepState(made, state)
  return { issuer: made, state }
}
