import { z } from 'zod'
import { SIGNATURE_ALGORITHMS } from '../jws/algorithms.ts'
import { optionsSchema, optionsShape, type Settled } from '../options/options-schema.ts'
import { asGiven, callable, flag, number, text, whole } from '../options/schema-parts.ts'
import type { Clock } from '../storage/clock.ts'
import { tokenShape } from '../token/options.ts'
import { profileSchema } from '../token/profile-schema.ts'
import type { ClientAuthentication } from './client-authentication/client-authentication.ts'
import { httpSchema } from './http/options.ts'
import type {
  CommonOptions,
  IntrospectionOptions,
  IssuerOptions,
  JwtOptions,
  KeySetOptions,
  ServerOptions,
} from './options.ts'

/** @internal */
export const keySetSchema = optionsSchema<KeySetOptions>()({
  maxAge: number(1, 86_400, 'seconds').default(300),
  staleIfError: number(0, 7 * 86_400, 'seconds').default(3600),
  unknownKeyCoolDown: number(1, 3600, 'seconds').default(10),
  maxKeys: whole(1, 1000, 'keys').default(100),
})

/** The options of a key set with their defaults. @internal */
export type KeySetSettings = z.output<typeof keySetSchema>

/** For a key set without options. @internal */
export const KEY_SET_DEFAULTS: KeySetSettings = keySetSchema.parse({})

const ownAuthentication = asGiven<ClientAuthentication>(z.looseObject({ authenticate: callable() }))

/** @internal */
export const clientShape = optionsShape<
  Pick<IntrospectionOptions, 'clientId' | 'clientSecret' | 'authentication'>
>()({
  clientId: text("the client's id"),
  clientSecret: text("the client's secret").optional(),
  authentication: z
    .union([z.enum(['client_secret_basic', 'client_secret_post']), ownAuthentication], {
      error: 'must be client_secret_basic, client_secret_post or an object with authenticate()',
    })
    .default('client_secret_basic'),
})

/** @internal */
export const introspectionSchema = optionsSchema<IntrospectionOptions>()(
  {
    ...clientShape,
    endpoint: text('a URL').optional(),
    opaqueTokens: flag.default(true),
    signedAnswers: z
      .enum(['when-offered', 'required', 'never'], {
        error: 'must be "when-offered", "required" or "never"',
      })
      .default('when-offered'),
  },
  'must be an object with clientId and clientSecret',
)

/** The options for introspection with their defaults. @internal */
export type IntrospectionSettings = z.output<typeof introspectionSchema>

/** The options for this server's client with their defaults. @internal */
export type ClientSettings = Settled<typeof clientShape>

const keySetGiven = z.object(
  { keys: z.array(z.record(z.string(), z.unknown())) },
  { error: 'must be a JWK Set' },
)

/** @internal */
export const jwtShape = optionsShape<JwtOptions>()({
  algorithms: z
    .array(
      z.enum(SIGNATURE_ALGORITHMS, { error: `must be some of ${SIGNATURE_ALGORITHMS.join(', ')}` }),
      { error: 'must be a list of algorithms' },
    )
    .min(1, 'must name at least one algorithm')
    .default([...SIGNATURE_ALGORITHMS]),
  keys: asGiven<NonNullable<JwtOptions['keys']>>(keySetGiven).optional(),
  jwksUri: text('a URL').optional(),
  keySet: keySetSchema.optional(),
})

/** @internal */
export const issuerShape = optionsShape<IssuerOptions>()({
  issuer: text("the issuer's URL"),
  profile: profileSchema.optional(),
})

/** @internal */
export const serverShape = optionsShape<ServerOptions>()({
  ...issuerShape,
  ...jwtShape,
  introspection: introspectionSchema.optional(),
  inspect: callable<NonNullable<ServerOptions['inspect']>>().optional(),
})

/** The options for one authorization server with their defaults. @internal */
export type ServerSettings = Settled<typeof serverShape>

/** @internal */
export const commonShape = optionsShape<CommonOptions>()({
  ...tokenShape,
  allowInsecureHttp: flag.default(false),
  http: httpSchema.prefault({}),
  clock: callable<Clock>().optional(),
})
