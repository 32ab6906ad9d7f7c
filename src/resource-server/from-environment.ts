import type { AuthorizationServerOptions } from '../authorization-server/options.ts'
import type { ResourceServerOptions } from './options.ts'

/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Three sets of names are understood. Each says by one of its variables that it is meant; two sets
 * at once would be a guess, so they are refused.
 */
const SETS = [
  { marker: 'MCP_ISSUER', read: fromOurs },
  { marker: 'AUTH_REALM', read: fromTutorial },
  { marker: 'AUTHZ_SERVER_BASE_URL', read: fromDownstream },
] as const

/**
 * Options of `createResourceServer` from environment variables. Further ones, which have no
 * variable, can be spread around it.
 *
 * - **Ours**: `MCP_ISSUER`, `MCP_RESOURCE` (both required), `MCP_SCOPES`, `MCP_AUDIENCES` (lists
 *   with blanks between), `MCP_PROFILE`, `MCP_CLIENT_ID`, `MCP_CLIENT_SECRET`, `MCP_VERIFICATION`,
 *   `MCP_CONFIRM` (`never`, `always` or seconds), `MCP_ALLOWED_ORIGINS` (a list, or `*`).
 * - **The MCP tutorial's**, for Keycloak and introspection: `AUTH_REALM`, `OAUTH_CLIENT_ID`,
 *   `OAUTH_CLIENT_SECRET` (required), `AUTH_HOST` (default `HOST`), `AUTH_PORT` (8080), `HOST`
 *   (`localhost`), `PORT` (3000), `MCP_SCOPE` (`mcp:tools`), `OAUTH_STRICT`, `TRANSPORT`.
 * - **A Keycloak client id as audience**: `AUTHZ_SERVER_BASE_URL`, `MCP_SERVER_CLIENT_ID`,
 *   `MCP_SERVER_CLIENT_SECRET`, `MCP_RESOURCE` (required), `MCP_SCOPES`.
 *
 * @throws {TypeError} naming the variable that is missing, malformed or contradicts another
 *
 * @example
 * ```ts
 * import { createResourceServer, fromEnvironment } from 'mcp-resource-server'
 *
 * const resourceServer = createResourceServer({
 *   ...fromEnvironment({
 *     MCP_ISSUER: 'https://sso.example.com/realms/acme',
 *     MCP_RESOURCE: 'https://mcp.example.com/mcp',
 *     MCP_PROFILE: 'keycloak',
 *     MCP_SCOPES: 'mcp:tools',
 *   }),
 *   clockTolerance: 10,
 * })
 * console.log(resourceServer.metadataUrl)
 * ```
 */
export function fromEnvironment(environment: Environment = process.env): ResourceServerOptions {
  const meant = SETS.filter(({ marker }) => isSet(environment, marker))
  const [set, other] = meant
  if (set === undefined) {
    throw wrong(`set one of ${SETS.map(({ marker }) => marker).join(', ')}`)
  }
  if (other !== undefined) {
    throw wrong(`${set.marker} and ${other.marker} belong to different sets; set one of them`)
  }
  return set.read(environment)
}

function fromOurs(environment: Environment): ResourceServerOptions {
  const clientId = optional(environment, 'MCP_CLIENT_ID')
  const clientSecret = optional(environment, 'MCP_CLIENT_SECRET')
  if ((clientId === undefined) !== (clientSecret === undefined)) {
    throw wrong('MCP_CLIENT_ID and MCP_CLIENT_SECRET go together')
  }
  const profile = choice(environment, 'MCP_PROFILE', ['rfc9068', 'keycloak'])
  const verification = choice(environment, 'MCP_VERIFICATION', ['jwt', 'introspection', 'hybrid'])
  if (clientId === undefined && verification !== undefined && verification !== 'jwt') {
    throw wrong(`MCP_VERIFICATION=${verification} needs MCP_CLIENT_ID and MCP_CLIENT_SECRET`)
  }
  if (clientId !== undefined && verification === 'jwt') {
    throw wrong('MCP_VERIFICATION=jwt has no use for MCP_CLIENT_ID; leave one of them out')
  }
  const confirm = confirmation(environment)
  if (confirm !== undefined && (verification ?? (clientId && 'hybrid')) !== 'hybrid') {
    throw wrong('MCP_CONFIRM goes with hybrid verification, which needs MCP_CLIENT_ID')
  }
  const authorizationServer: AuthorizationServerOptions = {
    issuer: required(environment, 'MCP_ISSUER'),
    ...(profile === undefined ? {} : { profile }),
    ...(verification === undefined ? {} : { verification }),
    ...(confirm === undefined ? {} : { confirm }),
    ...(clientId === undefined || clientSecret === undefined
      ? {}
      : { introspection: { clientId, clientSecret } }),
  }
  const audiences = words(environment, 'MCP_AUDIENCES')
  const origins = words(environment, 'MCP_ALLOWED_ORIGINS')
  return {
    resource: required(environment, 'MCP_RESOURCE'),
    authorizationServer,
    requiredScopes: words(environment, 'MCP_SCOPES'),
    ...(audiences.length === 0 ? {} : { additionalAudiences: audiences }),
    ...(origins.length === 0 ? {} : { allowedOrigins: origins.join() === '*' ? '*' : origins }),
  }
}

function fromTutorial(environment: Environment): ResourceServerOptions {
  // Off, it makes the tutorial's server take tokens that were issued for other servers.
  const strict = optional(environment, 'OAUTH_STRICT') ?? 'true'
  if (strict.toLowerCase() !== 'true') {
    throw wrong('OAUTH_STRICT must be "true" or left out: audiences are always checked')
  }
  const transport = optional(environment, 'TRANSPORT') ?? 'streamable-http'
  if (transport === 'stdio') {
    throw wrong('TRANSPORT=stdio has no HTTP requests to protect; use streamable-http')
  }
  const host = optional(environment, 'HOST') ?? 'localhost'
  const authHost = optional(environment, 'AUTH_HOST') ?? host
  const realm = encodeURIComponent(required(environment, 'AUTH_REALM'))
  return {
    resource: `http://${host}:${port(environment, 'PORT', 3000)}`,
    authorizationServer: {
      issuer: `http://${authHost}:${port(environment, 'AUTH_PORT', 8080)}/realms/${realm}`,
      profile: 'keycloak',
      verification: 'introspection',
      introspection: {
        clientId: required(environment, 'OAUTH_CLIENT_ID'),
        clientSecret: required(environment, 'OAUTH_CLIENT_SECRET'),
      },
    },
    requiredScopes:
      environment.MCP_SCOPE === undefined ? ['mcp:tools'] : words(environment, 'MCP_SCOPE'),
  }
}

function fromDownstream(environment: Environment): ResourceServerOptions {
  const clientId = required(environment, 'MCP_SERVER_CLIENT_ID')
  return {
    resource: required(environment, 'MCP_RESOURCE'),
    authorizationServer: {
      issuer: required(environment, 'AUTHZ_SERVER_BASE_URL'),
      profile: 'keycloak',
      introspection: { clientId, clientSecret: required(environment, 'MCP_SERVER_CLIENT_SECRET') },
    },
    additionalAudiences: [clientId],
    requiredScopes: words(environment, 'MCP_SCOPES'),
  }
}

function isSet(environment: Environment, name: string): boolean {
  return (environment[name] ?? '') !== ''
}

function optional(environment: Environment, name: string): string | undefined {
  return isSet(environment, name) ? environment[name] : undefined
}

function required(environment: Environment, name: string): string {
  const value = optional(environment, name)
  if (value === undefined) throw wrong(`${name} is not set`)
  return value
}

function words(environment: Environment, name: string): string[] {
  return (environment[name] ?? '').split(/\s+/).filter((word) => word !== '')
}

function choice<const T extends string>(
  environment: Environment,
  name: string,
  choices: readonly T[],
): T | undefined {
  const value = optional(environment, name)
  const found = choices.find((entry) => entry === value)
  if (value !== undefined && found === undefined) {
    throw wrong(`${name} must be one of ${choices.join(', ')}; got ${JSON.stringify(value)}`)
  }
  return found
}

function confirmation(environment: Environment): AuthorizationServerOptions['confirm'] {
  const value = optional(environment, 'MCP_CONFIRM')
  if (value === undefined || value === 'never' || value === 'always') return value
  if (/^[1-9]\d{0,4}$/.test(value) && Number(value) <= 86_400) return Number(value)
  throw wrong(`MCP_CONFIRM must be never, always or seconds; got ${JSON.stringify(value)}`)
}

function port(environment: Environment, name: string, fallback: number): number {
  const value = optional(environment, name)
  if (value === undefined) return fallback
  if (/^\d{1,5}$/.test(value) && Number(value) <= 65_535) return Number(value)
  throw wrong(`${name} must be a port number; got ${JSON.stringify(value)}`)
}

function wrong(message: string): TypeError {
  return new TypeError(`fromEnvironment: ${message}`)
}
