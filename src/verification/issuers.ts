import type { Discovery } from '../authorization-server/discovery.ts'
import type { HttpClient } from '../authorization-server/http/http-client.ts'
import type { AuthorizationServerOptions } from '../authorization-server/options.ts'
import { optionError } from '../options/check-options.ts'
import type { ResourceServerOptions } from '../resource-server/options.ts'
import type { Clock } from '../storage/clock.ts'
import { CLOCK_TOLERANCE, INTROSPECTION_MAX_AGE, MAX_TOKEN_LENGTH } from '../token/defaults.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import { ByIssuer } from './by-issuer.ts'
import { createCachedVerifier } from './cached-verifier.ts'
import { HybridVerification } from './hybrid-verification.ts'
import { IssuerVerification } from './issuer-verification.ts'
import type { TokenVerifier } from './token-verifier.ts'

/** An issuer's options, and where among all options they stand. @internal */
export interface PlacedServer {
  readonly path: string
  readonly server: AuthorizationServerOptions
}

/** Seconds between two confirmations of one JWT by default. */
const CONFIRM_EVERY = 30

/**
 * The verifier for the tokens of all configured issuers: each by its own keys and rules, one cache
 * in front of them.
 *
 * @throws {TypeError} naming the option that is wrong
 * @internal
 */
export function createIssuersVerifier(
  where: string,
  servers: readonly PlacedServer[],
  options: ResourceServerOptions,
  http: HttpClient,
  clock: Clock,
): { verifier: TokenVerifier; discoveries: readonly Discovery[] } {
  const verifiers = new Map<string, TokenVerifier>()
  const confirmEvery = new Map<string, number>()
  const discoveries: Discovery[] = []
  let opaque: TokenVerifier | undefined
  for (const { path, server } of servers) {
    const issuer = new IssuerVerification(server, {
      where,
      path,
      common: options,
      audiences: [
        { option: 'resource', values: [options.resource] },
        { option: 'audiences', values: options.additionalAudiences ?? [] },
      ],
      http,
      clock,
    })
    if (verifiers.has(server.issuer)) {
      throw optionError(where, `${path}.issuer`, 'stands there twice', server.issuer)
    }
    const verifier = verifierOf(where, path, server, issuer)
    verifiers.set(server.issuer, verifier)
    confirmEvery.set(server.issuer, confirmationAge(server))
    discoveries.push(issuer.discovery)
    if (server.introspection !== undefined && server.introspection.opaqueTokens !== false) {
      if (opaque !== undefined) {
        throw optionError(
          where,
          `${path}.introspection.opaqueTokens`,
          'must be false for all issuers but one: an opaque token does not say whose it is',
          server.introspection.opaqueTokens,
        )
      }
      opaque = verifier
    }
  }
  const [sole] = verifiers.values()
  // A single issuer that takes opaque tokens takes everything: nothing is to be told apart.
  const router =
    verifiers.size === 1 &&
    sole !== undefined &&
    (opaque !== undefined || servers[0]?.server.introspection === undefined)
      ? sole
      : new ByIssuer(verifiers, opaque)
  const {
    cache = {},
    maxTokenLength = MAX_TOKEN_LENGTH,
    clockTolerance = CLOCK_TOLERANCE,
  } = options
  const { introspectionMaxAge = INTROSPECTION_MAX_AGE, ...bounds } = cache === false ? {} : cache
  const maxAge = (token: VerifiedToken): number => {
    if (cache === false) return 0
    if (token.verifiedBy === 'introspection') return introspectionMaxAge
    const age = confirmEvery.get(token.issuer) ?? 0
    // Where JWTs are never confirmed, one that introspection had to complete is like its answer.
    const completed = token.verifiedBy !== 'signature' && age === Number.POSITIVE_INFINITY
    return completed ? introspectionMaxAge : age
  }
  const verifier = createCachedVerifier(router, {
    ...(cache === false ? { maxEntries: 1, negativeMaxAge: 0, negativeMaxEntries: 1 } : bounds),
    maxAge,
    maxTokenLength,
    clockTolerance,
    clock,
  })
  return { verifier, discoveries }
}

function verifierOf(
  where: string,
  path: string,
  server: AuthorizationServerOptions,
  issuer: IssuerVerification,
): TokenVerifier {
  const { introspection, confirm, verification = modeOf(server) } = server
  if (confirm !== undefined && verification !== 'hybrid') {
    throw optionError(where, `${path}.confirm`, 'goes with verification "hybrid" alone', confirm)
  }
  if (verification === 'jwt') {
    if (introspection === undefined) return issuer.jwt()
    throw optionError(
      where,
      `${path}.verification`,
      'must be left out or another one where `introspection` is set',
      verification,
    )
  }
  if (introspection === undefined) {
    throw optionError(
      where,
      `${path}.introspection`,
      `must be set for verification "${verification}"`,
    )
  }
  if (verification === 'introspection') return issuer.introspection(introspection)
  return new HybridVerification({
    jwt: issuer.jwt(),
    introspection: issuer.introspection(introspection),
    confirm: confirm !== 'never',
    scopeClaims: issuer.profile.scopeClaims.introspection,
  })
}

function modeOf({ introspection }: AuthorizationServerOptions): 'jwt' | 'hybrid' {
  return introspection === undefined ? 'jwt' : 'hybrid'
}

/** Seconds for which a JWT that passed need not be asked about. */
function confirmationAge(server: AuthorizationServerOptions): number {
  const { confirm = CONFIRM_EVERY, verification = modeOf(server) } = server
  if (verification !== 'hybrid' || confirm === 'never') return Number.POSITIVE_INFINITY
  return confirm === 'always' ? 0 : confirm
}
