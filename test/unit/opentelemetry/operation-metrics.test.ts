import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { McpError } from '@modelcontextprotocol/sdk/types.js'
import { beforeEach, expect, it } from 'vitest'
import { protectServer } from '../../../src/adapters/mcp-sdk.ts'
import { METRICS } from '../../../src/opentelemetry/metrics.ts'
import { authInfoOf, sendV1 } from '../../support/mcp-requests.ts'
import { startMetrics } from '../../support/metrics.ts'
import { RESOURCE, testResourceServer } from '../../support/tokens.ts'

let telemetry: ReturnType<typeof startMetrics>

beforeEach(() => {
  telemetry = startMetrics()
  return () => telemetry.stop()
})

const operations = () => telemetry.series(METRICS.operationDuration.name)

/** Sends messages to an MCP server with a few tools. */
async function sender() {
  const resourceServer = testResourceServer({
    policy: { tools: { reset: 'deny' }, default: 'allow' },
  })
  const authInfo = await authInfoOf(resourceServer)
  return (method: string, params?: object) => {
    const server = new McpServer({ name: 'weather', version: '1.0.0' })
    const about = { description: 'A tool.' }
    server.registerTool('forecast', about, () => ({ content: [{ type: 'text', text: 'sunny' }] }))
    server.registerTool('broken', about, () => {
      throw new Error('broken')
    })
    server.registerTool('reset', about, () => ({ content: [] }))
    server.registerPrompt('explain', about, () => {
      // A handler may use any number as the code of its error.
      throw new McpError(4711, 'not now')
    })
    return sendV1(protectServer(resourceServer, server).server, method, authInfo, params)
  }
}

it('mcp.server.operation.duration has the method, the tool and the error of each operation', async () => {
  const send = await sender()
  await send('tools/list')
  await send('tools/call', { name: 'forecast' })
  await send('tools/call', { name: 'broken' })
  await send('tools/call', { name: 'reset' })
  await send('prompts/list')
  await send('prompts/get', { name: 'explain' })
  const common = {
    'mcp_resource_server.resource': RESOURCE,
    'mcp.protocol.version': '2025-06-18',
  }
  const tool = {
    ...common,
    'mcp.method.name': 'tools/call',
    'gen_ai.operation.name': 'execute_tool',
  }
  expect((await operations()).map(({ attributes }) => attributes)).toEqual([
    { ...common, 'mcp.method.name': 'tools/list' },
    { ...tool, 'gen_ai.tool.name': 'forecast' },
    { ...tool, 'gen_ai.tool.name': 'broken', 'error.type': 'tool_error' },
    {
      ...tool,
      'gen_ai.tool.name': 'reset',
      'rpc.response.status_code': '403',
      'error.type': '403',
    },
    { ...common, 'mcp.method.name': 'prompts/list' },
    {
      ...common,
      'mcp.method.name': 'prompts/get',
      'gen_ai.prompt.name': 'explain',
      'error.type': '_OTHER',
    },
  ])
  const { buckets } = await telemetry.histogram(METRICS.operationDuration.name)
  expect(buckets.boundaries).toEqual([
    0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300,
  ])
})

it('S1.13: a flood of made-up methods, tools, prompts and revisions adds no series', async () => {
  const send = await sender()
  const flood = async (from: number) => {
    for (let at = from; at < from + 20; at += 1) {
      const name = `made-up-${at}`
      await send('tools/call', { name })
      await send('prompts/get', { name })
      await send('resources/read', { uri: `file:///${name}` })
      await send(name, { name })
      await send('initialize', {
        protocolVersion: name,
        capabilities: {},
        clientInfo: { name, version: name },
      })
    }
  }
  await flood(0)
  const before = await operations()
  await flood(1000)
  const after = await operations()
  expect(after.length).toBe(before.length)
  const attributes = JSON.stringify(after.map((series) => series.attributes))
  expect(attributes).not.toContain('made-up')
  expect(attributes).toContain('"_OTHER"')
})
