import { z } from 'zod'
import { isObject } from '../json-object.ts'
import { SIGNATURE_ALGORITHMS } from '../jws/algorithms.ts'
import { optionsSchema, optionsShape } from '../options/options-schema.ts'
import { readOptions } from '../options/read-options.ts'
import { asGiven, callable, flag, number, scopes, text } from '../options/schema-parts.ts'
import type { TestClient, TestDpopKeyOptions, TestIssuerOptions } from './options.ts'
import type { TestKey, TestKeyOptions } from './test-key.ts'
import type { TestJwtOptions, TestTokenOptions } from './token-options.ts'
import type { TestTokenShape } from './token-shape.ts'
import { type TestProfile, TOKEN_SHAPES } from './token-shapes.ts'

const names = (list: readonly string[]) => list.map((name) => JSON.stringify(name)).join(', ')

const PROFILES = Object.keys(TOKEN_SHAPES) as TestProfile[]

const shape = z.custom<TestTokenShape>(
  (value) =>
    isObject(value) &&
    isObject(value.profile) &&
    typeof value.claims === 'function' &&
    ['string', 'undefined'].includes(typeof value.headerType),
)

const profile = z
  .union([z.enum(PROFILES), shape], {
    error: `must be ${names(PROFILES)}, or an object with \`profile\`, \`headerType\` and \`claims\``,
  })
  .default('rfc9068')

const algorithm = z
  .enum(SIGNATURE_ALGORITHMS, { error: `must be one of ${names(SIGNATURE_ALGORITHMS)}` })
  .default('ES256')

const key = z.custom<TestKey>(
  (value) => isObject(value) && typeof value.sign === 'function' && isObject(value.publicKey),
  { error: 'must be a key of createTestKey' },
)

const testIssuerSchema = optionsSchema<TestIssuerOptions>()({
  issuer: text('an issuer URL')
    .refine((url) => URL.canParse(url), 'must be an issuer URL')
    .default('https://issuer.test'),
  resource: text('the URL of the MCP server').default('https://mcp.example.com/mcp'),
  profile,
  scopes: scopes.default([]),
  algorithm,
  keys: z
    .array(asGiven<TestKey>(key), { error: 'must be a list of keys of createTestKey' })
    .min(1, 'is empty; it must be a list of keys of createTestKey')
    .optional(),
  client: optionsSchema<TestClient>()(
    { clientId: text('a client id'), clientSecret: text('a secret') },
    'must be an object with `clientId` and `clientSecret`',
  ).optional(),
  clock: callable<() => number>().default(() => Date.now),
})

/** The options of a test issuer with their defaults. @internal */
export type TestIssuerSettings = z.output<typeof testIssuerSchema>

/** @throws {TypeError} naming the option that is wrong @internal */
export function readTestIssuerOptions(where: string, options: unknown): TestIssuerSettings {
  return readOptions(where, testIssuerSchema, options)
}

const testKeySchema = optionsSchema<TestKeyOptions>()({
  algorithm,
  keyId: text('a key id').optional(),
})

/** @throws {TypeError} naming the option that is wrong @internal */
export function readTestKeyOptions(
  where: string,
  options: unknown,
): z.output<typeof testKeySchema> {
  return readOptions(where, testKeySchema, options)
}

const dpopKeySchema = optionsSchema<TestDpopKeyOptions>()({
  algorithm,
  clock: callable<() => number>().default(() => Date.now),
})

/** @throws {TypeError} naming the option that is wrong @internal */
export function readDpopKeyOptions(
  where: string,
  options: unknown,
): z.output<typeof dpopKeySchema> {
  return readOptions(where, dpopKeySchema, options)
}

const seconds = number(-3_155_760_000, 3_155_760_000, 'seconds')
const members = z.record(z.string(), z.unknown(), { error: 'must be an object' })
const dpop = z.union([text('a thumbprint'), asGiven(z.looseObject({ thumbprint: z.string() }))], {
  error: 'must be a key of createDpopKey, or a thumbprint',
}) as unknown as z.ZodType<
  NonNullable<TestTokenOptions['dpop']>,
  NonNullable<TestTokenOptions['dpop']>
>

const tokenShape = optionsShape<TestTokenOptions>()({
  scopes: z.array(z.string(), { error: 'must be a list of scopes' }).optional(),
  subject: z.string({ error: 'must be a string' }).optional(),
  clientId: z.string({ error: 'must be a string' }).optional(),
  roles: z.array(z.string(), { error: 'must be a list of roles' }).optional(),
  audience: z
    .union([z.string(), z.array(z.string())], { error: 'must be a string or a list of strings' })
    .optional(),
  session: z.string({ error: 'must be a string' }).optional(),
  expiresIn: seconds.optional(),
  dpop: dpop.optional(),
  claims: members.optional(),
})

const tokenSchema = optionsSchema<TestTokenOptions>()(tokenShape)

const jwtSchema = optionsSchema<TestJwtOptions>()({
  ...tokenShape,
  header: members.optional(),
  key: z
    .union([text('a key id'), asGiven<TestKey>(key)], {
      error: 'must be the id of a key, or a key of createTestKey',
    })
    .optional(),
  lightweight: flag.optional(),
})

/** @throws {TypeError} naming the option that is wrong @internal */
export function checkTokenOptions(where: string, options: unknown): void {
  readOptions(where, tokenSchema, options)
}

/** @throws {TypeError} naming the option that is wrong @internal */
export function checkJwtOptions(where: string, options: unknown): void {
  readOptions(where, jwtSchema, options)
}
