import { z } from 'zod'
import { SIGNATURE_ALGORITHMS } from '../jws/algorithms.ts'
import { optionsSchema, optionsShape } from '../options/options-schema.ts'
import { asGiven, callable, number, whole } from '../options/schema-parts.ts'
import type { ReplayStore } from '../storage/replay-store.ts'
import type {
  ClientCertificateFormat,
  ClientCertificateHeader,
  DpopMode,
  DpopNonceMode,
  DpopNonceOptions,
  DpopOptions,
  SenderConstraintOptions,
} from './options.ts'
import { readNetwork } from './trusted-proxies.ts'

const MODES = ['off', 'accepted', 'required'] as const satisfies readonly DpopMode[]
const NONCE_MODES = ['off', 'when-asked', 'required'] as const satisfies readonly DpopNonceMode[]

/** @internal */
export const dpopModeSchema = z.enum(MODES, { error: `must be ${MODES.join(', ')}` })

const nonceModeSchema = z.enum(NONCE_MODES, { error: `must be ${NONCE_MODES.join(', ')}` })

const secret = z
  .string({ error: 'must be a list of strings' })
  .min(32, 'must hold secrets of at least 32 characters; openssl rand -base64 32 makes one')

/** @internal */
export const dpopNonceSchema = optionsSchema<DpopNonceOptions>()({
  mode: nonceModeSchema.default('off'),
  secrets: z
    .array(secret, { error: 'must be a list of strings' })
    .min(1, 'must hold at least one secret')
    .max(10, 'must hold at most 10 secrets')
    .optional(),
  lifetime: number(10, 3600, 'seconds').default(120),
})

const proofsSchema = optionsSchema<DpopOptions>()({
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
    .union(
      [nonceModeSchema.transform((mode) => dpopNonceSchema.parse({ mode })), dpopNonceSchema],
      {
        error: `must be ${NONCE_MODES.join(', ')} or an object`,
      },
    )
    .prefault({}),
  externalPath: callable<NonNullable<DpopOptions['externalPath']>>().optional(),
  replayStore: asGiven<ReplayStore>(
    z.looseObject(
      { remember: callable() },
      { error: 'must be an object with a method `remember`' },
    ),
  ).optional(),
  maxProofs: whole(10, 10_000_000, 'proofs').default(1_000_000),
  maxProofsPerSubject: whole(1, 10_000_000, 'proofs').optional(),
})

/** @internal */
export const dpopSchema = proofsSchema.transform((options) => ({
  ...options,
  maxProofsPerSubject: options.maxProofsPerSubject ?? Math.ceil(options.maxProofs / 10),
}))

const FORMATS = [
  'rfc9440',
  'base64-der',
  'escaped-pem',
  'xfcc',
] as const satisfies readonly ClientCertificateFormat[]

/** Headers that cannot carry a certificate, because they have another meaning. */
const OTHER_HEADERS =
  /^(?:authorization|dpop|host|cookie|forwarded|x-forwarded-for|content-.*|mcp-.*)$/i

const NETWORKS =
  'must hold IP addresses and CIDR ranges, such as 10.0.0.7, 10.0.0.0/8 or fd00::/8; a range must not be /0'

/** @internal */
export const clientCertificateHeaderSchema = optionsSchema<ClientCertificateHeader>()({
  header: z
    .string({ error: 'must be the name of a header, such as client-cert' })
    .regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, 'must be the name of a header, such as client-cert')
    .refine((name) => !OTHER_HEADERS.test(name), 'must not be a header that has another meaning'),
  format: z.enum(FORMATS, { error: `must be ${FORMATS.join(', ')}` }),
  trustedProxies: z
    .array(
      z
        .string({ error: NETWORKS })
        .refine((entry) => readNetwork(entry) !== undefined, { error: NETWORKS }),
      { error: `must be a list; it ${NETWORKS}` },
    )
    .min(
      1,
      'must hold at least one address, because the header is trusted from these addresses only',
    ),
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
  clientCertificate: z
    .union([z.literal('connection'), clientCertificateHeaderSchema], {
      error: 'must be "connection" or an object',
    })
    .optional(),
})
