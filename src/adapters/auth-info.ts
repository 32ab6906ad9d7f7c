import type { ResourceServer } from '../resource-server/resource-server.ts'
import type { PossessionProof } from '../sender-constraint/possession.ts'
import type { VerifiedToken } from '../token/verified-token.ts'

/**
 * The caller of a request, as MCP handlers get it: `extra.authInfo` in SDK v1, and `ctx.http.authInfo`
 * in v2. Both versions of the MCP SDK have this type. It is declared here, so that this package does
 * not need an SDK.
 */
export interface AuthInfo {
  /**
   * The access token as text, which the SDKs require. Do not log it, and do not send it to other
   * servers (MCP-15).
   */
  token: string
  /** The client that requested the token; empty when the token names no client. */
  clientId: string
  scopes: string[]
  /** The expiry of the token, in seconds since the epoch. */
  expiresAt: number
  /** The resource that the token has been verified for. Requests share this object: copy it before you change it. */
  resource: URL
  /** The URL of the protected resource metadata. The SDK's own challenges name it. */
  resourceMetadataUrl: string
  extra: {
    issuer: string
    /** The subject of the token. `issuer` and `subject` together identify the user. */
    subject: string | undefined
    audience: readonly string[]
    claims: Readonly<Record<string, unknown>>
    /** How the caller proved that it possesses the key that the token is bound to. Empty for a bearer token. */
    possession: readonly PossessionProof[]
    /** The whole verified token, as this package describes it. */
    verifiedToken: VerifiedToken
    /**
     * The correlation id of the request, for logs. `undefined` if nobody listens to events or traces of this
     * package.
     */
    correlationId?: string | undefined
  }
}

/** The part of a resource server that {@link AuthInfo} names. */
type NamedResource = Pick<ResourceServer, 'resource' | 'metadataUrl'>

/** Turns a verified token into the type of the MCP SDKs. @internal */
export function toAuthInfo(
  verified: VerifiedToken,
  token: string,
  resourceServer: NamedResource,
  possession: readonly PossessionProof[] = [],
  correlationId?: string | undefined,
): AuthInfo {
  const authInfo: AuthInfo = {
    token,
    clientId: verified.clientId ?? '',
    scopes: [...verified.scopes],
    expiresAt: verified.expiresAt,
    // This does not come from `aud`, because `aud` may be a list or a client id.
    resource: urlOf(resourceServer),
    resourceMetadataUrl: resourceServer.metadataUrl,
    extra: {
      issuer: verified.issuer,
      subject: verified.subject,
      audience: verified.audience,
      claims: verified.claims,
      possession,
      verifiedToken: verified,
    },
  }
  if (correlationId !== undefined) authInfo.extra.correlationId = correlationId
  return authInfo
}

/** The URL of each resource server. To parse it takes as long as half of the checks of a known token. */
const urls = new WeakMap<NamedResource, { readonly url: URL; readonly href: string }>()

/** The URL of the resource. It is made anew if a handler has changed it. */
function urlOf(resourceServer: NamedResource): URL {
  const known = urls.get(resourceServer)
  if (known !== undefined && known.url.href === known.href) return known.url
  const url = new URL(resourceServer.resource)
  urls.set(resourceServer, { url, href: url.href })
  return url
}

/**
 * Returns the verified token of a caller, from the `extra.authInfo` or `ctx.http.authInfo` that an MCP
 * handler gets. Returns `undefined` when the request did not pass a gate of this package.
 *
 * @example
 * ```ts
 * import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
 * import { principalOf } from 'mcp-resource-server'
 * import { verifiedTokenOf } from 'mcp-resource-server/mcp-sdk'
 *
 * const server = new McpServer({ name: 'data', version: '1.0.0' })
 * server.registerTool('who_am_i', {}, ({ authInfo }) => {
 *   const token = verifiedTokenOf(authInfo)
 *   const text = token === undefined ? 'nobody' : (principalOf(token) ?? 'nobody in particular')
 *   return { content: [{ type: 'text', text }] }
 * })
 * ```
 */
export function verifiedTokenOf(authInfo: unknown): VerifiedToken | undefined {
  return (authInfo as Partial<AuthInfo> | undefined)?.extra?.verifiedToken
}
