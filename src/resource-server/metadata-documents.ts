import type { ResourceDescription } from '../metadata/options.ts'
import {
  type ProtectedResourceMetadata,
  protectedResourceMetadata,
} from '../metadata/protected-resource-metadata.ts'
import { SignedMetadata } from '../metadata/signed-metadata.ts'
import { KEY_SET_SUFFIX, wellKnownUrl } from '../metadata/well-known.ts'
import { optionError } from '../options/option-error.ts'
import type { Clock } from '../storage/clock.ts'
import type { ResourceServerSettings } from './options-schema.ts'

/** The metadata of the resource, plain and signed. @internal */
export interface Documents {
  /** The metadata without `signed_metadata`. */
  readonly metadata: ProtectedResourceMetadata
  /** The signed metadata; `undefined` without the option `signedMetadata`. */
  readonly signed: SignedMetadata | undefined
}

/** The parts of the metadata that are not options. */
interface MadeElsewhere {
  readonly issuers: readonly string[]
  /** The scopes that clients should ask for at first. */
  readonly initialScopes: readonly string[]
  readonly clock: Clock
}

/**
 * Makes the metadata of the resource from the options (RFC 9728 §2).
 *
 * @throws {TypeError} when two options set the same member, or when the signing key cannot be used
 * @internal
 */
export function createDocuments(
  where: string,
  settings: ResourceServerSettings,
  { issuers, initialScopes, clock }: MadeElsewhere,
): Documents {
  const { resource, signedMetadata } = settings
  const metadata = protectedResourceMetadata({
    ...settings.metadata,
    resource,
    authorization_servers: issuers,
    scopes_supported: initialScopes,
    ...senderConstraintMembers(settings),
    ...signingMembers(where, settings),
  })
  const signed =
    signedMetadata && new SignedMetadata({ where, settings: signedMetadata, metadata, clock })
  return { metadata, signed }
}

/** The members of the metadata that describe how tokens may or must be bound (RFC 9728 §2). */
function senderConstraintMembers({
  dpop: { mode, algorithms },
  clientCertificate,
}: ResourceServerSettings): Partial<ResourceDescription> {
  return {
    ...(mode !== 'off' && { dpop_signing_alg_values_supported: algorithms }),
    ...(mode === 'required' && { dpop_bound_access_tokens_required: true }),
    ...(clientCertificate && { tls_client_certificate_bound_access_tokens: true }),
  }
}

/**
 * The members of the metadata that the option `signedMetadata` adds, besides `signed_metadata` itself.
 *
 * @throws {TypeError} when an option sets the same member in another way
 */
function signingMembers(
  where: string,
  { resource, metadata, signedMetadata }: ResourceServerSettings,
): Partial<ResourceDescription> {
  if (signedMetadata === undefined) return {}
  if (metadata?.signed_metadata !== undefined) {
    const wants =
      'cannot be combined with `signedMetadata`, which makes this member; leave one of them out'
    throw optionError(where, 'metadata.signed_metadata', wants, metadata.signed_metadata)
  }
  if (!signedMetadata.publishKey) return {}
  if (metadata?.jwks_uri !== undefined) {
    const wants =
      'cannot be combined with `signedMetadata.publishKey`, which makes this member; leave one of them out'
    throw optionError(where, 'metadata.jwks_uri', wants, metadata.jwks_uri)
  }
  return { jwks_uri: wellKnownUrl(resource, KEY_SET_SUFFIX) }
}
