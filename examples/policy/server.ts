/**
 * A policy with roles, step-up scopes, resources by URI template, prompts, and lists that show each
 * caller only what that caller may use.
 *
 * By default the example starts its own authorization server, with one user. With ISSUER set, it
 * accepts the tokens of that issuer, and reads the roles from their claim `roles`.
 */
import { fileURLToPath } from 'node:url'
import { McpServer, ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import express, { type Express } from 'express'
import { createResourceServer, type PolicyOptions, type ResourceServer } from 'mcp-resource-server'
import { expressGate } from 'mcp-resource-server/express'
import { protectServer } from 'mcp-resource-server/mcp-sdk'

const port = Number(process.env.PORT ?? 3001)

// #region policy
export const policy: PolicyOptions = {
  tools: {
    list_datasets: 'allow',
    sum_sales: { roles: { anyOf: ['analyst', 'steward'] } },
    // A role and a scope: only a steward is asked for consent to the scope.
    delete_dataset: { roles: ['steward'], scopes: ['data:write'] },
    add_note: { scopes: ['data:write'] },
  },
  resources: {
    'data://public/{+path}': 'allow',
    'data://internal/{dataset}': { roles: { anyOf: ['analyst', 'steward'] } },
    // Everybody can read only their own notes.
    'data://notes/{owner}': {
      allow: ({ subject }, { name }) =>
        name === 'data://notes/{owner}' || name === `data://notes/${subject}`,
    },
  },
  prompts: {
    explain_dataset: 'allow',
    draft_report: { roles: ['analyst'] },
  },
}
// #endregion

/** The roles of the users of this example's own authorization server. */
const PERSONAS: Readonly<Record<string, readonly string[]>> = {
  'demo-user': ['analyst'],
  'demo-service': ['steward'],
}

export function createGate({
  resource = process.env.RESOURCE ?? `http://127.0.0.1:${port}/mcp`,
  issuer = process.env.ISSUER ?? 'http://127.0.0.1:4000',
  personas = PERSONAS,
} = {}): ResourceServer {
  return createResourceServer({
    resource,
    authorizationServer: issuer,
    requiredScopes: ['data:read'],
    scopeHierarchy: { 'data:admin': ['data:read', 'data:write'] },
    policy: process.env.ISSUER
      ? policy
      : { ...policy, rolesOf: ({ subject = '' }) => personas[subject] ?? [] },
  })
}

export function createApp(resourceServer: ResourceServer): Express {
  const app = express()
  app.disable('x-powered-by')
  app.use(expressGate(resourceServer))
  app.post('/mcp', express.json(), async (req, res) => {
    const transport = new StreamableHTTPServerTransport()
    res.on('close', () => void transport.close())
    await createMcpServer(resourceServer).connect(transport)
    await transport.handleRequest(req, res, req.body)
  })
  app.all('/mcp', (_req, res) => void res.status(405).set('Allow', 'POST').end())
  return app
}

/** An MCP server with all tools, resources and prompts. Its own code does not check roles or scopes. */
function createMcpServer(resourceServer: ResourceServer): McpServer {
  const about = { name: 'data-platform', version: '1.0.0' }
  const server = protectServer(resourceServer, new McpServer(about))
  for (const name of Object.keys(policy.tools ?? {})) {
    server.registerTool(name, { description: name.replace('_', ' ') }, () => ({
      content: [{ type: 'text', text: `${name}: done` }],
    }))
  }
  for (const uri of ['data://public/readme', 'data://internal/sales']) {
    server.registerResource(uri, uri, {}, contentsOf)
  }
  for (const template of Object.keys(policy.resources ?? {})) {
    server.registerResource(
      template,
      new ResourceTemplate(template, { list: undefined }),
      {},
      contentsOf,
    )
  }
  for (const name of Object.keys(policy.prompts ?? {})) {
    server.registerPrompt(name, {}, () => ({
      messages: [{ role: 'user', content: { type: 'text', text: name.replace('_', ' ') } }],
    }))
  }
  return server
}

const contentsOf = ({ href }: URL) => ({ contents: [{ uri: href, text: `This is ${href}` }] })

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const resourceServer = createGate()
  const { resource } = resourceServer
  if (!process.env.ISSUER) {
    const { startAuthorizationServer } = await import('../demo/authorization-server.ts')
    const scopes = ['data:read', 'data:write']
    const resources = [{ resource, scopes, format: 'jwt' as const }]
    await startAuthorizationServer({ port: 4000, resources })
  }
  createApp(resourceServer).listen(port, '127.0.0.1', () => {
    console.log(`${resource}\n\n${resourceServer.policy?.describe()}`)
  })
}
