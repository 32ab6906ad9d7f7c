import { z } from 'zod'
import { number, text, texts, YEAR } from '../options/schema-parts.ts'

/** Seconds since the epoch, at most in the year 5138. So a time in milliseconds is refused. */
const instant = number(0, 1e11, 'seconds since the epoch')

const confirmation = z.strictObject(
  { jkt: text('a thumbprint').optional(), 'x5t#S256': text('a thumbprint').optional() },
  { error: 'must be an object with `jkt` or `x5t#S256`' },
)

/** @internal */
export const verifiedTokenSchema = z.strictObject(
  {
    issuer: text('the issuer of the token'),
    expiresAt: instant,
    subject: text('a string').optional(),
    clientId: text('a string').optional(),
    scopes: texts.optional(),
    audience: z
      .union([z.string(), texts], { error: 'must be a string or a list of strings' })
      .optional(),
    issuedAt: instant.optional(),
    tokenId: text('a string').optional(),
    confirmation: confirmation.optional(),
    format: z.enum(['jwt', 'opaque'], { error: 'must be "jwt" or "opaque"' }).optional(),
    verifiedBy: z
      .enum(['signature', 'introspection', 'signature_and_introspection'], {
        error: 'must be "signature", "introspection" or "signature and introspection"',
      })
      .optional(),
    claims: z
      .record(z.string(), z.json(), { error: 'must be an object of JSON values' })
      .optional(),
  },
  { error: 'must be an object with `issuer` and `expiresAt`' },
)

/** A result of introspection in a store that several processes share, without its claims. @internal */
export const storedResultSchema = z.strictObject({
  /** In milliseconds since the epoch. */
  until: z.number().min(0),
  maxAge: z.number().min(0).max(YEAR),
  keyId: z.string().optional(),
  token: z.strictObject({
    issuer: z.string().min(1),
    subject: z.string().min(1).optional(),
    clientId: z.string().min(1).optional(),
    audience: z.array(z.string()),
    scopes: z.array(z.string()),
    expiresAt: instant,
    issuedAt: instant.optional(),
    tokenId: z.string().min(1).optional(),
    confirmation: confirmation.optional(),
    format: z.enum(['jwt', 'opaque']),
    // A result of the signature alone is never shared.
    verifiedBy: z.enum(['introspection', 'signature_and_introspection']),
    claims: z.unknown(),
  }),
})
