/**
 * A policy that is more than a list of tools: roles that make personas, scopes that are asked for
 * when they are needed, resources by URI template, prompts, and lists that show each caller its own.
 *
 * As it stands it brings an authorization server along, whose one user is whoever knocks. With
 * ISSUER set it takes that one's tokens; roles are then those of their claim `roles`.
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
    // A role and a scope: the steward is asked for consent, anybody else is not even asked.
    delete_dataset: { roles: ['steward'], scopes: ['data:write'] },
    add_note: { scopes: ['data:write'] },
  },
  resources: {
    'data://public/{+path}': 'allow',
    'data://internal/{dataset}': { roles: { anyOf: ['analyst', 'steward'] } },
    // To each the notes that are his or her own.
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

/** The roles of the people of the authorization server that this example brings along. */
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

/** Has everything, and knows nothing of roles and scopes. */
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
