import type { AuthorizationServer } from '../authorization-server/authorization-server.ts'
import type { Endpoint } from '../gate/endpoints.ts'
import { headerValues } from '../http/header-fields.ts'
import { answerMetadata, METADATA_METHODS } from '../metadata/metadata-answer.ts'
import type { ProtectedResourceMetadata } from '../metadata/protected-resource-metadata.ts'
import { wellKnownPaths } from '../metadata/well-known.ts'
import { optionError } from '../options/option-error.ts'
import type { MaybePromise } from '../storage/maybe-promise.ts'
import type { ResourceServerSettings } from './options-schema.ts'

/**
 * Makes the endpoints that answer metadata: the metadata of the resource, and with the option
 * `mirrorAuthorizationServerMetadata` also the metadata of the authorization server.
 *
 * @throws {TypeError} when metadata is to be mirrored, but there is not exactly one authorization
 * server
 * @internal
 */
export function metadataEndpoints(
  where: string,
  { resource, mirrorAuthorizationServerMetadata }: ResourceServerSettings,
  metadata: ProtectedResourceMetadata,
  servers: readonly AuthorizationServer[],
): readonly Endpoint[] {
  const document = JSON.stringify(metadata)
  const own = endpointsOf(resource, 'oauth-protected-resource', () => document)
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
  return wellKnownPaths(resource, suffix).map((path) => ({
    path,
    methods: METADATA_METHODS,
    async answer({ method, headers }) {
      const [ifNoneMatch] = headerValues(headers, 'if-none-match')
      return answerMetadata(method, ifNoneMatch, await load())
    },
  }))
}
