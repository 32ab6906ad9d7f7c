/** Resources and templates that an `McpServer` has matched, and what their own rules say then. */

import {
  McpServer as McpServerV1,
  ResourceTemplate as ResourceTemplateV1,
} from '@modelcontextprotocol/sdk/server/mcp.js'
import { UriTemplate as UriTemplateV1 } from '@modelcontextprotocol/sdk/shared/uriTemplate.js'
import {
  McpServer as McpServerV2,
  ResourceTemplate as ResourceTemplateV2,
  UriTemplate as UriTemplateV2,
} from '@modelcontextprotocol/server'
import { describe, expect, it } from 'vitest'
import { protectServer } from '../../../src/adapters/protected-server.ts'
import type { PolicyOptions } from '../../../src/mcp/policy/options.ts'
import { authInfoOf, type Send, sendV1, sendV2 } from '../../support/mcp-requests.ts'
import { throwing } from '../../support/throwing.ts'
import { testResourceServer } from '../../support/tokens.ts'
import { collectWarnings } from '../../support/warnings.ts'

const about = { name: 'docs', version: '1.0.0' }
const PUBLIC = 'docs:///{page}'
const SECRET = 'secret:///{+path}'

/** A template that matches more than its text says: the policy cannot know what the SDK runs. */
const wider = (text: string, also: string, Base: typeof UriTemplateV1 | typeof UriTemplateV2) =>
  new (class extends (Base as typeof UriTemplateV1) {
    override match(uri: string) {
      return uri === also ? {} : super.match(uri)
    }
  })(text)

collectWarnings()

/** The common part of both majors' registrations. */
interface Registered {
  update(updates: object): void
}
interface Server {
  registerResource(name: string, uri: unknown, config: object, read: unknown): Registered
}
type Complete = Record<string, () => string[]>
type Make = () => {
  server: Server
  template(text: string, also?: string, complete?: Complete): unknown
}

const v1: Make = () => ({
  server: new McpServerV1(about) as unknown as Server,
  template: (text, also = '', complete = {}) =>
    new ResourceTemplateV1(wider(text, also, UriTemplateV1), { list: undefined, complete }),
})
const v2: Make = () => ({
  server: new McpServerV2(about) as unknown as Server,
  template: (text, also = '', complete = {}) =>
    new ResourceTemplateV2(wider(text, also, UriTemplateV2) as unknown as UriTemplateV2, {
      list: undefined,
      complete,
    }),
})

const ADMIN = { roles: ['admin'] }
const operations: PolicyOptions = {
  resources: { [PUBLIC]: 'allow', [SECRET]: ADMIN, 'docs:///named': 'allow' },
}

describe.each<[string, Make, Send]>([
  ['SDK v1', v1, sendV1],
  ['SDK v2, 2025-11-25', v2, sendV2('2025-11-25')],
  ['SDK v2, 2026-07-28', v2, sendV2('2026-07-28')],
])('a template that %s has matched', (_name, make, send) => {
  const guarded = testResourceServer({ policy: operations })
  const text = (uri: URL) => ({ contents: [{ uri: uri.href, text: 'the secret' }] })
  const protect = (server: Server, by = guarded) => protectServer(by, server as never)

  async function read(server: Server, uri: string, roles: string[] = [], by = guarded) {
    const answer = await send(server as never, 'resources/read', await authInfoOf(by, { roles }), {
      uri,
    })
    return answer.error?.code ?? 'read'
  }

  it('MCP-25: completions leave out values of resources that the caller may not read', async () => {
    const resources = { 'docs:///{page}': 'allow', 'docs:///payroll': ADMIN } as const
    const by = testResourceServer({ policy: { resources } })
    const values = async (roles: string[]) => {
      const { server, template } = make()
      const complete = { page: () => ['handbook', 'payroll'] }
      server.registerResource('pages', template(PUBLIC, '', complete), {}, text)
      protect(server, by)
      const asked = {
        ref: { type: 'ref/resource', uri: PUBLIC },
        argument: { name: 'page', value: '' },
      }
      const authInfo = await authInfoOf(by, { roles })
      const { result } = await send(server as never, 'completion/complete', authInfo, asked)
      return (result?.completion as { values: string[] } | undefined)?.values
    }
    expect(await values([])).toEqual(['handbook'])
    expect(await values(['admin'])).toEqual(['handbook', 'payroll'])
  })

  const BEFORE_AND_AFTER = [
    [
      'before',
      (server: Server, register: () => void) => {
        register()
        protect(server)
      },
    ],
    [
      'after',
      (server: Server, register: () => void) => {
        protect(server)
        register()
      },
    ],
  ] as const

  it.each(BEFORE_AND_AFTER)(
    'MCP-13: needs its own rule, registered %s it was protected',
    async (_when, both) => {
      const reads: string[] = []
      const outcomes = []
      for (const [uri, roles] of [
        ['docs:///payroll', []],
        ['docs:///payroll', ['admin']],
        ['docs:///handbook', []],
      ] as const) {
        const { server, template } = make()
        both(server, () => {
          server.registerResource('secret', template(SECRET, 'docs:///payroll'), {}, (at: URL) => {
            reads.push(`secret ${at.href}`)
            return text(at)
          })
          server.registerResource('public', template(PUBLIC), {}, (at: URL) => {
            reads.push(`public ${at.href}`)
            return text(at)
          })
        })
        outcomes.push(await read(server, uri, [...roles]))
      }
      expect(outcomes).toEqual([403, 'read', 'read'])
      expect(reads).toEqual(['secret docs:///payroll', 'public docs:///handbook'])
    },
  )

  it('MCP-13: may have other variable names than its rule', async () => {
    const { server, template } = make()
    protect(server)
    server.registerResource('s', template('secret:///{+p}', 'docs:///payroll'), {}, text)
    expect(await read(server, 'docs:///payroll')).toBe(403)
  })

  it('MCP-13: a rule for exactly that URI still allows it', async () => {
    const { server, template } = make()
    protect(server)
    server.registerResource('s', template(SECRET, 'docs:///named'), {}, text)
    expect(await read(server, 'docs:///named')).toBe('read')
  })

  it('MCP-13: without a rule for the template the rule of the URI decides', async () => {
    const { server, template } = make()
    protect(server)
    server.registerResource('other', template('other:///{x}', 'docs:///a'), {}, text)
    expect(await read(server, 'docs:///a')).toBe('read')
    expect(await read(make().server, 'docs:///a')).not.toBe('read')
  })

  it('MCP-13: needs its rule also with another callback and another template', async () => {
    for (const update of ['callback', 'template'] as const) {
      const { server, template } = make()
      protect(server)
      const first = update === 'callback' ? SECRET : 'other:///{x}'
      const one = server.registerResource('s', template(first, 'docs:///payroll'), {}, text)
      if (update === 'callback') one.update({ callback: text })
      else one.update({ template: template(SECRET, 'docs:///payroll') })
      expect([update, await read(server, 'docs:///payroll')]).toEqual([update, 403])
    }
  })

  it('MCP-13: the function of its rule gets the URI that is read, and is awaited', async () => {
    const asked: unknown[] = []
    const by = testResourceServer({
      policy: {
        resources: {
          [PUBLIC]: 'allow',
          [SECRET]: {
            allow: async (_token, { name, params }) => {
              asked.push(name, params?.uri)
              return name === 'docs:///yes'
            },
          },
        },
      },
    })
    for (const [uri, outcome] of [
      ['docs:///yes', 'read'],
      ['docs:///no', 403],
    ] as const) {
      const { server, template } = make()
      protect(server, by)
      server.registerResource('s', template(SECRET, uri), {}, text)
      expect(await read(server, uri, [], by)).toBe(outcome)
    }
    expect(asked).toEqual(['docs:///yes', 'docs:///yes', 'docs:///no', 'docs:///no'])
  })

  it('MCP-13: is 503 where the function of its rule throws', async () => {
    const allow = throwing(new Error('s3cr3t'))
    const resources = { [PUBLIC]: 'allow', [SECRET]: { allow } } as const
    const by = testResourceServer({ policy: { resources } })
    const { server, template } = make()
    protect(server, by)
    server.registerResource('s', template(SECRET, 'docs:///a'), {}, text)
    const answer = await send(server as never, 'resources/read', await authInfoOf(by), {
      uri: 'docs:///a',
    })
    expect(answer.error?.code).toBe(503)
    expect(JSON.stringify(answer)).not.toContain('s3cr3t')
  })

  it('MCP-13: is refused as insufficient_scope where only a scope is missing', async () => {
    const resources = { [PUBLIC]: 'allow', [SECRET]: { scopes: ['secrets'] } } as const
    const by = testResourceServer({ policy: { resources } })
    const { server, template } = make()
    protect(server, by)
    server.registerResource('s', template(SECRET, 'docs:///a'), {}, text)
    const params = { uri: 'docs:///a' }
    const answer = await send(server as never, 'resources/read', await authInfoOf(by), params)
    expect(answer.error).toMatchObject({
      code: 403,
      message: expect.stringContaining('lacks a scope'),
    })
  })
})

describe('the read callback of a protected resource', () => {
  const guarded = testResourceServer({ policy: operations })
  const contents = { contents: [] }

  it('MCP-13: called by the server’s own code without a caller refuses; for a tool it reads', async () => {
    const server = protectServer(guarded, new McpServerV1(about))
    const read = server.registerResource('n', 'docs:///named', {}, () => contents)
    const uri = new URL('docs:///named')
    expect(() => read.readCallback(uri, {} as never)).toThrow(/without a verified access token/)
    const authInfo = await authInfoOf(guarded)
    expect(read.readCallback(uri, { authInfo } as never)).toEqual(contents)
  })

  it('MCP-13: a version of the SDK that keeps its resources elsewhere is refused', () => {
    for (const place of ['_registeredResources', '_registeredResourceTemplates']) {
      for (const server of [new McpServerV1(about), new McpServerV2(about)]) {
        // So that a change of the SDK is noticed: where it keeps them is private to it.
        expect(server).toHaveProperty(place)
        delete (server as unknown as Record<string, unknown>)[place]
        expect(() => protectServer(guarded, server)).toThrow(/keeps its .* elsewhere/)
      }
    }
  })
})
