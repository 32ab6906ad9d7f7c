import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { describe, expect, it } from 'vitest'
import { fetchGate } from '../../src/adapters/fetch.ts'
import { signToken, testResourceServer } from '../support/tokens.ts'

const token = await signToken()

/** A server with one resource that everybody may read, and one that nobody may. */
const handler = createMcpHandler(() => {
  const server = new McpServer({ name: 'shelf', version: '1.0.0' })
  for (const name of ['open', 'closed']) {
    server.registerResource(name, `docs:///${name}`, {}, async (uri) => ({
      contents: [{ uri: uri.href, text: name }],
    }))
  }
  return server
})
const operations = { resources: { 'docs:///open': 'allow', 'docs:///closed': 'deny' } } as const
const resourceServer = testResourceServer({ policy: operations })
const gated = fetchGate(resourceServer, (request, { authInfo }) =>
  handler.fetch(request, { authInfo }),
)

const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'by hand', version: '1.0.0' },
  'io.modelcontextprotocol/clientCapabilities': {},
}

function requestFor(method: string, params: { uri?: string }): Request {
  return new Request('https://mcp.example.com/mcp', {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(params.uri === undefined ? {} : { 'mcp-name': params.uri }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: META } }),
  })
}

const told = async (response: Response) => ({
  status: response.status,
  type: response.headers.get('content-type'),
  body: JSON.parse(await response.text()),
})

describe('the answer of the MCP SDK v2 without the gate, and of the gate', () => {
  it.each([
    ['a method that nobody knows', 'vendor/x', {}],
    ['a method of older revisions', 'resources/subscribe', { uri: 'docs:///open' }],
    ['one without its parameters', 'resources/unsubscribe', {}],
    ['a resource that is not there', 'resources/read', { uri: 'docs:///none' }],
  ])('S1.6, MCP-24: are one for %s', async (_what, method, params) => {
    const without = await told(await handler.fetch(requestFor(method, params)))
    expect(await told(await gated(requestFor(method, params)))).toEqual(without)
  })

  it('S1.6: a denied resource gets the answer of a resource that does not exist', async () => {
    const uri = 'docs:///closed'
    const absent = await told(
      await handler.fetch(requestFor('resources/read', { uri: 'docs:///none' })),
    )
    const denied = await told(await gated(requestFor('resources/read', { uri })))
    expect(denied).toEqual(JSON.parse(JSON.stringify(absent).replaceAll('docs:///none', uri)))
    const open = await told(await gated(requestFor('resources/read', { uri: 'docs:///open' })))
    expect(open).toMatchObject({ status: 200, body: { result: { contents: [{ text: 'open' }] } } })
  })
})
