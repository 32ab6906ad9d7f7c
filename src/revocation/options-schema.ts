import { z } from 'zod'
import { optionsSchema, optionsShape } from '../options/options-schema.ts'
import { asGiven, callable, number, text, texts, whole, YEAR } from '../options/schema-parts.ts'
import type { SharedStore } from '../storage/shared-store.ts'
import type {
  BackchannelLogoutOptions,
  RevocationOptions,
  RevocationSourceOptions,
  SharedStoreOptions,
} from './options.ts'

/** @internal */
export const revocationSchema = optionsSchema<RevocationOptions>()(
  {
    check: callable<NonNullable<RevocationOptions['check']>>().optional(),
    longestTokenLife: number(60, YEAR, 'seconds').optional(),
    maxRevocations: whole(100, 10_000_000, 'entries').default(100_000),
  },
  'must be a function or an object',
)

/** The options for revocations with their defaults. @internal */
export interface RevocationSettings extends z.output<typeof revocationSchema> {
  readonly longestTokenLife: number
}

/** @internal */
export const sharedStoreSchema = optionsSchema<SharedStoreOptions>()(
  {
    store: asGiven<SharedStore>(
      z.looseObject({ log: callable(), add: callable() }, { error: 'must be a shared store' }),
    ),
    onOutage: z
      .enum(['local', 'refuse'], { error: 'must be "local" or "refuse"' })
      .default('refuse'),
  },
  'must be an object with `store`',
)

const path = z
  .string({ error: 'must be a path' })
  .regex(/^\/[A-Za-z0-9\-._~!$&'()*+,;=:@/%]*$/, 'must be a path, such as /mcp/backchannel-logout')

/** @internal */
export const backchannelLogoutSchema = optionsSchema<BackchannelLogoutOptions>()(
  {
    clientIds: z.union([text('a client id'), texts.min(1)], {
      error: 'must be a client id or a list of client ids',
    }),
    path: path.optional(),
  },
  'must be an object with `clientIds`',
)

/** @internal */
export const revocationSourceShape = optionsShape<RevocationSourceOptions>()({
  backchannelLogout: backchannelLogoutSchema.optional(),
})
