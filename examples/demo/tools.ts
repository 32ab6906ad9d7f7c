import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { z } from 'zod'

/** An MCP server with two tools. It does not check tokens: the gate does that before. */
export function createMcpServer(): McpServer {
  const server = new McpServer({ name: 'calculator', version: '1.0.0' })

  server.registerTool(
    'add_numbers',
    { description: 'Adds two numbers.', inputSchema: { a: z.number(), b: z.number() } },
    ({ a, b }) => answer({ operation: 'addition', operand_a: a, operand_b: b, result: a + b }),
  )
  server.registerTool(
    'multiply_numbers',
    { description: 'Multiplies two numbers.', inputSchema: { x: z.number(), y: z.number() } },
    ({ x, y }) =>
      answer({ operation: 'multiplication', operand_x: x, operand_y: y, result: x * y }),
  )
  return server
}

/** The result of a tool: its values, and when they were computed. */
export function answer(values: Record<string, unknown>) {
  const structuredContent = { ...values, timestamp: new Date().toISOString() }
  return {
    structuredContent,
    content: [{ type: 'text' as const, text: JSON.stringify(structuredContent) }],
  }
}
