import { createAuthorizationServer } from '../authorization-server/authorization-server.ts'
import { createOAuthClient } from '../authorization-server/client-authentication/create-oauth-client.ts'
import { createHttpClient } from '../authorization-server/http/http-client.ts'
import { UnavailableError } from '../errors/unavailable-error.ts'
import { assertIssuer, assertUrl } from '../options/check-url.ts'
import { clockOf } from '../options/clock-option.ts'
import { readOptions } from '../options/read-options.ts'
import { settleProfile } from '../token/settled-profile.ts'
import { CachedExchanges } from './cached-exchanges.ts'
import { type TokenExchangerOptions, tokenExchangerSchema } from './options.ts'
import type { TokenExchanger } from './token-exchange.ts'
import { TokenExchangeEndpoint } from './token-exchange-endpoint.ts'

export type { TokenExchangeReason } from '../errors/reasons.ts'
export type { TokenExchangerOptions } from './options.ts'
export type {
  ExchangedToken,
  ExchangeTarget,
  SubjectToken,
  TokenExchanger,
} from './token-exchange.ts'
export { TokenExchangeError } from './token-exchange-error.ts'

const WHERE = 'createTokenExchanger'

/**
 * Creates an exchanger, which exchanges a caller's token for a token of a downstream service (RFC 8693).
 * So the caller's own token is never passed on (MCP-15). It works with Keycloak's standard token
 * exchange, for example.
 *
 * Exchanged tokens are cached in this process. The key is a digest of the caller's token, audience,
 * resource and scopes, so no other caller and no other target gets them. They leave the cache before
 * they expire, and before the caller's token expires. Concurrent exchanges of one token for one target
 * share one call. Refusals are not cached. Nothing is sent before the first exchange, because an
 * exchange needs a caller's token. So wrong credentials are not found at start-up.
 *
 * @throws {TypeError} naming the option that is wrong
 *
 * @example
 * ```ts
 * import { keycloakProfile } from 'mcp-resource-server/keycloak'
 * import { createTokenExchanger, type SubjectToken } from 'mcp-resource-server/token-exchange'
 *
 * const exchanger = createTokenExchanger({
 *   issuer: 'https://sso.example.com/realms/acme',
 *   profile: keycloakProfile,
 *   clientId: 'mcp-server',
 *   clientSecret: 'from-your-vault',
 * })
 * async function ordersOf(authInfo: SubjectToken) {
 *   const { accessToken } = await exchanger.exchange(authInfo, { audience: 'orders-api' })
 *   return fetch('https://orders.example.com/', {
 *     headers: { authorization: `Bearer ${accessToken}` },
 *   })
 * }
 * export { ordersOf }
 * ```
 */
export function createTokenExchanger(options: TokenExchangerOptions): TokenExchanger {
  const settings = readOptions(WHERE, tokenExchangerSchema, options)
  const { issuer, endpoint, allowInsecureHttp } = settings
  const clock = clockOf(WHERE, settings)
  assertIssuer(WHERE, 'issuer', issuer, allowInsecureHttp)
  if (endpoint !== undefined) assertUrl(WHERE, 'endpoint', endpoint, allowInsecureHttp)
  const http = createHttpClient(settings.http)
  const optionAt = (option: string): string => option
  const client = createOAuthClient(settings, { where: WHERE, optionAt, issuer, clock, http })
  const server = createAuthorizationServer({
    issuer,
    profile: settleProfile(settings.profile),
    endpoints: { token_endpoint: endpoint },
    client,
    allowInsecureHttp,
    http,
    clock,
  })
  const exchanges = new CachedExchanges(new TokenExchangeEndpoint(server, clock), {
    ...settings,
    clock,
  })
  let closed = false
  return {
    async exchange(subject, target, context) {
      if (closed) throw new UnavailableError('closed', 'token exchange: close() was called')
      return exchanges.exchange(subject, target, context)
    },
    close() {
      closed = true
      return http.close()
    },
  }
}
