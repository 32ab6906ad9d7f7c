import { z } from 'zod'
import { SIGNATURE_ALGORITHMS } from '../jws/algorithms.ts'
import { optionsSchema, optionsShape, type Settled } from '../options/options-schema.ts'
import { asGiven, callable, number } from '../options/schema-parts.ts'
import type { ReplayStore } from '../storage/replay-store.ts'
import type {
  DpopMode,
  DpopNonceMode,
  DpopNonceOptions,
  DpopOptions,
  SenderConstraintOptions,
} from './options.ts'

const MODES = ['off', 'accepted', 'required'] as const satisfies readonly DpopMode[]
const NONCE_MODES = ['off', 'when-asked', 'required'] as const satisfies readonly DpopNonceMode[]

/** @internal */
export const dpopModeSchema = z.enum(MODES, { error: `must be ${MODES.join(', ')}` })

const nonceModeSchema = z.enum(NONCE_MODES, { error: `must be ${NONCE_MODES.join(', ')}` })

const secret = z
  .string({ error: 'must be a list of strings' })
  .min(32, 'must hold secrets of at least 32 characters; openssl rand -base64 32 makes one')

const nonceSchema = optionsSchema<DpopNonceOptions>()({
  mode: nonceModeSchema.default('off'),
  secrets: z
    .array(secret, { error: 'must be a list of strings' })
    .min(1, 'must hold at least one secret')
    .optional(),
  lifetime: number(10, 3600, 'seconds').default(120),
})

const dpopSchema = optionsSchema<DpopOptions>()({
  mode: dpopModeSchema.default('accepted'),
  algorithms: z
    .array(
      z.enum(SIGNATURE_ALGORITHMS, { error: `must be some of ${SIGNATURE_ALGORITHMS.join(', ')}` }),
      { error: 'must be a list of algorithms' },
    )
    .min(1, 'must name at least one algorithm')
    .default(['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519', 'PS256', 'RS256']),
  maxClockDifference: number(1, 300, 'seconds').default(300),
  nonce: z
    .union([nonceModeSchema.transform((mode) => nonceSchema.parse({ mode })), nonceSchema], {
      error: `must be ${NONCE_MODES.join(', ')} or an object`,
    })
    .prefault({}),
  externalPath: callable<NonNullable<DpopOptions['externalPath']>>().optional(),
  replayStore: asGiven<ReplayStore>(z.looseObject({ remember: callable() })).optional(),
})

/** The options for DPoP with their defaults. @internal */
export type DpopSettings = z.output<typeof dpopSchema>

/** @internal */
export const senderConstraintShape = optionsShape<SenderConstraintOptions>()({
  dpop: z
    .union([dpopModeSchema.transform((mode) => dpopSchema.parse({ mode })), dpopSchema], {
      error: `must be ${MODES.join(', ')} or an object`,
    })
    .prefault({}),
})

/** The options of the sender constraints with their defaults. @internal */
export type SenderConstraintSettings = Settled<typeof senderConstraintShape>
