import { optionError } from '../options/option-error.ts'
import { readOptions } from '../options/read-options.ts'
import type { AuthorizationServerOptions } from '../resource-server/authorization-server-options.ts'
import type { TokenProfile } from '../token/profile.ts'
import { cognitoProfile } from './cognito-profile.ts'
import type { CognitoOptions } from './options.ts'
import { cognitoSchema } from './options-schema.ts'
import { vendorServer } from './vendor-server.ts'

/** The hosts of the two issuer types. */
const COGNITO_HOSTS = {
  original: (region: string) => `cognito-idp.${region}.amazonaws.com`,
  updated: (region: string) => `issuer-cognito-idp.${region}.amazonaws.com`,
} as const

/**
 * Makes the options for an Amazon Cognito user pool as authorization server. Tokens with `aud` must have an
 * accepted audience there. Tokens without `aud` must have a scope of the resource server that stands for this
 * server: the URL of this server, or `resourceServerIdentifier`.
 *
 * @throws {TypeError} naming the option that is wrong
 *
 * @example
 * ```ts
 * import { createResourceServer } from 'mcp-resource-server'
 * import { cognito } from 'mcp-resource-server/profiles'
 *
 * const resourceServer = createResourceServer({
 *   resource: 'https://mcp.example.com/mcp',
 *   authorizationServer: cognito({ region: 'eu-central-1', userPoolId: 'eu-central-1_Abc123xyz' }),
 *   requiredScopes: ['https://mcp.example.com/mcp/tools'],
 * })
 * console.log(resourceServer.metadata.authorization_servers)
 * ```
 */
export function cognito(options: CognitoOptions): AuthorizationServerOptions {
  const { region, userPoolId, issuerType, resourceServerIdentifier, acceptAnyTokenOfClients } =
    readOptions('cognito', cognitoSchema, options)
  if (!userPoolId.startsWith(`${region}_`)) {
    const wants = `must begin with the region and an underscore: ${JSON.stringify(`${region}_`)}`
    throw optionError('cognito', 'userPoolId', wants, userPoolId)
  }
  const {
    region: _region,
    userPoolId: _userPoolId,
    issuerType: _issuerType,
    resourceServerIdentifier: _identifier,
    acceptAnyTokenOfClients: _clients,
    ...rest
  } = options
  const clients = acceptAnyTokenOfClients ?? []
  const profile: TokenProfile =
    clients.length === 0
      ? cognitoProfile
      : { ...cognitoProfile, audienceSubstitutes: ['scope-prefix', 'client-id'] }
  const issuer = `https://${COGNITO_HOSTS[issuerType](region)}/${userPoolId}`
  const identifiers = resourceServerIdentifier === undefined ? [] : [resourceServerIdentifier]
  return vendorServer(issuer, profile, rest, [...identifiers, ...clients])
}
