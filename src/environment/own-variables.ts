import { readFile } from 'node:fs/promises'
import type { IntrospectionOptions } from '../authorization-server/options.ts'
import { keycloakProfile } from '../keycloak/profile.ts'
import { auth0Profile } from '../profiles/auth0-profile.ts'
import { cognitoProfile } from '../profiles/cognito-profile.ts'
import { entraIdProfile } from '../profiles/entra-id-profile.ts'
import { oktaProfile } from '../profiles/okta-profile.ts'
import type { AuthorizationServerOptions } from '../resource-server/authorization-server-options.ts'
import type { ResourceServerOptions } from '../resource-server/options.ts'
import { rfc9068Profile } from '../token/rfc9068.ts'
import { choice, type Environment, optional, required, words, wrong } from './variables.ts'

/** The values of `MCP_PROFILE`. Google's is not one: it needs the endpoint and the clients too. */
const PROFILES = {
  rfc9068: rfc9068Profile,
  keycloak: keycloakProfile,
  auth0: auth0Profile,
  'entra-id': entraIdProfile,
  okta: oktaProfile,
  cognito: cognitoProfile,
} as const

const PROFILE_NAMES = Object.keys(PROFILES) as (keyof typeof PROFILES)[]

/**
 * Reads the variables of this package.
 *
 * @throws {TypeError} naming the variable
 * @internal
 */
export function fromOwnVariables(environment: Environment): ResourceServerOptions {
  const clientId = optional(environment, 'MCP_CLIENT_ID')
  const credential = readCredential(environment)
  if ((clientId === undefined) !== (credential === undefined)) {
    throw wrong(
      'MCP_CLIENT_ID and MCP_CLIENT_SECRET must be set together (or MCP_CLIENT_KEY_FILE in place of the secret)',
    )
  }
  const profile = choice(environment, 'MCP_PROFILE', PROFILE_NAMES)
  const verification = choice(environment, 'MCP_VERIFICATION', ['jwt', 'introspection', 'hybrid'])
  if (clientId === undefined && verification !== undefined && verification !== 'jwt') {
    throw wrong(`MCP_VERIFICATION=${verification} needs MCP_CLIENT_ID and MCP_CLIENT_SECRET`)
  }
  if (clientId !== undefined && verification === 'jwt') {
    throw wrong('MCP_VERIFICATION=jwt does not use MCP_CLIENT_ID; set only one of them')
  }
  const confirm = confirmation(environment)
  if (confirm !== undefined && (verification ?? (clientId && 'hybrid')) !== 'hybrid') {
    throw wrong('MCP_CONFIRM needs hybrid verification, which needs MCP_CLIENT_ID')
  }
  const authorizationServer: AuthorizationServerOptions = {
    issuer: required(environment, 'MCP_ISSUER'),
    ...(profile === undefined ? {} : { profile: PROFILES[profile] }),
    ...(verification === undefined ? {} : { verification }),
    ...(confirm === undefined ? {} : { confirm }),
    ...(clientId === undefined || credential === undefined
      ? {}
      : { introspection: { clientId, ...credential } }),
  }
  const dpop = choice(environment, 'MCP_DPOP', ['off', 'accepted', 'required'])
  const audiences = words(environment, 'MCP_AUDIENCES')
  const origins = words(environment, 'MCP_ALLOWED_ORIGINS')
  return {
    resource: required(environment, 'MCP_RESOURCE'),
    authorizationServer,
    requiredScopes: words(environment, 'MCP_SCOPES'),
    ...(audiences.length === 0 ? {} : { additionalAudiences: audiences }),
    ...(dpop === undefined ? {} : { dpop }),
    ...(origins.length === 0 ? {} : { allowedOrigins: origins.join() === '*' ? '*' : origins }),
  }
}

/**
 * Reads the secret, or the name of the file with the private key (PEM) for `private_key_jwt`. The file is
 * read when the key is needed, and again when the authorization server refuses the key.
 */
function readCredential(
  environment: Environment,
): Pick<IntrospectionOptions, 'clientSecret' | 'clientKey'> | undefined {
  const clientSecret = optional(environment, 'MCP_CLIENT_SECRET')
  const file = optional(environment, 'MCP_CLIENT_KEY_FILE')
  if (clientSecret !== undefined && file !== undefined) {
    throw wrong('MCP_CLIENT_SECRET and MCP_CLIENT_KEY_FILE must not be set together')
  }
  if (file !== undefined) return { clientKey: () => readFile(file, 'utf8') }
  return clientSecret === undefined ? undefined : { clientSecret }
}

function confirmation(environment: Environment): AuthorizationServerOptions['confirm'] {
  const value = optional(environment, 'MCP_CONFIRM')
  if (value === undefined || value === 'never' || value === 'always') return value
  if (/^[1-9]\d{0,4}$/.test(value) && Number(value) <= 86_400) return Number(value)
  throw wrong(`MCP_CONFIRM must be never, always or seconds; got ${JSON.stringify(value)}`)
}
