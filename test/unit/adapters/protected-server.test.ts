import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { Server as ServerV1 } from '@modelcontextprotocol/sdk/server/index.js'
import {
  McpServer as McpServerV1,
  ResourceTemplate as ResourceTemplateV1,
} from '@modelcontextprotocol/sdk/server/mcp.js'
import {
  CallToolRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js'
import {
  McpServer as McpServerV2,
  ResourceTemplate as ResourceTemplateV2,
  Server as ServerV2,
} from '@modelcontextprotocol/server'
import { describe, expect, it, vi } from 'vitest'
import type { AuthInfo } from '../../../src/adapters/auth-info.ts'
import { type ProtectableServer, protectServer } from '../../../src/adapters/protected-server.ts'
import type { PolicyOptions } from '../../../src/mcp/policy/options.ts'
import { adapterFor } from '../../support/adapter.ts'
import { authInfoOf, type Send, sendV1, sendV2 } from '../../support/mcp-requests.ts'
import { testResourceServer } from '../../support/tokens.ts'
import { collectWarnings } from '../../support/warnings.ts'

const TOOLS = ['open', 'write', 'steward', 'denied', 'unknown'].map((name) => ({
  name,
  inputSchema: { type: 'object' as const },
}))
const RESOURCES = ['docs://public', 'docs://secret'].map((uri) => ({ uri, name: uri }))
const TEMPLATES = ['docs://public/{id}', 'docs://secret/{id}'].map((uriTemplate) => ({
  uriTemplate,
  name: uriTemplate,
}))
const PROMPTS = ['greet', 'scold'].map((name) => ({ name }))

const operations: PolicyOptions = {
  showStepUp: false,
  tools: {
    open: 'allow',
    write: { scopes: ['data:write'] },
    steward: { roles: ['steward'] },
    denied: 'deny',
  },
  resources: {
    'docs://public': 'allow',
    'docs://public/{id}': 'allow',
    'docs://secret': { scopes: ['data:write'] },
    'docs://secret/{id}': { scopes: ['data:write'] },
  },
  prompts: { greet: 'allow' },
}

const capabilities = { tools: {}, resources: {}, prompts: {} }
const about = { name: 'data', version: '1.0.0' }
const nothing = () => ({ content: [] })
const noContents = () => ({ contents: [] })
const noMessages = () => ({ messages: [] })

type Register = () => void

/** A server with everything above. It registers all of it when the test says so. */
function high(
  server: McpServerV1 | McpServerV2,
  ResourceTemplate: typeof ResourceTemplateV1 | typeof ResourceTemplateV2,
): [ProtectableServer, Register] {
  // Both majors register alike.
  const on = server as McpServerV2
  return [
    server,
    () => {
      for (const { name } of TOOLS) on.registerTool(name, {}, nothing)
      for (const { uri } of RESOURCES) on.registerResource(uri, uri, {}, noContents)
      for (const { uriTemplate } of TEMPLATES) {
        const template = new ResourceTemplate(uriTemplate, { list: undefined })
        on.registerResource(uriTemplate, template as ResourceTemplateV2, {}, noContents)
      }
      for (const { name } of PROMPTS) on.registerPrompt(name, {}, noMessages)
    },
  ]
}
const highV1 = () => high(new McpServerV1(about), ResourceTemplateV1)
const highV2 = () => high(new McpServerV2(about), ResourceTemplateV2)

function lowV1(): [ProtectableServer, Register] {
  const server = new ServerV1(about, { capabilities })
  return [
    server,
    () => {
      server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: TOOLS }))
      server.setRequestHandler(CallToolRequestSchema, nothing)
      server.setRequestHandler(ListResourcesRequestSchema, () => ({ resources: RESOURCES }))
      server.setRequestHandler(ListPromptsRequestSchema, async () => ({ prompts: PROMPTS }))
      server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({
        resourceTemplates: TEMPLATES,
      }))
    },
  ]
}

function lowV2(): [ProtectableServer, Register] {
  const server = new ServerV2(about, { capabilities })
  return [
    server,
    () => {
      server.setRequestHandler('tools/list', () => ({ tools: TOOLS }))
      server.setRequestHandler('tools/call', nothing)
      server.setRequestHandler('resources/list', () => ({ resources: RESOURCES }))
      server.setRequestHandler('prompts/list', async () => ({ prompts: PROMPTS }))
      server.setRequestHandler('resources/templates/list', () => ({ resourceTemplates: TEMPLATES }))
    },
  ]
}

const WRITER = { scope: 'mcp:tools data:write' }
const STEWARD = { roles: ['steward'] }

const keysOf = (items: unknown, key: string) =>
  (items as Record<string, unknown>[] | undefined)?.map((item) => item[key])

// What has no rule is warned of; here that is meant.
collectWarnings()

describe.each<[string, () => [ProtectableServer, Register], Send]>([
  ['McpServer of SDK v1', highV1, sendV1],
  ['Server of SDK v1', lowV1, sendV1],
  ['McpServer of SDK v2, 2025-11-25', highV2, sendV2('2025-11-25')],
  ['Server of SDK v2, 2025-11-25', lowV2, sendV2('2025-11-25')],
  ['McpServer of SDK v2, 2026-07-28', highV2, sendV2('2026-07-28')],
  ['Server of SDK v2, 2026-07-28', lowV2, sendV2('2026-07-28')],
])('the lists of %s', (_name, make, send) => {
  const guarded = testResourceServer({ policy: operations })

  /** What a caller sees of all four lists; a server for each, as both SDKs want it. */
  async function seen(authInfo: AuthInfo | undefined, resourceServer = guarded) {
    const list = async (method: string, member: string, key: string) => {
      const [server, register] = make()
      expect(protectServer(resourceServer, server)).toBe(server)
      register()
      return keysOf((await send(server, method, authInfo)).result?.[member], key)
    }
    return {
      tools: await list('tools/list', 'tools', 'name'),
      resources: await list('resources/list', 'resources', 'uri'),
      templates: await list('resources/templates/list', 'resourceTemplates', 'uriTemplate'),
      prompts: await list('prompts/list', 'prompts', 'name'),
    }
  }

  const PUBLIC = {
    tools: ['open'],
    resources: ['docs://public'],
    templates: ['docs://public/{id}'],
    prompts: ['greet'],
  }
  const NONE = { tools: undefined, resources: undefined, templates: undefined, prompts: undefined }

  it('MCP-25 S5: show only what the caller may use, by scope and by role', async () => {
    expect(await seen(await authInfoOf(guarded))).toEqual(PUBLIC)
    expect(await seen(await authInfoOf(guarded, STEWARD))).toEqual({
      ...PUBLIC,
      tools: ['open', 'steward'],
    })
    expect(await seen(await authInfoOf(guarded, WRITER))).toEqual({
      tools: ['open', 'write'],
      resources: ['docs://public', 'docs://secret'],
      templates: ['docs://public/{id}', 'docs://secret/{id}'],
      prompts: ['greet'],
    })
  })

  it('MCP-25 MCP-13: are empty for a caller without a verified token', async () => {
    expect(await seen(undefined)).toEqual(NONE)
    // Of another verifier, which knows nothing of a verified token.
    const { extra: _, ...foreign } = await authInfoOf(guarded, WRITER)
    expect(await seen(foreign as AuthInfo)).toEqual(NONE)
    expect(await seen({ ...foreign, extra: {} } as never)).toEqual(NONE)
  })

  it('MCP-25: a copy of authInfo gives the same list', async () => {
    const authInfo = await authInfoOf(guarded, WRITER)
    const tools = ['open', 'write']
    const stamped = { ...authInfo, resourceMetadataUrl: 'https://mcp.example.com/elsewhere' }
    expect(await seen(stamped)).toMatchObject({ tools })
    expect(await seen(JSON.parse(JSON.stringify(authInfo)))).toMatchObject({ tools })
    // The SDK's list of scopes is anybody's to change; the token is not.
    expect(await seen({ ...authInfo, scopes: [] })).toMatchObject({ tools })
    const narrow = await authInfoOf(guarded)
    expect(await seen({ ...narrow, scopes: ['data:write'] })).toEqual(PUBLIC)
  })

  it('MCP-25: are not changed without a policy', async () => {
    const all = {
      tools: TOOLS.map(({ name }) => name),
      resources: RESOURCES.map(({ uri }) => uri),
      templates: TEMPLATES.map(({ uriTemplate }) => uriTemplate),
      prompts: PROMPTS.map(({ name }) => name),
    }
    const open = testResourceServer()
    expect(await seen(await authInfoOf(open), open)).toEqual(all)
  })

  it('MCP-25: are the caller’s own: `cacheScope: "private"`', async () => {
    for (const method of [
      'tools/list',
      'resources/list',
      'resources/templates/list',
      'prompts/list',
    ]) {
      const [server, register] = make()
      protectServer(guarded, server)
      register()
      const { result } = await send(server, method, await authInfoOf(guarded))
      expect([method, result?.cacheScope]).toEqual([method, 'private'])
    }
  })

  it('MCP-25: the result of a call is not changed', async () => {
    const [server, register] = make()
    protectServer(guarded, server)
    register()
    const params = { name: 'open', arguments: {} }
    const { result } = await send(server, 'tools/call', await authInfoOf(guarded), params)
    expect(result).toMatchObject({ content: [] })
    expect(result).not.toHaveProperty('cacheScope')
  })

  it('MCP-25: are filtered also where handlers were registered before protectServer', async () => {
    const [server, register] = make()
    register()
    protectServer(guarded, server)
    const { result } = await send(server, 'tools/list', await authInfoOf(guarded))
    expect(keysOf(result?.tools, 'name')).toEqual(['open'])
    const [other, registerOther] = make()
    registerOther()
    protectServer(guarded, other)
    expect(await send(other, 'prompts/list', undefined)).toMatchObject({ error: { code: 503 } })
  })
})

describe('protectServer', () => {
  const guarded = testResourceServer({ policy: operations })

  /** A transport that delivers what it is told to. */
  const transport = () => ({
    sent: [] as object[],
    start: vi.fn(async () => {}),
    async send(message: object) {
      this.sent.push(message)
    },
    onmessage: undefined as ((message: object, extra?: object) => void) | undefined,
  })

  it('MCP-13: refuses a version of the SDK that does not start its transport in connect()', async () => {
    const close = vi.fn(async () => {})
    const server = protectServer(guarded, { connect: async (_transport: never) => {}, close })
    const wire = transport()
    const { start } = wire
    await expect(server.connect(wire as never)).rejects.toThrow('did not start the transport')
    expect(close).toHaveBeenCalledOnce()
    expect(wire.start).toBe(start)
  })

  it('MCP-13: refuses one that starts it before it listens', async () => {
    const server = protectServer(guarded, {
      connect: (wire: { start(): Promise<void> }) => wire.start(),
    } as never as { connect(wire: never): Promise<void> })
    await expect(server.connect(transport() as never)).rejects.toThrow('has not set `onmessage`')
  })

  it('MCP-25: sends no result outside of the request that it answers', async () => {
    const wire = transport()
    const server = protectServer(guarded, {
      async connect(one: ReturnType<typeof transport>) {
        one.onmessage = () => {}
        await one.start()
      },
    } as never as { connect(wire: never): Promise<void> })
    await server.connect(wire as never)
    const result = { tools: TOOLS }
    await expect(wire.send({ jsonrpc: '2.0', id: 1, result })).rejects.toThrow('outside of')
    expect(wire.sent).toEqual([])
    // What asks something, or tells of an error, is nobody's answer.
    await wire.send({ jsonrpc: '2.0', id: 1, error: { code: -32601 } })
    await wire.send({ jsonrpc: '2.0', id: 2, method: 'ping' })
    expect(wire.sent).toHaveLength(2)
  })

  it.each([[undefined], [null], [{}], [{ server: {} }], ['server'], [{ server: undefined }]])(
    'is not for %j',
    (server) => {
      expect(() => protectServer(guarded, server as never)).toThrow(
        'protectServer: the server must be an McpServer or a Server of the MCP SDK',
      )
    },
  )

  it('MCP-13: is not for a server that is connected already', async () => {
    for (const [server] of [highV1(), lowV1(), highV2(), lowV2()]) {
      const [wire] = InMemoryTransport.createLinkedPair()
      await (server as McpServerV1).connect(wire as never)
      expect(() => protectServer(guarded, server)).toThrow('wrap it before connect()')
    }
  })

  it('protects a server once, however often it is called', async () => {
    const asked = vi.spyOn(adapterFor(guarded).messages, 'check')
    const [server, register] = highV1()
    for (const one of [server, (server as McpServerV1).server, server]) protectServer(guarded, one)
    register()
    await sendV1(server, 'tools/list', await authInfoOf(guarded))
    expect(asked).toHaveBeenCalledOnce()
  })

  it('MCP-25: keeps the cursor, and may leave a page short or empty', async () => {
    const pages: Record<string, { tools: typeof TOOLS; nextCursor?: string }> = {
      first: { tools: TOOLS.slice(0, 2), nextCursor: 'second' },
      second: { tools: TOOLS.slice(2, 4), nextCursor: 'third' },
      third: { tools: TOOLS.slice(4) },
    }
    const authInfo = await authInfoOf(guarded)
    const v1 = (cursor: string) => {
      const server = protectServer(guarded, new ServerV1(about, { capabilities }))
      server.setRequestHandler(ListToolsRequestSchema, ({ params }) => {
        return pages[params?.cursor ?? ''] ?? expect.fail('no cursor')
      })
      return sendV1(server, 'tools/list', authInfo, { cursor })
    }
    const v2 = (cursor: string) => {
      const server = protectServer(guarded, new ServerV2(about, { capabilities }))
      server.setRequestHandler('tools/list', ({ params }) => {
        return pages[params?.cursor ?? ''] ?? expect.fail('no cursor')
      })
      return sendV2('2026-07-28')(server, 'tools/list', authInfo, { cursor })
    }
    for (const page of [v1, v2]) {
      const shown = [await page('first'), await page('second'), await page('third')]
      expect(
        shown.map(({ result }) => [keysOf(result?.tools, 'name'), result?.nextCursor]),
      ).toEqual([
        [['open'], 'second'],
        [[], 'third'],
        [[], undefined],
      ])
    }
  })

  it('MCP-25: filters a list whose handler is replaced, also with custom schemas', async () => {
    const authInfo = await authInfoOf(guarded)
    const v1 = protectServer(guarded, new ServerV1(about, { capabilities }))
    v1.setRequestHandler(ListToolsRequestSchema, () => ({ tools: [] }))
    v1.setRequestHandler(ListToolsRequestSchema, () => ({ tools: TOOLS }))
    const v2 = protectServer(guarded, new ServerV2(about, { capabilities }))
    const params = {
      '~standard': { version: 1, vendor: 'x', validate: (value: unknown) => ({ value }) },
    }
    v2.setRequestHandler('tools/list', { params } as never, (() => ({ tools: TOOLS })) as never)
    for (const answer of [
      await sendV1(v1, 'tools/list', authInfo),
      await sendV2('2026-07-28')(v2, 'tools/list', authInfo),
    ]) {
      expect(keysOf(answer.result?.tools, 'name')).toEqual(['open'])
    }
  })
})
