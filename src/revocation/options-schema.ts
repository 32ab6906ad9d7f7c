import { z } from 'zod'
import type { ClientOptions } from '../authorization-server/options.ts'
import { clientShape } from '../authorization-server/options-schema.ts'
import { optionsSchema, optionsShape } from '../options/options-schema.ts'
import { callable, number, scopes, text, texts, whole, YEAR } from '../options/schema-parts.ts'
import { notBeforeSchema } from './not-before-options.ts'
import type {
  BackchannelLogoutOptions,
  RevocationOptions,
  RevocationSourceOptions,
  SecurityEventOptions,
} from './options.ts'
import type { RevocationPush } from './push-options.ts'
import type { Revocation } from './revocation.ts'

/** @internal */
export const revocationSchema = optionsSchema<RevocationOptions>()(
  {
    check: callable<NonNullable<RevocationOptions['check']>>().optional(),
    longestTokenLife: number(60, YEAR, 'seconds').optional(),
    maxRevocations: whole(100, 10_000_000, 'entries').default(100_000),
  },
  'must be a function or an object',
)

/** The argument of `revoke()`. @internal */
export const revocationArgumentSchema = optionsSchema<Revocation>()(
  {
    issuer: text('the issuer of an authorization server').optional(),
    session: text('the claim `sid` of the tokens').optional(),
    subject: text('the claim `sub` of the tokens').optional(),
    client: text('the id of a client').optional(),
    token: text('the claim `jti` of the token').optional(),
    everything: z.literal(true, { error: 'must be true' }).optional(),
    issuedBefore: z
      .union([z.date(), z.literal('ever')], { error: "must be a valid Date, or 'ever'" })
      .optional(),
  },
  'must be an object that says what is revoked',
)

/** The options for revocations with their defaults. @internal */
export interface RevocationSettings extends z.output<typeof revocationSchema> {
  readonly longestTokenLife: number
}

const path = z
  .string({ error: 'must be a path' })
  .regex(/^\/[A-Za-z0-9\-._~!$&'()*+,;=:@/%]*$/, 'must be a path, such as /mcp/backchannel-logout')

/** @internal */
export const backchannelLogoutSchema = optionsSchema<BackchannelLogoutOptions>()(
  {
    clientIds: z.union([text('a client id'), texts.min(1, 'must have at least one client id')], {
      error: 'must be a client id or a list of client ids',
    }),
    path: path.optional(),
  },
  'must be an object with `clientIds`',
)

/** Fewest characters of the agreed `Authorization`. Whoever guesses it can make this server verify signatures. */
const SHORTEST_AUTHORIZATION = 32

const authorization = text('the value of Authorization')
  .min(SHORTEST_AUTHORIZATION, `must have at least ${SHORTEST_AUTHORIZATION} characters`)
  .regex(/^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/, {
    error: 'must be the value of a header field: visible ASCII characters and single spaces',
  })

const revokeOrIgnore = z.enum(['revoke', 'ignore'], { error: 'must be "revoke" or "ignore"' })

/** @internal */
export const securityEventSchema = optionsSchema<SecurityEventOptions>()(
  {
    delivery: z.enum(['push', 'poll'], { error: 'must be "push" or "poll"' }).default('push'),
    audience: z
      .union([text('an audience'), texts.min(1)], {
        error: 'must be an audience or a list of audiences',
      })
      .optional(),
    path: path.optional(),
    authorization: z
      .union([authorization, z.array(authorization).min(1)], {
        error: `must be the value of a header field with at least ${SHORTEST_AUTHORIZATION} characters, or a list of such values`,
      })
      .optional(),
    client: optionsSchema<ClientOptions>()(
      clientShape,
      'must be an object with clientId, and clientSecret or another credential',
    ).optional(),
    scopes: scopes.optional(),
    configurationUrl: text('a URL').optional(),
    pollEndpoint: text('a URL').optional(),
    pollInterval: number(1, 3600, 'seconds').default(5),
    onCredentialChange: revokeOrIgnore.default('revoke'),
    onTokenClaimsChange: revokeOrIgnore.default('revoke'),
  },
  'must be an object',
)

/** The options for security events with their defaults. @internal */
export type SecurityEventSettings = z.output<typeof securityEventSchema>

const revocationPushSchema = optionsSchema<RevocationPush>()(
  {
    path: z
      .string({ error: 'must be a path' })
      .regex(/^[A-Za-z0-9\-._~!$&'()*+,;=:@/%]+$/, 'must be a path, such as /mcp/revocations'),
    read: callable<RevocationPush['read']>(),
  },
  'must be an object with `path` and `read`',
)

/** @internal */
export const revocationSourceShape = optionsShape<RevocationSourceOptions>()({
  backchannelLogout: backchannelLogoutSchema.optional(),
  securityEvents: securityEventSchema.optional(),
  notBefore: notBeforeSchema.optional(),
  revocationPushes: z
    .array(revocationPushSchema, { error: 'must be a list of objects with `path` and `read`' })
    .optional(),
})
