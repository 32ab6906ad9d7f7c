import type { AuthorizationServer } from '../authorization-server/authorization-server.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { headerValues } from '../http/header-fields.ts'
import { answerMetadata, FOR_EVERY_ORIGIN, METADATA_METHODS } from '../metadata/metadata-answer.ts'
import { KEY_SET_SUFFIX, wellKnownPaths } from '../metadata/well-known.ts'
import { optionError } from '../options/option-error.ts'
import type { MaybePromise } from '../storage/maybe-promise.ts'
import type { Documents } from './metadata-documents.ts'
import type { ResourceServerSettings } from './options-schema.ts'

/**
 * Makes the endpoints that answer metadata: the metadata of the resource, with the option
 * `signedMetadata.publishKey` the key that signs it, and with the option
 * `mirrorAuthorizationServerMetadata` the metadata of the authorization server.
 *
 * @throws {TypeError} when metadata is to be mirrored, but there is not exactly one authorization
 * server
 * @internal
 */
export function metadataEndpoints(
  where: string,
  { resource, mirrorAuthorizationServerMetadata, signedMetadata }: ResourceServerSettings,
  { metadata, signed }: Documents,
  servers: readonly AuthorizationServer[],
): readonly Endpoint[] {
  const document = JSON.stringify(metadata)
  const load = () => signed?.document() ?? document
  const own = [...endpointsOf(resource, 'oauth-protected-resource', load)]
  if (signed !== undefined && signedMetadata?.publishKey) {
    // Only the address that `jwks_uri` names. Another resource of this origin may have another key.
    const [path = ''] = wellKnownPaths(resource, KEY_SET_SUFFIX)
    own.push(endpointOf(path, () => signed.keySet(), 'application/jwk-set+json'))
  }
  if (!mirrorAuthorizationServerMetadata) return own
  const [server, second] = servers
  if (server === undefined || second !== undefined) {
    throw optionError(
      where,
      'mirrorAuthorizationServerMetadata',
      'needs exactly one `authorizationServer`, and does not work together with `verifier`',
      true,
    )
  }
  const mirrored = async (): Promise<string> => JSON.stringify(await server.metadata())
  return [
    ...own,
    ...endpointsOf(resource, 'oauth-authorization-server', mirrored),
    ...endpointsOf(resource, 'openid-configuration', mirrored),
  ]
}

function endpointsOf(
  resource: string,
  suffix: string,
  load: () => MaybePromise<string>,
): readonly Endpoint[] {
  return wellKnownPaths(resource, suffix).map((path) => endpointOf(path, load))
}

function endpointOf(path: string, load: () => MaybePromise<string>, mediaType?: string): Endpoint {
  return {
    path,
    methods: METADATA_METHODS,
    headers: FOR_EVERY_ORIGIN,
    async answer({ method, headers }) {
      const [ifNoneMatch] = headerValues(headers, 'if-none-match')
      return answerMetadata(method, ifNoneMatch, await load(), mediaType)
    },
  }
}
