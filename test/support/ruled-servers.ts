/** MCP servers of both SDK majors whose rules are beside their tools, prompts, resources and templates. */
import {
  McpServer as McpServerV1,
  ResourceTemplate as ResourceTemplateV1,
} from '@modelcontextprotocol/sdk/server/mcp.js'
import {
  McpServer as McpServerV2,
  ResourceTemplate as ResourceTemplateV2,
} from '@modelcontextprotocol/server'
import type { RegisteredItem } from '../../src/adapters/registrations.ts'
import { withRule } from '../../src/adapters/with-rule.ts'
import type { PolicyOptions, PolicyRule } from '../../src/mcp/policy/options.ts'

/** What both majors return for a registration, as far as the tests use it. */
export type Registered = RegisteredItem & {
  enable(): void
  disable(): void
  update(updates: object): void
}

/** The part of both majors that is alike. Templates of resources are given as text. */
export interface TestServer {
  readonly server: McpServerV1 | McpServerV2
  registerTool(name: string): Registered
  registerPrompt(name: string): Registered
  /** A text with braces is a template. */
  registerResource(uri: string): Registered
  /** A template for `update()`. */
  template(text: string): object
}

const ABOUT = { name: 'notes', version: '1.0.0' }

const wrap = (
  server: McpServerV1 | McpServerV2,
  template: (text: string) => ResourceTemplateV2,
): TestServer => {
  // Both majors register alike.
  const on = server as McpServerV2
  const contents = (uri: URL) => ({ contents: [{ uri: uri.href, text: 'read' }] })
  const messages = [{ role: 'user' as const, content: { type: 'text' as const, text: 'got' } }]
  return {
    server,
    template,
    registerTool: (name) =>
      on.registerTool(name, { description: name }, () => ({
        content: [{ type: 'text', text: 'called' }],
      })) as Registered,
    registerPrompt: (name) =>
      on.registerPrompt(name, { description: name }, () => ({ messages })) as Registered,
    registerResource: (uri) =>
      (uri.includes('{')
        ? on.registerResource(uri, template(uri), { description: uri }, contents)
        : on.registerResource(uri, uri, { description: uri }, contents)) as Registered,
  }
}

/** A new server of each major. */
export const MAJORS: Readonly<Record<'SDK v1' | 'SDK v2', () => TestServer>> = {
  'SDK v1': () =>
    wrap(
      new McpServerV1(ABOUT),
      (text) => new ResourceTemplateV1(text, { list: undefined }) as unknown as ResourceTemplateV2,
    ),
  'SDK v2': () =>
    wrap(new McpServerV2(ABOUT), (text) => new ResourceTemplateV2(text, { list: undefined })),
}

export type MajorName = keyof typeof MAJORS
export const MAJOR_NAMES = Object.keys(MAJORS) as readonly MajorName[]

/** Registers a tool, prompt, resource or template by the table of its rule. */
export const register = (
  on: TestServer,
  table: 'tools' | 'prompts' | 'resources',
  name: string,
): Registered => {
  if (table === 'resources') return on.registerResource(name)
  return table === 'tools' ? on.registerTool(name) : on.registerPrompt(name)
}

/** A server that registers every name of these tables, each with its rule beside it. */
export function ruledServer(
  major: MajorName,
  { tools = {}, prompts = {}, resources = {} }: PolicyOptions,
): TestServer['server'] {
  const on = MAJORS[major]()
  for (const [table, rules] of Object.entries({ tools, prompts, resources })) {
    for (const [name, rule] of Object.entries(rules) as [string, PolicyRule][]) {
      withRule(rule, register(on, table as 'tools', name))
    }
  }
  return on.server
}
