import { describe, expect, it } from 'vitest'
import type { OperationsOptions } from '../../../src/options/operations-options.ts'
import { httpsFreeResourceServer, type Overrides } from '../../support/tokens.ts'

const supported = (operations: OperationsOptions | undefined, more: Overrides = {}) =>
  httpsFreeResourceServer({
    ...{ scopes: ['mcp:base'], ...more },
    ...(operations === undefined ? {} : { operations }),
  }).metadata.scopes_supported

const catalogue: OperationsOptions = {
  tools: { a: { scopes: ['tool:a'] }, b: { scopes: { anyOf: ['tool:b'] } } },
  resources: { 'docs:///{id}': { scopes: ['docs'] } },
  prompts: { p: { scopes: ['prompt'] } },
}

describe('scopes_supported', () => {
  it('MCP-5: are those of every request, not the catalogue of single tools', () => {
    expect(supported(undefined)).toEqual(['mcp:base'])
    expect(supported(catalogue)).toEqual(['mcp:base'])
  })

  it('MCP-5: with those that methods and whatever has no rule demand, each once', () => {
    const operations: OperationsOptions = {
      ...catalogue,
      methods: { 'tools/list': { scopes: ['list', 'mcp:base'] }, ping: { roles: ['r'] } },
      default: { scopes: { anyOf: ['all'] } },
    }
    expect(supported(operations)).toEqual(['mcp:base', 'list', 'all'])
    expect(supported(operations, { scopes: [] })).toEqual(['list', 'mcp:base', 'all'])
  })

  it('MCP-5: are what is said explicitly, and nothing else', () => {
    const operations: OperationsOptions = { ...catalogue, default: { scopes: ['all'] } }
    expect(supported(operations, { scopesSupported: ['tool:a'] })).toEqual(['tool:a'])
    expect(supported(operations, { scopesSupported: [] })).toBeUndefined()
  })

  it('RFC9728-2: are left out where there are none', () => {
    expect(supported(catalogue, { scopes: [] })).toBeUndefined()
    expect(supported({ default: { roles: ['r'] } }, { scopes: [] })).toBeUndefined()
  })

  it('MCP-5: a hierarchy adds nothing', () => {
    const scopeHierarchy = { 'mcp:admin': ['mcp:base', 'other'] }
    expect(supported(catalogue, { scopeHierarchy })).toEqual(['mcp:base'])
  })

  it('MCP-4: no policy can bring offline_access in', () => {
    const asks = { scopes: ['offline_access'] }
    for (const operations of [
      { default: asks },
      { methods: { ping: asks } },
      { tools: { a: asks } },
    ]) {
      expect(() => supported(operations)).toThrow(/`operations\..*offline_access/)
    }
  })
})
