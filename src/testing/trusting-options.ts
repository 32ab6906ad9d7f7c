import { quoted } from '../quoted.ts'
import type { AuthorizationServerOptions } from '../resource-server/authorization-server-options.ts'
import type { ResourceServerOptions } from '../resource-server/options.ts'
import { rfc9068Profile } from '../token/rfc9068.ts'
import type { IssuerState } from './issuer-state.ts'

/**
 * The options of a resource server that trusts test issuers in place of its own authorization servers.
 *
 * @throws {TypeError} if the options do not fit the issuers
 * @internal
 */
export function trustingOptions(
  where: string,
  issuers: readonly IssuerState[],
  options: Partial<ResourceServerOptions>,
): ResourceServerOptions {
  const [first] = issuers
  if (first === undefined) throw new TypeError(`${where}: there is no issuer to trust`)
  const { http: { fetch: _, dispatcher: __, reuseConnections, ...limits } = {} } = options
  const resource = resourceOf(where, issuers, options)
  const servers = serversOf(where, issuers, options)
  // An issuer that listens on a port is reached over the network.
  const inMemory = issuers.some(({ listens }) => !listens)
  return {
    ...options,
    resource,
    authorizationServer: servers,
    clock: first.clock,
    http: inMemory
      ? { ...limits, fetch: fetchOf(issuers) }
      : { ...limits, ...(reuseConnections === undefined ? {} : { reuseConnections }) },
  }
}

/** Tokens are for the resource of their issuer: another one would only show as `audience_mismatch`. */
function resourceOf(
  where: string,
  issuers: readonly IssuerState[],
  options: Partial<ResourceServerOptions>,
): string {
  const resource = options.resource ?? issuers[0]?.resource ?? ''
  const other = issuers.find((issuer) => issuer.resource !== resource)
  if (other === undefined) return resource
  throw new TypeError(
    `${where}: the option \`resource\` is ${quoted(resource)}, but the tokens of the issuer ${quoted(other.issuer)} are for ${quoted(other.resource)}; make the issuer with \`resource: ${quoted(resource)}\``,
  )
}

function serversOf(
  where: string,
  issuers: readonly IssuerState[],
  { authorizationServer }: Partial<ResourceServerOptions>,
): readonly AuthorizationServerOptions[] {
  const twice = issuers.find(({ issuer }, at) =>
    issuers.slice(0, at).some((other) => other.issuer === issuer),
  )
  if (twice !== undefined) {
    throw new TypeError(
      `${where}: two issuers are ${quoted(twice.issuer)}; give one of them another option \`issuer\``,
    )
  }
  if (authorizationServer === undefined) {
    // An opaque token does not name its issuer, so only one of them is asked.
    const asked = issuers.find(({ shape }) => shape.tokenInfo !== undefined) ?? issuers[0]
    return issuers.map((issuer) => serverOf(issuer, issuer === asked))
  }
  const given = [authorizationServer].flat() as readonly (string | AuthorizationServerOptions)[]
  if (given.length !== issuers.length) {
    throw new TypeError(
      `${where}: the option \`authorizationServer\` has ${given.length} servers, and there is an issuer for ${issuers.length}; use createTestResourceServer(issuers, options), with one issuer for each server, in the same order`,
    )
  }
  return given.map((server, at) => replaced(where, server, issuers[at] as IssuerState))
}

/** The options of a test issuer for `createResourceServer`. @internal */
export function serverOf(
  { issuer, shape, client }: IssuerState,
  opaqueTokens = true,
): AuthorizationServerOptions {
  const { profile } = shape
  return shape.tokenInfo === undefined
    ? { issuer, profile, introspection: { ...client, opaqueTokens } }
    : { issuer, profile, tokenInfo: tokenInfoOf(issuer), additionalAudiences: ['test-client'] }
}

const tokenInfoOf = (issuer: string) => ({ endpoint: `${issuer}/tokeninfo` })

/** A test issuer in place of an authorization server: with its rules, without its addresses and secrets. */
function replaced(
  where: string,
  server: string | AuthorizationServerOptions,
  issuer: IssuerState,
): AuthorizationServerOptions {
  const options = typeof server === 'string' ? { issuer: server } : server
  if (options.issuer === issuer.issuer) return options
  const { introspection, keys: _, jwksUri: __, inspect: ___, ...others } = options
  const { notBefore, securityEvents, tokenInfo, ...rules } = others
  const { profile } = issuer.shape
  const expected = (rules.profile ?? rfc9068Profile).name
  if (expected !== profile.name) {
    throw new TypeError(
      `${where}: the authorization server ${quoted(options.issuer)} has the profile ${quoted(expected)}, but the issuer makes tokens of the profile ${quoted(profile.name)}; make the issuer with \`profile: ${quoted(expected)}\``,
    )
  }
  return {
    ...rules,
    issuer: issuer.issuer,
    profile: rules.profile ?? profile,
    ...(tokenInfo === undefined ? {} : { tokenInfo: tokenInfoOf(issuer.issuer) }),
    ...(introspection === undefined
      ? {}
      : {
          introspection: {
            ...issuer.client,
            ...pick(introspection, 'opaqueTokens'),
            ...pick(introspection, 'signedAnswers'),
          },
        }),
    ...(notBefore === undefined || issuer.shape.issuerDocument === undefined
      ? {}
      : { notBefore: { member: notBefore.member, ...pick(notBefore, 'interval') } }),
    // A stream that is managed needs a transmitter, which a test issuer is not.
    ...(securityEvents === undefined || securityEvents.client !== undefined
      ? {}
      : { securityEvents }),
  }
}

function pick<Options extends object, Name extends keyof Options>(
  options: Options,
  name: Name,
): Partial<Pick<Options, Name>> {
  return options[name] === undefined
    ? {}
    : ({ [name]: options[name] } as unknown as Pick<Options, Name>)
}

/** A `fetch` that reaches each issuer. */
function fetchOf(issuers: readonly IssuerState[]): typeof globalThis.fetch {
  return async (input, init) => {
    const url = input instanceof Request ? input.url : String(input)
    const issuer = issuers.find((one) => one.owns(url)) ?? issuers[0]
    if (issuer === undefined || issuer.listens) return fetch(input, init)
    return issuer.fetch(input, init)
  }
}
