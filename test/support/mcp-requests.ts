/** Sends one message to a server of either SDK major, over that SDK's own HTTP transport. */
import type { Server as ServerV1 } from '@modelcontextprotocol/sdk/server/index.js'
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
import { createMcpHandler, type Server as ServerV2 } from '@modelcontextprotocol/server'
import { type AuthInfo, toAuthInfo } from '../../src/adapters/auth-info.ts'
import type { ProtectableServer } from '../../src/adapters/protected-server.ts'
import type { ResourceServer } from '../../src/resource-server/resource-server.ts'
import { RESOURCE, signToken } from './tokens.ts'

const client = { name: 'data', version: '1.0.0' }

export type Send = (
  server: ProtectableServer,
  method: string,
  authInfo: AuthInfo | undefined,
  params?: object,
) => Promise<{ result?: Record<string, unknown>; error?: { code: number; message: string } }>

function post(method: string, params: object, headers: Record<string, string>): Request {
  return new Request(RESOURCE, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
}

/** Over each SDK's own transport, so what is looked at is what goes out. */
export const sendV1: Send = async (server, method, authInfo, params = {}) => {
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true })
  const connected = server as ServerV1
  await connected.connect(transport as Parameters<typeof connected.connect>[0])
  const request = post(method, params, { 'mcp-protocol-version': '2025-06-18' })
  const response = await transport.handleRequest(request, authInfo && { authInfo })
  await connected.close()
  return (await response.json()) as Awaited<ReturnType<Send>>
}

export const sendV2 =
  (version: string): Send =>
  async (server, method, authInfo, params = {}) => {
    const { fetch } = createMcpHandler(() => server as ServerV2, { responseMode: 'auto' })
    const modern = version === '2026-07-28'
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': version,
      'io.modelcontextprotocol/clientInfo': client,
      'io.modelcontextprotocol/clientCapabilities': {},
    }
    const { name, uri } = params as { name?: string; uri?: string }
    const about = name ?? uri
    const request = post(method, modern ? { ...params, _meta } : params, {
      'mcp-protocol-version': version,
      ...(modern ? { 'mcp-method': method } : {}),
      ...(modern && about !== undefined ? { 'mcp-name': about } : {}),
    })
    const response = await fetch(request, authInfo && { authInfo })
    const text = await response.text()
    const [, data] = /^data: (\{.*)$/m.exec(text) ?? []
    return JSON.parse(data ?? text)
  }

/** What a handler behind the gate is told of a caller with these claims. */
export async function authInfoOf(
  resourceServer: ResourceServer,
  claims: object = {},
): Promise<AuthInfo> {
  const token = await signToken({ claims: claims as Record<string, unknown> })
  return toAuthInfo(await resourceServer.verify(token), token, resourceServer)
}
