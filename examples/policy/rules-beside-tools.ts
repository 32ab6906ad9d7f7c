/**
 * A policy whose rules are beside the tools, resources and prompts that they are for. Here with the MCP
 * SDK v2; with SDK v1 it is the same.
 *
 * It accepts the tokens of ISSUER, for example of the authorization server that `npm start` starts.
 */
import { fileURLToPath } from 'node:url'
import { toNodeHandler } from '@modelcontextprotocol/node'
import { createMcpHandler, McpServer, ResourceTemplate } from '@modelcontextprotocol/server'
import express, { type Express } from 'express'
import { createResourceServer, type ResourceServer } from 'mcp-resource-server'
import { expressGate } from 'mcp-resource-server/express'
import { collectPolicy, protectServer, withRule } from 'mcp-resource-server/mcp-server'

const port = Number(process.env.PORT ?? 3001)

// #region tools
function createMcpServer(): McpServer {
  const server = new McpServer({ name: 'notes', version: '1.0.0' })
  withRule(
    'allow',
    server.registerTool('list_notes', { description: 'Lists all notes.' }, () => text('none')),
  )
  withRule(
    { scopes: ['notes:write'] },
    server.registerTool('add_note', { description: 'Adds a note.' }, () => text('added')),
  )
  registerOthers(server)
  return server
}
// #endregion

function registerOthers(server: McpServer): void {
  withRule(
    { roles: ['steward'], scopes: ['notes:write'] },
    server.registerTool('erase_notes', { description: 'Erases all notes.' }, () => text('erased')),
  )
  // Everybody can read only their own notes.
  withRule(
    {
      allow: ({ subject }, { name }) =>
        name === 'notes:///{owner}' || name === `notes:///${subject}`,
    },
    server.registerResource(
      'notes',
      new ResourceTemplate('notes:///{owner}', { list: undefined }),
      {},
      ({ href }) => ({ contents: [{ uri: href, text: `This is ${href}` }] }),
    ),
  )
  withRule(
    'allow',
    server.registerPrompt('sum_up', {}, () => ({
      messages: [{ role: 'user', content: { type: 'text', text: 'Sum up my notes.' } }],
    })),
  )
}

const text = (words: string) => ({ content: [{ type: 'text' as const, text: words }] })

export function createApp({
  resource = process.env.RESOURCE ?? `http://127.0.0.1:${port}/mcp`,
  issuer = process.env.ISSUER ?? 'http://127.0.0.1:4000',
} = {}): { app: Express; resourceServer: ResourceServer } {
  // #region collect
  const resourceServer = createResourceServer({
    resource,
    authorizationServer: issuer,
    requiredScopes: ['notes:read'],
    policy: collectPolicy(createMcpServer()),
  })
  const mcp = createMcpHandler(() => protectServer(resourceServer, createMcpServer()))
  // #endregion
  const app = express()
  app.use(expressGate(resourceServer))
  app.all('/mcp', toNodeHandler(mcp))
  return { app, resourceServer }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { app, resourceServer } = createApp()
  app.listen(port, '127.0.0.1', () => {
    console.log(`${resourceServer.resource}\n\n${resourceServer.policy?.describe()}`)
  })
}
