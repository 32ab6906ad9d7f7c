import { z } from 'zod'
import { optionsShape } from '../options/options-schema.ts'
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
  /** A JWS made elsewhere. For a client that trusts its signer, its values win. */
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
