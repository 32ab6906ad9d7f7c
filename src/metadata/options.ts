import { z } from 'zod'
import { SIGNATURE_ALGORITHMS, type SignatureAlgorithm } from '../jws/algorithms.ts'
import type { SigningKey } from '../jws/signing-key.ts'
import { optionsSchema, optionsShape } from '../options/options-schema.ts'
import { asGiven, flag, text, texts } from '../options/schema-parts.ts'

/** Members of the metadata document that people read. Each may exist once per language. */
type ForPeople =
  | 'resource_name'
  | 'resource_documentation'
  | 'resource_policy_uri'
  | 'resource_tos_uri'

type Texts = Readonly<Partial<Record<ForPeople | `${ForPeople}#${string}`, string>>>

/** The members of RFC 9728 §2 beside the resource, its authorization servers and its scopes. */
export interface ResourceDescription extends Texts {
  readonly jwks_uri?: string
  /** Default `['header']`: this server reads a token from the header only. */
  readonly bearer_methods_supported?: readonly string[]
  readonly resource_signing_alg_values_supported?: readonly string[]
  readonly tls_client_certificate_bound_access_tokens?: boolean
  readonly authorization_details_types_supported?: readonly string[]
  readonly dpop_signing_alg_values_supported?: readonly string[]
  readonly dpop_bound_access_tokens_required?: boolean
  /**
   * A JWS that another party has signed. A client that trusts the signer uses the values in the JWS. To let this server sign,
   * use the option `signedMetadata` instead.
   */
  readonly signed_metadata?: string
}

/** Members that another option makes, and the name of that option. */
const MADE_BY = {
  dpop_signing_alg_values_supported: 'dpop',
  dpop_bound_access_tokens_required: 'dpop',
} as const

const membersForMachines = optionsShape<
  Omit<ResourceDescription, keyof Texts | keyof typeof MADE_BY>
>()({
  jwks_uri: text('a URL').optional(),
  bearer_methods_supported: texts.optional(),
  resource_signing_alg_values_supported: texts.optional(),
  tls_client_certificate_bound_access_tokens: flag.optional(),
  authorization_details_types_supported: texts.optional(),
  signed_metadata: text('a JWS').optional(),
})

const FOR_PEOPLE = /^resource_(?:name|documentation|policy_uri|tos_uri)(?:#.*)?$/

/** @internal */
export const resourceDescriptionSchema = asGiven<ResourceDescription>(
  z
    .looseObject(membersForMachines, { error: 'must be an object' })
    .superRefine((members, context) => {
      for (const [name, value] of Object.entries(members)) {
        if (Object.hasOwn(membersForMachines, name)) continue
        if (Object.hasOwn(MADE_BY, name)) {
          const option = MADE_BY[name as keyof typeof MADE_BY]
          const message = `is made from the option \`${option}\`; leave it out, and set that option`
          context.addIssue({ code: 'custom', path: [name], message, input: value })
        } else if (!FOR_PEOPLE.test(name)) {
          const message = 'is set by another option, or is no member of RFC 9728 §2'
          context.addIssue({ code: 'custom', path: [name], message, input: value })
        } else if (typeof value !== 'string' || value === '') {
          const message = 'must be a text'
          context.addIssue({ code: 'custom', path: [name], message, input: value })
        }
      }
    }),
)

/** Options for signing the metadata document (RFC 9728 §2.2). */
export interface SignedMetadataOptions {
  /**
   * The private key: a JWK, a PEM (PKCS #8), a `CryptoKey`, a `KeyObject`, or a signer of your own for a
   * key in a hardware security module. It is never logged.
   */
  readonly key: SigningKey
  /**
   * The algorithm of the signature, for keys that allow several.
   *
   * @defaultValue the key's `alg`, otherwise the most common one for the key
   */
  readonly algorithm?: SignatureAlgorithm
  /**
   * `kid` in the header of the signature and in the published key.
   *
   * @defaultValue the key's `kid`, otherwise its thumbprint (RFC 7638)
   */
  readonly keyId?: string
  /**
   * `iss`: the party that attests the metadata (RFC 9728 §2.2).
   *
   * @defaultValue the resource
   */
  readonly issuer?: string
  /**
   * Whether this server publishes the public key, and names its address as `jwks_uri` in the metadata.
   * The address is `/.well-known/oauth-protected-resource-jwks`, followed by the path of the resource.
   *
   * @defaultValue `false`
   */
  readonly publishKey?: boolean
}

const signingKey = z.custom<SigningKey>(
  (value) => typeof value === 'string' || (typeof value === 'object' && value !== null),
  {
    error:
      'must be a private key: a JWK, a PEM, a CryptoKey, a KeyObject, or an object with sign()',
  },
)

/** @internal */
export const signedMetadataSchema = optionsSchema<SignedMetadataOptions>()(
  {
    key: signingKey,
    algorithm: z
      .enum(SIGNATURE_ALGORITHMS, { error: `must be one of ${SIGNATURE_ALGORITHMS.join(', ')}` })
      .optional(),
    keyId: text("the key's id").optional(),
    issuer: text('an issuer').optional(),
    publishKey: flag.default(false),
  },
  'must be an object with `key`',
)

/** The options for signing the metadata with their defaults. @internal */
export type SignedMetadataSettings = z.output<typeof signedMetadataSchema>
