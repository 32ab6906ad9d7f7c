import { z } from 'zod'
import { number, text, texts } from '../options/schema-parts.ts'

/** Seconds since the epoch, at most in the year 5138. So a time in milliseconds is refused. */
const instant = number(0, 1e11, 'seconds since the epoch')

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
    confirmation: z
      .strictObject(
        { jkt: text('a thumbprint').optional(), 'x5t#S256': text('a thumbprint').optional() },
        { error: 'must be an object with `jkt` or `x5t#S256`' },
      )
      .optional(),
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
