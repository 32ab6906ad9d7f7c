import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { toNodeHandler } from '@modelcontextprotocol/node'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import express from 'express'
import {
  createResourceServer,
  type ResourceServer,
  type ResourceServerOptions,
} from 'mcp-resource-server'
import { expressGate } from 'mcp-resource-server/express'
import { protectServer } from 'mcp-resource-server/mcp-server'
import { z } from 'zod'
import { answer } from '../tools.ts'
import type { ToldCaller } from './decision-record.ts'

/** The MCP server of the page: two tools for everybody, and one that needs a further scope. */
export interface GuardedTools {
  readonly resource: string
  /** Begins to answer. Until then, callers wait. */
  protect(options: Omit<ResourceServerOptions, 'resource' | 'correlationId'>): void
  close(): Promise<void>
}

/**
 * Starts the MCP server on loopback. It reports what each caller was told, by the id of the request.
 *
 * @param told called after each answer that is not 200
 */
export async function startGuardedTools(
  port: number,
  told: (correlationId: string, answer: ToldCaller) => void,
): Promise<GuardedTools> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve)
  })
  const resource = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`
  const ids = new AsyncLocalStorage<string>()
  let resourceServer: ResourceServer | undefined

  return {
    resource,
    protect(options) {
      const correlationId = () => ids.getStore() ?? randomUUID()
      const guarded = createResourceServer({ ...options, resource, correlationId })
      resourceServer = guarded
      const app = express()
      app.disable('x-powered-by')
      app.use(expressGate(guarded))
      app.all('/mcp', toNodeHandler(createMcpHandler(() => tools(guarded))))
      server.on('request', (request, response) => {
        const id = randomUUID()
        response.once('finish', () => told(id, toldBy(response)))
        ids.run(id, () => app(request, response))
      })
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
      await resourceServer?.close()
    },
  }
}

/** The fields of an answer that a refused caller acts on. */
function toldBy(response: ServerResponse): ToldCaller {
  const field = (name: string) => response.getHeader(name)?.toString()
  return { challenge: field('www-authenticate'), retryAfter: field('retry-after') }
}

function tools(resourceServer: ResourceServer): McpServer {
  const about = { name: 'calculator', version: '1.0.0' }
  const server = protectServer(resourceServer, new McpServer(about))
  server.registerTool(
    'add_numbers',
    { description: 'Adds two numbers.', inputSchema: z.object({ a: z.number(), b: z.number() }) },
    ({ a, b }) => answer({ operation: 'addition', operand_a: a, operand_b: b, result: a + b }),
  )
  server.registerTool(
    'multiply_numbers',
    {
      description: 'Multiplies two numbers.',
      inputSchema: z.object({ x: z.number(), y: z.number() }),
    },
    ({ x, y }) =>
      answer({ operation: 'multiplication', operand_x: x, operand_y: y, result: x * y }),
  )
  server.registerTool(
    'clear_history',
    { description: 'Forgets all results. It needs a further scope.' },
    () => answer({ operation: 'clear', result: 'cleared' }),
  )
  return server
}

/** The scopes that each tool needs besides the scope that every request needs. */
export function toolScopes(stepUpScope: string): Readonly<Record<string, readonly string[]>> {
  return { add_numbers: [], multiply_numbers: [], clear_history: [stepUpScope] }
}
