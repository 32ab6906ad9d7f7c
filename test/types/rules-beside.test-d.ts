import {
  McpServer as McpServerV1,
  type RegisteredPrompt as RegisteredPromptV1,
  type RegisteredResource as RegisteredResourceV1,
  type RegisteredResourceTemplate as RegisteredTemplateV1,
  type RegisteredTool as RegisteredToolV1,
  ResourceTemplate as ResourceTemplateV1,
} from '@modelcontextprotocol/sdk/server/mcp.js'
import {
  McpServer as McpServerV2,
  type RegisteredPrompt as RegisteredPromptV2,
  type RegisteredResource as RegisteredResourceV2,
  type RegisteredResourceTemplate as RegisteredTemplateV2,
  type RegisteredTool as RegisteredToolV2,
  ResourceTemplate as ResourceTemplateV2,
  Server,
} from '@modelcontextprotocol/server'
import { createResourceServer, type PolicyOptions } from 'mcp-resource-server'
import { collectPolicy, withRule } from 'mcp-resource-server/mcp-sdk'
import * as v2 from 'mcp-resource-server/mcp-server'
import { createPolicy } from 'mcp-resource-server/policy'
import { describe, expectTypeOf, it } from 'vitest'
import { z } from 'zod'

const ABOUT = { name: 'a', version: '1' }
const contents = (uri: URL) => ({ contents: [{ uri: uri.href, text: '' }] })
const messages: { role: 'user'; content: { type: 'text'; text: string } }[] = []

describe('a rule beside a registration of SDK v1', () => {
  const server = new McpServerV1(ABOUT)

  it('leaves the types of the arguments and of the registration as they are', () => {
    const tool = withRule(
      { scopes: ['data:write'] },
      server.registerTool('erase', { inputSchema: { id: z.string() } }, ({ id }, extra) => {
        expectTypeOf(id).toEqualTypeOf<string>()
        expectTypeOf(extra.signal).toEqualTypeOf<AbortSignal>()
        return { content: [] }
      }),
    )
    expectTypeOf(tool).toEqualTypeOf<RegisteredToolV1>()
    const prompt = withRule(
      'allow',
      server.registerPrompt('explain', { argsSchema: { id: z.string() } }, ({ id }) => {
        expectTypeOf(id).toEqualTypeOf<string>()
        return { messages }
      }),
    )
    expectTypeOf(prompt).toEqualTypeOf<RegisteredPromptV1>()
    const resource = withRule('deny', server.registerResource('a', 'a:///a', {}, contents))
    expectTypeOf(resource).toEqualTypeOf<RegisteredResourceV1>()
    const template = withRule(
      { allow: (token, { name }) => name === token.subject },
      server.registerResource(
        'b',
        new ResourceTemplateV1('a:///{b}', { list: undefined }),
        {},
        contents,
      ),
    )
    expectTypeOf(template).toEqualTypeOf<RegisteredTemplateV1>()
  })
})

describe('a rule beside a registration of SDK v2', () => {
  const server = new McpServerV2(ABOUT)

  it('leaves the types of the arguments and of the registration as they are', () => {
    const tool = v2.withRule(
      { roles: ['steward'], dpop: true },
      server.registerTool('erase', { inputSchema: z.object({ id: z.string() }) }, ({ id }, ctx) => {
        expectTypeOf(id).toEqualTypeOf<string>()
        expectTypeOf(ctx.mcpReq.method).toEqualTypeOf<string>()
        return { content: [] }
      }),
    )
    expectTypeOf(tool).toEqualTypeOf<RegisteredToolV2>()
    const prompt = v2.withRule(
      'allow',
      server.registerPrompt('explain', { argsSchema: z.object({ id: z.string() }) }, ({ id }) => {
        expectTypeOf(id).toEqualTypeOf<string>()
        return { messages }
      }),
    )
    expectTypeOf(prompt).toEqualTypeOf<RegisteredPromptV2>()
    const resource = v2.withRule('deny', server.registerResource('a', 'a:///a', {}, contents))
    expectTypeOf(resource).toEqualTypeOf<RegisteredResourceV2>()
    const template = v2.withRule(
      { scopes: { anyOf: ['a', 'b'] } },
      server.registerResource(
        'b',
        new ResourceTemplateV2('a:///{b}', { list: undefined }),
        {},
        contents,
      ),
    )
    expectTypeOf(template).toEqualTypeOf<RegisteredTemplateV2>()
  })
})

describe('withRule and collectPolicy', () => {
  const server = new McpServerV2(ABOUT)
  const tool = server.registerTool('act', {}, () => ({ content: [] }))

  it('take servers of both majors, and give the option `policy`', () => {
    const policy = collectPolicy([new McpServerV1(ABOUT), server], { default: 'deny' })
    expectTypeOf(policy).toEqualTypeOf<PolicyOptions>()
    createPolicy(v2.collectPolicy(server))
    const authorizationServer = 'https://sso.example.com'
    createResourceServer({ resource: 'https://mcp.example.com', authorizationServer, policy })
  })

  it('take nothing else', () => {
    // @ts-expect-error no rule
    withRule('yes', tool)
    // @ts-expect-error no member of a rule
    withRule({ scope: ['a'] }, tool)
    // @ts-expect-error the server itself
    withRule('allow', server)
    // @ts-expect-error a factory
    collectPolicy(() => server)
    // @ts-expect-error a low-level server has no registrations
    collectPolicy(new Server(ABOUT))
  })
})
