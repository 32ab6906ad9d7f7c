import { digestOf } from '../storage/digest.ts'
import { type TokenSettings, tokenShape } from '../token/options.ts'
import type { TokenProfile } from '../token/profile.ts'
import { rfc9068Profile } from '../token/rfc9068.ts'
import {
  type CacheSettings,
  type IssuerVerificationSettings,
  issuerVerificationShape,
} from './options-schema.ts'

/** The options of a resource server that its results depend on. @internal */
export interface ScopeSettings extends TokenSettings {
  readonly resource: string
  readonly additionalAudiences: readonly string[]
  readonly allowInsecureHttp: boolean
  readonly cache: false | CacheSettings | undefined
}

/** Changes whenever the stored form of a result, or its meaning, changes. */
const FORMAT = 2

/**
 * The members of a profile that decide whether a token is good, or what a verified token says. The
 * compiler wants every member of a profile here or in the list that follows.
 */
const DECIDING = {
  name: true,
  requiredClaims: true,
  scopeClaims: true,
  scopePrefix: true,
  clientIdClaims: true,
  rolesOf: true,
  checkType: true,
  genericAudiences: true,
  audienceSubstitutes: true,
  isLightweight: true,
  confirmationNotes: true,
  introspectionTexts: true,
  // These explain failures. A failure is not shared.
  readExchangeRefusal: false,
  hints: false,
} satisfies Record<keyof TokenProfile, boolean>

/** Options of an issuer that do not change whether its tokens are good, or that need care below. */
const LEFT_OUT: ReadonlySet<string> = new Set(['keySet', 'inspect', 'introspection', 'profile'])

/** Options for introspection that are credentials. `clientId` says whose they are. */
const CREDENTIALS: ReadonlySet<string> = new Set([
  'clientSecret',
  'clientKey',
  'clientCertificate',
  'clientAssertion',
  'authentication',
])

/**
 * The digest of everything that the result of a verification depends on. Two resource servers share
 * results only if it is the same for both. If one server took the result of another with other options,
 * it would accept a token that it must refuse, for example because of its audience (cache confusion).
 *
 * An option counts unless it is left out by name: with an option that nobody thought of, servers share
 * nothing. A function counts by its source text, so a function with the same text must do the same
 * everywhere.
 *
 * @internal
 */
export function verificationScope(
  settings: ScopeSettings,
  issuers: readonly IssuerVerificationSettings[],
): string {
  const { resource, additionalAudiences, allowInsecureHttp, cache } = settings
  const rules = chosen(settings, Object.keys(tokenShape))
  const introspectionMaxAge = cache === false ? undefined : cache?.introspectionMaxAge
  const common = { resource, additionalAudiences, allowInsecureHttp, introspectionMaxAge, rules }
  return digestOf(
    JSON.stringify([FORMAT, common, issuers.map(scopeOfIssuer)], (_name, value: unknown) =>
      typeof value === 'function' ? String(value) : value,
    ),
  )
}

function scopeOfIssuer(options: IssuerVerificationSettings): unknown[] {
  const { introspection = {}, profile = rfc9068Profile } = options
  const names = Object.keys(issuerVerificationShape).filter((name) => !LEFT_OUT.has(name))
  const asked = Object.keys(introspection).filter((name) => !CREDENTIALS.has(name))
  const deciding = Object.entries(DECIDING).flatMap(([name, decides]) => (decides ? [name] : []))
  return [chosen(options, names), chosen(introspection, asked), chosen(profile, deciding)]
}

/** Some members as a list, so that their order is fixed and a missing one counts too. */
function chosen(from: object, names: readonly string[]): unknown[] {
  return names.toSorted().map((name) => [name, (from as Record<string, unknown>)[name]])
}
