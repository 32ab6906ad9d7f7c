import { z } from 'zod'
import { optionsSchema } from '../options/options-schema.ts'
import { flag } from '../options/schema-parts.ts'
import { readSealingKey } from '../storage/sealing.ts'
import type { SharedStore } from '../storage/shared-store.ts'

/** Options for the store that several instances share. */
export interface SharedStoreOptions {
  /** The store, such as the one of `createRedisStore`. */
  readonly store: SharedStore
  /**
   * What happens while the store does not answer, which is noticed within 3 s. `refuse`: every request is
   * answered with 503, because another instance may know of a revocation. `local`: this instance goes on
   * with what it knows, and a DPoP proof can work once on each instance.
   *
   * @defaultValue `refuse`
   */
  readonly onOutage?: 'local' | 'refuse'
  /**
   * Keys of 32 bytes, each in base64, base64url or hexadecimal digits: `openssl rand -base64 32`. What
   * `introspection` and `sessions` put into the store is sealed with the first key (AES-256-GCM), so
   * nobody can read or change it there. Every key of the list opens values, so a key can be replaced: add
   * the new key as the second one on every instance, then make it the first, and later remove the old one.
   *
   * @defaultValue none
   */
  readonly sealingKeys?: string | readonly string[]
  /**
   * Shares introspection results, so that a token is introspected once for all instances. Only instances
   * with the same `resource` and the same options for verification share results. Needs `sealingKeys`.
   *
   * @defaultValue `false`
   */
  readonly introspection?: boolean
  /**
   * Shares the owners of MCP sessions, so that a session continues on every instance. While the store
   * does not answer, requests that name a session are answered with 503, whatever `onOutage` says. Needs
   * `sealingKeys`.
   *
   * @defaultValue `false`
   */
  readonly sessions?: boolean
}

const wants = 'must be 32 random bytes in base64 or hexadecimal digits: openssl rand -base64 32'
const sealingKey = z
  .string({ error: wants })
  .refine((text) => readSealingKey(text) !== undefined, { error: wants })

function isStore(given: unknown): boolean {
  const { log, add } = (given ?? {}) as Partial<Record<keyof SharedStore, unknown>>
  return typeof log === 'function' && typeof add === 'function'
}

const wantsStore = 'must be a shared store, such as createRedisStore({ client })'

/** @internal */
export const sharedStoreSchema = optionsSchema<SharedStoreOptions>()(
  {
    store: z.custom<SharedStore>(isStore, { error: wantsStore }),
    onOutage: z
      .enum(['local', 'refuse'], { error: 'must be "local" or "refuse"' })
      .default('refuse'),
    sealingKeys: z
      .union([sealingKey, z.array(sealingKey, { error: wants }).min(1, wants)], { error: wants })
      .optional(),
    introspection: flag.default(false),
    sessions: flag.default(false),
  },
  'must be an object with `store`',
)

/** The options for the shared store with their defaults. @internal */
export type SharedStoreSettings = z.output<typeof sharedStoreSchema>
