import { z } from 'zod'
import {
  commonShape,
  introspectionSchema,
  issuerShape,
  jwtShape,
  serverShape,
} from '../authorization-server/options-schema.ts'
import { optionsSchema, optionsShape, type Settled } from '../options/options-schema.ts'
import { asGiven, callable, number, text, texts, whole, YEAR } from '../options/schema-parts.ts'
import { INTROSPECTION_MAX_AGE } from '../token/defaults.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type {
  CachedVerifierOptions,
  CacheOptions,
  HybridVerifierOptions,
  IntrospectionVerifierOptions,
  IssuerVerificationOptions,
  JwtVerifierOptions,
  SingleIssuerOptions,
} from './options.ts'
import type { TokenVerifier } from './token-verifier.ts'

const confirm = z.union([z.enum(['never', 'always']), number(1, 86_400, 'seconds')], {
  error: 'must be "never", "always" or a number of seconds from 1 to 86400',
})

/** @internal */
export const issuerVerificationShape = optionsShape<IssuerVerificationOptions>()({
  ...serverShape,
  additionalAudiences: texts.default([]),
  verification: z
    .enum(['jwt', 'introspection', 'hybrid'], {
      error: 'must be "jwt", "introspection" or "hybrid"',
    })
    .optional(),
  confirm: confirm.optional(),
})

/** @internal */
export const issuerVerificationSchema =
  optionsSchema<IssuerVerificationOptions>()(issuerVerificationShape)

/** The options for verifying the tokens of one authorization server, with their defaults. @internal */
export type IssuerVerificationSettings = Settled<typeof issuerVerificationShape>

const singleIssuerShape = optionsShape<SingleIssuerOptions>()({
  ...issuerShape,
  ...commonShape,
  audience: z.union([text('an audience'), texts.min(1)], {
    error: 'must be an audience or a list of audiences',
  }),
})

/** The options that the verifiers of one issuer share, with their defaults. @internal */
export type SingleIssuerSettings = Settled<typeof singleIssuerShape>

/** @internal */
export const jwtVerifierSchema = optionsSchema<JwtVerifierOptions>()({
  ...singleIssuerShape,
  ...jwtShape,
})

const introspectionVerifierShape = optionsShape<IntrospectionVerifierOptions>()({
  ...singleIssuerShape,
  introspection: introspectionSchema,
})

/** @internal */
export const introspectionVerifierSchema = optionsSchema<IntrospectionVerifierOptions>()(
  introspectionVerifierShape,
)

/** @internal */
export const hybridVerifierSchema = optionsSchema<HybridVerifierOptions>()({
  ...introspectionVerifierShape,
  ...jwtShape,
  confirm: confirm.optional(),
})

/** @internal */
export const verifierSchema = asGiven<TokenVerifier>(
  z.looseObject({ verify: callable() }, { error: 'must be an object with verify()' }),
)

const cacheShape = optionsShape<CacheOptions>()({
  maxEntries: whole(1, 10_000_000, 'entries').default(10_000),
  introspectionMaxAge: number(0, 86_400, 'seconds').default(INTROSPECTION_MAX_AGE),
  negativeMaxAge: number(0, 3600, 'seconds').default(5),
  negativeMaxEntries: whole(1, 1_000_000, 'entries').default(1000),
})

/** @internal */
export const cacheSchema = optionsSchema<CacheOptions>()(cacheShape)

/** The options of the cache with their defaults. @internal */
export type CacheSettings = z.output<typeof cacheSchema>

/** For a cache without options. @internal */
export const CACHE_DEFAULTS: CacheSettings = cacheSchema.parse({})

const { introspectionMaxAge: _, ...cacheBounds } = cacheShape

type MaxAge = NonNullable<CachedVerifierOptions['maxAge']>

/** @internal */
export const cachedVerifierSchema = optionsSchema<CachedVerifierOptions>()({
  ...cacheBounds,
  maxTokenLength: commonShape.maxTokenLength,
  clockTolerance: commonShape.clockTolerance,
  clock: commonShape.clock,
  maxAge: z
    .union(
      [callable<Extract<MaxAge, (token: VerifiedToken) => number>>(), number(0, YEAR, 'seconds')],
      {
        error: 'must be a number of seconds or a function',
      },
    )
    .optional(),
})
