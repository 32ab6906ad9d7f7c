import type { ResourceServer } from '../resource-server/resource-server.ts'
import type { VerifiedToken } from '../token/verified-token.ts'

/**
 * What MCP handlers find as `extra.authInfo` (SDK v1) or `ctx.http.authInfo` (v2). Both majors of the
 * MCP SDK have this shape. It is declared here, so that neither needs to be installed.
 */
export interface AuthInfo {
  /** The access token itself: the SDKs demand it. Do not log it, do not pass it on (MCP-15). */
  token: string
  clientId: string
  scopes: string[]
  /** Seconds since the epoch. */
  expiresAt: number
  /** The resource that the token was verified for. */
  resource: URL
  /** The URL that challenges of the SDK itself name. */
  resourceMetadataUrl: string
  extra: {
    issuer: string
    /** Together with `issuer`, the identity of the caller. */
    subject: string | undefined
    audience: readonly string[]
    claims: Readonly<Record<string, unknown>>
    /** All of the above and more, in this package's own shape. */
    verifiedToken: VerifiedToken
  }
}

/** Describes a caller in the shape of the MCP SDKs. @internal */
export function toAuthInfo(
  verified: VerifiedToken,
  token: string,
  { resource, metadataUrl }: Pick<ResourceServer, 'resource' | 'metadataUrl'>,
): AuthInfo {
  return {
    token,
    clientId: verified.clientId ?? '',
    scopes: [...verified.scopes],
    expiresAt: verified.expiresAt,
    // Never from `aud`, which may be a list or a client id.
    resource: new URL(resource),
    resourceMetadataUrl: metadataUrl,
    extra: {
      issuer: verified.issuer,
      subject: verified.subject,
      audience: verified.audience,
      claims: verified.claims,
      verifiedToken: verified,
    },
  }
}

/**
 * The verified token of what an MCP handler finds as `extra.authInfo` or `ctx.http.authInfo`;
 * `undefined` where no gate of this package ran.
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
