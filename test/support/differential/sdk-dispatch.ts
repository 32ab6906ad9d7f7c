import {
  McpServer as McpServerV1,
  ResourceTemplate as ResourceTemplateV1,
} from '@modelcontextprotocol/sdk/server/mcp.js'
import {
  McpServer as McpServerV2,
  ResourceTemplate as ResourceTemplateV2,
} from '@modelcontextprotocol/server'
import type { Random } from './random-uris.ts'

/** A server of one SDK major. */
export interface Dispatcher {
  /** Reads a resource, and tells which of the registered URIs and templates ran. */
  read(uri: string): Promise<string | undefined>
}

type Handlers = Map<string, (request: unknown, extra: unknown) => unknown>

/** Servers of both majors, with these URIs and templates registered in a random order. */
export function dispatchers(random: Random, texts: readonly string[]): readonly Dispatcher[] {
  const order = [...texts].sort(() => random() - 0.5)
  let ran: string | undefined
  const make = (
    server: McpServerV1 | McpServerV2,
    templateOf: (text: string) => unknown,
  ): Dispatcher => {
    for (const text of order) {
      const callback = async (uri: URL) => {
        ran = text
        return { contents: [{ uri: uri.href, text: '' }] }
      }
      const target = /[{}]/.test(text) ? templateOf(text) : text
      ;(server as unknown as { registerResource(...args: unknown[]): unknown }).registerResource(
        text,
        target,
        {},
        callback,
      )
    }
    const handlers = (server.server as unknown as { _requestHandlers: Handlers })._requestHandlers
    const handle = handlers.get('resources/read')
    return {
      async read(uri) {
        ran = undefined
        try {
          const params = { uri }
          await handle?.(
            { jsonrpc: '2.0', id: 1, method: 'resources/read', params },
            { mcpReq: { requestState: () => undefined } },
          )
        } catch {}
        return ran
      },
    }
  }
  const info = { name: 'differential', version: '1' }
  return [
    make(new McpServerV1(info), (text) => new ResourceTemplateV1(text, { list: undefined })),
    make(new McpServerV2(info), (text) => new ResourceTemplateV2(text, { list: undefined })),
  ]
}
