import type { ConfiguredIssuer } from '../authorization-server/configured-issuer.ts'
import type { TokenInfoOptions } from '../authorization-server/options.ts'
import { optionError } from '../options/option-error.ts'
import { createBoundedCache } from '../storage/bounded-cache.ts'
import type { Clock } from '../storage/clock.ts'
import type { SealedValues } from '../storage/sealed-values.ts'
import type { VerificationBehind } from './bearer-only.ts'
import { ByIssuer } from './by-issuer.ts'
import { CachedVerification } from './cached-verification.ts'
import { HybridVerification } from './hybrid-verification.ts'
import { IssuerVerification } from './issuer-verification.ts'
import { CACHE_DEFAULTS, type IssuerVerificationSettings } from './options-schema.ts'
import { withRefusalHints } from './refusal-hints.ts'
import { SharedResults } from './shared-results.ts'
import { createTokenRules } from './token-rules.ts'
import type { TokenVerification, Verification } from './verification.ts'
import { type ScopeSettings, verificationScope } from './verification-scope.ts'

/** Makes the place for results that all processes with the same scope share. @internal */
export type ShareResults = (scope: string) => SealedValues

/** A cache that keeps nothing. */
const NO_CACHE = { ...CACHE_DEFAULTS, maxEntries: 1, negativeMaxAge: 0, negativeMaxEntries: 1 }

/**
 * Makes the verification for all configured issuers. Each issuer has its own keys and rules. All share
 * one cache.
 *
 * @param share set if results of introspection are shared with other processes
 * @throws {TypeError} naming the option that is wrong
 * @internal
 */
export function createIssuersVerification(
  where: string,
  issuers: readonly ConfiguredIssuer<IssuerVerificationSettings>[],
  settings: ScopeSettings,
  clock: Clock,
  share?: ShareResults | undefined,
): VerificationBehind {
  const { cache = CACHE_DEFAULTS, clockTolerance } = settings
  const { introspectionMaxAge, maxEntries, ...negative } = cache === false ? NO_CACHE : cache
  const verifications = new Map<string, TokenVerification>()
  let opaque: TokenVerification | undefined
  let opaqueIssuer: string | undefined
  const audiences = [
    { option: 'resource', values: [settings.resource] },
    { option: 'additionalAudiences', values: settings.additionalAudiences },
  ]
  for (const configured of issuers) {
    const { path, options: server } = configured
    const rules = createTokenRules(where, configured, settings, audiences)
    const issuer = new IssuerVerification(configured, rules, clock)
    if (verifications.has(server.issuer)) {
      throw optionError(where, `${path}.issuer`, 'is used twice', server.issuer)
    }
    const verification = verificationOf(where, path, server, issuer, introspectionMaxAge)
    verifications.set(server.issuer, verification)
    if (server.introspection?.opaqueTokens === true || server.tokenInfo !== undefined) {
      if (opaque !== undefined) {
        throw optionError(
          where,
          server.tokenInfo === undefined
            ? `${path}.introspection.opaqueTokens`
            : `${path}.tokenInfo`,
          server.tokenInfo === undefined
            ? 'must be false for all issuers but one: an opaque token does not name its issuer'
            : 'must be left out if another issuer takes opaque tokens, which do not name their issuer',
          true,
        )
      }
      opaque = verification
      opaqueIssuer = server.issuer
    }
  }
  const [sole] = verifications.values()
  // If a single issuer accepts opaque tokens too, every token is for it, and no choice is needed.
  const all =
    verifications.size === 1 &&
    sole !== undefined &&
    (opaque !== undefined || issuers[0]?.options.introspection === undefined)
      ? sole
      : new ByIssuer(verifications, opaque)
  const memory = createBoundedCache<Verification>(maxEntries, clock)
  const scope = verificationScope(
    settings,
    issuers.map(({ options }) => options),
  )
  const explained = withRefusalHints(
    all,
    issuers.map(({ server }) => [server.issuer, server.profile]),
    opaqueIssuer,
  )
  const verification = new CachedVerification(explained, {
    ...negative,
    store: share
      ? new SharedResults({ memory, values: share(scope), clockTolerance, clock })
      : memory,
    // Without a cache, concurrent requests with the same token still share one verification.
    maxAge: cache === false ? () => 0 : undefined,
    clockTolerance,
    clock,
  })
  return { verification, maxTokenLength: Number.POSITIVE_INFINITY }
}

function verificationOf(
  where: string,
  path: string,
  server: IssuerVerificationSettings,
  issuer: IssuerVerification,
  introspectionMaxAge: number,
): TokenVerification {
  const { introspection, confirm } = server
  if (server.tokenInfo !== undefined) {
    return tokenInfoOf(where, path, server, server.tokenInfo, issuer, introspectionMaxAge)
  }
  const { verification = introspection === undefined ? 'jwt' : 'hybrid' } = server
  if (confirm !== undefined && verification !== 'hybrid') {
    throw optionError(where, `${path}.confirm`, 'needs verification "hybrid"', confirm)
  }
  if (verification === 'jwt') {
    if (introspection === undefined) return issuer.jwt()
    throw optionError(
      where,
      `${path}.verification`,
      'must be "hybrid", "introspection" or left out if `introspection` is set',
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
  const byIntrospection = issuer.introspection(introspection, introspectionMaxAge)
  if (verification === 'introspection') return byIntrospection
  const { profile } = issuer
  return new HybridVerification({
    jwt: issuer.jwt(),
    introspection: byIntrospection,
    confirm,
    profile,
  })
}

function tokenInfoOf(
  where: string,
  path: string,
  server: IssuerVerificationSettings,
  tokenInfo: TokenInfoOptions,
  issuer: IssuerVerification,
  maxAge: number,
): TokenVerification {
  for (const option of ['introspection', 'verification', 'confirm'] as const) {
    if (server[option] !== undefined) {
      const wants = 'cannot be combined with `tokenInfo`, which is asked about every token'
      throw optionError(where, `${path}.${option}`, wants, server[option])
    }
  }
  return issuer.tokenInfo(tokenInfo, maxAge)
}
