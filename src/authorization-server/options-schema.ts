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
  ClientAssertionOptions,
  ClientOptions,
  CommonOptions,
  IntrospectionOptions,
  IssuerOptions,
  JwtOptions,
  KeySetOptions,
  ServerOptions,
  TokenInfoOptions,
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

const METHODS = [
  'client_secret_basic',
  'client_secret_post',
  'client_secret_jwt',
  'private_key_jwt',
  'tls_client_auth',
  'self_signed_tls_client_auth',
] as const

const ownAuthentication = asGiven<ClientAuthentication>(z.looseObject({ authenticate: callable() }))

const method = z.enum(METHODS)

/** A credential, or a function that returns it. The value itself is checked when it is read. */
const credential = <Value>(wants: string, isForm: (value: unknown) => boolean) =>
  z.custom<Value>((value) => typeof value === 'function' || isForm(value), {
    error: `must be ${wants}, or a function that returns it`,
  })

const isText = (value: unknown): boolean => typeof value === 'string'
const isObjectValue = (value: unknown): boolean => typeof value === 'object' && value !== null

/** @internal */
export const clientAssertionSchema = optionsSchema<ClientAssertionOptions>()({
  audience: text('issuer, endpoint or an audience').default('issuer'),
  lifetime: whole(5, 300, 'seconds').default(60),
  algorithm: z
    .enum(SIGNATURE_ALGORITHMS, { error: `must be one of ${SIGNATURE_ALGORITHMS.join(', ')}` })
    .optional(),
  keyId: text("the key's id").optional(),
})

/** @internal */
export const clientShape = optionsShape<ClientOptions>()({
  clientId: text("the client's id"),
  clientSecret: credential<NonNullable<ClientOptions['clientSecret']>>(
    "the client's secret",
    isText,
  )
    .refine((value) => value !== '', { error: "is empty; it must be the client's secret" })
    .optional(),
  clientKey: credential<NonNullable<ClientOptions['clientKey']>>(
    "the client's private key",
    (value) => isText(value) || isObjectValue(value),
  ).optional(),
  clientCertificate: credential<NonNullable<ClientOptions['clientCertificate']>>(
    'an object with `cert` and `key`',
    isObjectValue,
  ).optional(),
  clientAssertion: clientAssertionSchema.prefault({}),
  authentication: z
    .union([method, z.array(method).min(1).readonly(), ownAuthentication], {
      error: `must be one or some of ${METHODS.join(', ')}, or an object with authenticate()`,
    })
    .optional(),
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
  'must be an object with clientId, and clientSecret or another credential',
)

/** The options for introspection with their defaults. @internal */
export type IntrospectionSettings = z.output<typeof introspectionSchema>

/** The options for this server's client with their defaults. @internal */
export type ClientSettings = Settled<typeof clientShape>

/** @internal */
export const tokenInfoSchema = optionsSchema<TokenInfoOptions>()(
  { endpoint: text('a URL') },
  'must be an object with `endpoint`',
)

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
  tokenInfo: tokenInfoSchema.optional(),
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
