import { describe, expect, it } from 'vitest'
import type { PolicyOptions } from '../../../../src/mcp/policy/options.ts'
import {
  answerOf,
  bearer,
  type Overrides,
  request,
  signToken,
  testResourceServer,
} from '../../../support/tokens.ts'

const supported = (operations: PolicyOptions | undefined, more: Overrides = {}) =>
  testResourceServer({
    ...{ requiredScopes: ['mcp:base'], ...more },
    ...(operations === undefined ? {} : { policy: operations }),
  }).metadata.scopes_supported

const catalogue: PolicyOptions = {
  tools: { a: { scopes: ['tool:a'] }, b: { scopes: { anyOf: ['tool:b'] } } },
  resources: { 'docs:///{id}': { scopes: ['docs'] } },
  prompts: { p: { scopes: ['prompt'] } },
}

describe('scopes_supported', () => {
  it('MCP-5: are the scopes of every request, not those of single tools', () => {
    expect(supported(undefined)).toEqual(['mcp:base'])
    expect(supported(catalogue)).toEqual(['mcp:base'])
  })

  it('MCP-5: include the scopes of method rules and of the default rule, each once', () => {
    const operations: PolicyOptions = {
      ...catalogue,
      methods: { 'tools/list': { scopes: ['list', 'mcp:base'] }, ping: { roles: ['r'] } },
      default: { scopes: { anyOf: ['all'] } },
    }
    expect(supported(operations)).toEqual(['mcp:base', 'list', 'all'])
    expect(supported(operations, { requiredScopes: [] })).toEqual(['list', 'mcp:base', 'all'])
  })

  it('MCP-5: are `initialScopes` and the scopes of every request, each once', () => {
    const operations: PolicyOptions = { ...catalogue, default: { scopes: ['all'] } }
    const initialScopes = ['tool:a', 'mcp:base', 'docs']
    expect(supported(operations, { initialScopes })).toEqual(['mcp:base', 'tool:a', 'docs'])
    expect(supported(undefined, { initialScopes })).toEqual(['mcp:base', 'tool:a', 'docs'])
    expect(supported(operations, { initialScopes: [] })).toEqual(['mcp:base'])
    expect(supported(operations, { requiredScopes: [], initialScopes: [] })).toBeUndefined()
  })

  it('MCP-8: are named by a 401 challenge, with the scopes of the route', async () => {
    const operations: PolicyOptions = { ...catalogue, default: { scopes: ['all'] } }
    const named = async (more: Overrides, scopes?: readonly string[]) => {
      const server = testResourceServer({
        requiredScopes: ['mcp:base'],
        policy: operations,
        ...more,
      })
      const decision = await server.authenticate(request(), scopes && { requiredScopes: scopes })
      const { challenge } = answerOf(decision)
      return [/scope="([^"]*)"/.exec(challenge ?? '')?.[1], server.metadata.scopes_supported]
    }
    expect(await named({})).toEqual(['mcp:base all', ['mcp:base', 'all']])
    const initialScopes = ['tool:a', 'docs']
    const both = ['mcp:base', ...initialScopes]
    expect(await named({ initialScopes })).toEqual([both.join(' '), both])
    expect(await named({ initialScopes }, ['extra'])).toEqual(['mcp:base extra tool:a docs', both])
    expect(await named({ initialScopes: [] })).toEqual(['mcp:base', ['mcp:base']])
  })

  it('MCP-10: are not added to a 403 challenge', async () => {
    const server = testResourceServer({
      requiredScopes: ['mcp:base'],
      initialScopes: ['tool:a'],
    })
    const decision = await server.authenticate(bearer(await signToken()))
    expect(decision).toMatchObject({ status: 403, requiredScopes: ['mcp:base'] })
  })

  it('MCP-12: `initialScopes` are not required', async () => {
    const server = testResourceServer({ initialScopes: ['tool:a'] })
    const decision = await server.authenticate(bearer(await signToken()))
    expect(decision.outcome).toBe('allowed')
  })

  it('RFC9728-2: are left out of the document when there are none', () => {
    expect(supported(catalogue, { requiredScopes: [] })).toBeUndefined()
    expect(supported({ default: { roles: ['r'] } }, { requiredScopes: [] })).toBeUndefined()
  })

  it('MCP-5: do not include the scopes of a hierarchy', () => {
    const scopeHierarchy = { 'mcp:admin': ['mcp:base', 'other'] }
    expect(supported(catalogue, { scopeHierarchy })).toEqual(['mcp:base'])
  })

  it('MCP-4: cannot include offline_access by a policy', () => {
    const asks = { scopes: ['offline_access'] }
    for (const operations of [
      { default: asks },
      { methods: { ping: asks } },
      { tools: { a: asks } },
    ]) {
      expect(() => supported(operations)).toThrow(/`policy\..*offline_access/)
    }
  })
})
