import type { RequestListener } from 'node:http'
import { toNodeHandler } from '@modelcontextprotocol/node'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { createMcpHandler } from '@modelcontextprotocol/server'
import express from 'express'
import { describe, expect, it } from 'vitest'
import { collectPolicy } from '../../src/adapters/collect-policy.ts'
import { expressGate } from '../../src/adapters/express.ts'
import { protectServer } from '../../src/adapters/protected-server.ts'
import { createResourceServer, type PolicyOptions, type ResourceServer } from '../../src/index.ts'
import { startAuthorizationServer } from '../support/issuers/authorization-server.ts'
import { type MajorName, ruledServer } from '../support/ruled-servers.ts'
import { connectStockClient, type StockClientOptions } from '../support/stock-clients.ts'
import { listen, READ, WRITE } from '../support/stock-servers.ts'
import { undoAfterAll } from '../support/undo.ts'

const RULES = {
  tools: {
    read_notes: 'allow',
    write_note: { scopes: [WRITE] },
    erase_notes: { roles: ['steward-of-notes'] },
  },
  resources: {
    'notes:///all': 'allow',
    'notes:///drafts/{id}': { scopes: [WRITE] },
    'notes:///of/{owner}': {
      allow: ({ subject }, { name }) => name?.endsWith(String(subject)) === true,
    },
  },
  prompts: { sum_up: 'allow', draft_reply: { scopes: [WRITE] } },
} satisfies PolicyOptions

const stop = undoAfterAll()
const authorizationServer = await startAuthorizationServer()
stop.push(() => authorizationServer.stop())

/** A server for each request, as the stateless ways of both majors make it. */
const LISTENERS: Readonly<Record<MajorName, (resourceServer: ResourceServer) => RequestListener>> =
  {
    'SDK v1': (resourceServer) =>
      express()
        .use(expressGate(resourceServer))
        .post('/mcp', express.json(), async (request, response) => {
          const transport = new StreamableHTTPServerTransport()
          response.on('close', () => void transport.close())
          const server = protectServer(resourceServer, ruledServer('SDK v1', RULES))
          await server.connect(transport as never)
          await transport.handleRequest(request, response, request.body)
        })
        .all('/mcp', (_request, response) => void response.status(405).end()),
    'SDK v2': (resourceServer) =>
      express()
        .use(expressGate(resourceServer))
        .all(
          '/mcp',
          toNodeHandler(
            createMcpHandler(
              () => protectServer(resourceServer, ruledServer('SDK v2', RULES)) as never,
            ),
          ),
        ),
  }

async function start(major: MajorName) {
  const { resource, listener, close } = await listen()
  stop.push(close)
  authorizationServer.register({ resource, scopes: [READ, WRITE], format: 'jwt' })
  const resourceServer = createResourceServer({
    resource,
    authorizationServer: authorizationServer.issuer,
    requiredScopes: [READ],
    policy: collectPolicy(ruledServer(major, RULES), { showStepUp: false }),
  })
  stop.push(() => resourceServer.close())
  listener(LISTENERS[major](resourceServer))
  return resource
}

type Client = Pick<StockClientOptions, 'major' | 'protocol'>
const CLIENTS: readonly Client[] = [
  { major: 1, protocol: '2025' },
  { major: 2, protocol: '2025' },
  { major: 2, protocol: '2026-07-28' },
]
const CASES = (['SDK v1', 'SDK v2'] as const).flatMap((server) =>
  CLIENTS.filter(({ protocol }) => server === 'SDK v2' || protocol === '2025').map((client) => ({
    server,
    ...client,
  })),
)

describe.each(CASES)(
  'rules beside the tools of $server, and a client of SDK v$major, $protocol',
  (one) => {
    /** A connected client, and the text of every answer that it gets of the MCP server. */
    async function connect() {
      const { server, ...client } = one
      const serverUrl = await start(server)
      const answers: string[] = []
      const recording = async (url: string | URL, init?: RequestInit) => {
        const response = await fetch(url, init)
        if (String(url) === serverUrl) answers.push(await response.clone().text())
        return response
      }
      const connection = await connectStockClient({
        ...client,
        serverUrl,
        refreshTokens: false,
        fetch: recording,
      })
      stop.push(() => connection.close())
      return { connection, answers, serverUrl }
    }

    it('MCP-25 MCP-9 MCP-10: lists hide, a call is 403 with all scopes, and the step-up works', async () => {
      const { connection } = await connect()
      const { client } = connection
      const listed = async () => [
        (await client.listTools()).tools.map(({ name }) => name),
        (await client.listResources()).resources.map(({ uri }) => uri),
        (await client.listResourceTemplates()).resourceTemplates.map((item) => item.uriTemplate),
        (await client.listPrompts()).prompts.map(({ name }) => name),
      ]
      const forAll = 'notes:///of/{owner}'
      expect(await listed()).toEqual([['read_notes'], ['notes:///all'], [forAll], ['sum_up']])

      await connection.authorizing(() => connection.callTool('write_note'))
      const refused = connection.exchanges.find(({ status }) => status === 403)
      expect(refused?.challenge).toContain('error="insufficient_scope"')
      expect(refused?.challenge).toContain(`scope="${READ} ${WRITE}"`)
      expect(connection.scopes()).toEqual([READ, WRITE])
      expect(await listed()).toEqual([
        ['read_notes', 'write_note'],
        ['notes:///all'],
        ['notes:///drafts/{id}', forAll],
        ['sum_up', 'draft_reply'],
      ])
      await expect(client.readResource({ uri: 'notes:///of/demo-user' })).resolves.toBeDefined()
      await expect(client.readResource({ uri: 'notes:///of/somebody' })).rejects.toThrow()
      await expect(client.callTool({ name: 'erase_notes' })).rejects.toThrow('may not use')
    })

    it('S1.6: no answer has a trace of a rule', async () => {
      const { connection, answers } = await connect()
      const { client } = connection
      await connection.authorizing(() => connection.callTool('write_note'))
      answers.length = 0
      await client.listTools()
      await client.listResources()
      await client.listResourceTemplates()
      await client.listPrompts()
      await client.getPrompt({ name: 'draft_reply' })
      await client.readResource({ uri: 'notes:///drafts/1' })
      const all = answers.join('\n')
      for (const name of ['write_note', 'notes:///all', 'notes:///drafts/{id}', 'draft_reply']) {
        expect(all).toContain(name)
      }
      expect(all).not.toMatch(new RegExp(`${WRITE}|scopes|roles|steward|rule|allow|subject`, 'i'))
    })
  },
)
