import type { AuthorizationServerMetadata, EndpointName } from '../discovery.ts'

/**
 * Reads a list about client authentication at an endpoint (RFC 8414 §2). If the metadata has no list for
 * this endpoint, the list for the other endpoint counts.
 *
 * @returns `undefined` if the metadata has neither list
 */
function readList(
  metadata: AuthorizationServerMetadata,
  endpoint: EndpointName,
  suffix: string,
): readonly string[] | undefined {
  const other = endpoint === 'token_endpoint' ? 'introspection_endpoint' : 'token_endpoint'
  for (const name of [endpoint, other]) {
    const list = metadata[`${name}_${suffix}`]
    if (Array.isArray(list)) return list.filter((entry) => typeof entry === 'string')
  }
  return undefined
}

/** The methods that the authorization server offers at an endpoint; `undefined` if it does not say. @internal */
export function offeredMethods(
  metadata: AuthorizationServerMetadata,
  endpoint: EndpointName,
): readonly string[] | undefined {
  return readList(metadata, endpoint, 'auth_methods_supported')
}

/** The algorithms that the authorization server accepts for assertions; `undefined` if it does not say. @internal */
export function offeredAlgorithms(
  metadata: AuthorizationServerMetadata,
  endpoint: EndpointName,
): readonly string[] | undefined {
  return readList(metadata, endpoint, 'auth_signing_alg_values_supported')
}
