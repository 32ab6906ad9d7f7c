import { describe, expect, it } from 'vitest'
import { wellKnownPaths, wellKnownUrl } from '../../../src/metadata/well-known.ts'
import { answerAtEndpoint } from '../../support/adapter.ts'
import { request, testResourceServer } from '../../support/tokens.ts'

const AT = '/.well-known/oauth-protected-resource'

describe('the address of the document', () => {
  it.each([
    ['https://mcp.example.com/mcp', `https://mcp.example.com${AT}/mcp`],
    ['https://mcp.example.com', `https://mcp.example.com${AT}`],
    ['https://mcp.example.com/', `https://mcp.example.com${AT}`],
    ['https://mcp.example.com/a/b', `https://mcp.example.com${AT}/a/b`],
    ['https://mcp.example.com/a/', `https://mcp.example.com${AT}/a/`],
    ['https://mcp.example.com:8443/mcp', `https://mcp.example.com:8443${AT}/mcp`],
    ['https://mcp.example.com/mcp?tenant=a', `https://mcp.example.com${AT}/mcp?tenant=a`],
    ['https://mcp.example.com?tenant=a', `https://mcp.example.com${AT}?tenant=a`],
    ['https://mcp.example.com/?tenant=a', `https://mcp.example.com${AT}?tenant=a`],
    ['HTTPS://MCP.Example.com/mcp', `HTTPS://MCP.Example.com${AT}/mcp`],
    ['https://mcp.example.com/%6dcp', `https://mcp.example.com${AT}/%6dcp`],
    ['https://mcp.example.com/a/../b', `https://mcp.example.com${AT}/a/../b`],
    ['http://[::1]:3000/mcp', `http://[::1]:3000${AT}/mcp`],
  ])('RFC9728-1 RFC9728-3: of %s is %s', (resource, expected) => {
    expect(wellKnownUrl(resource)).toBe(expected)
    expect(testResourceServer({ resource }).metadataUrl).toBe(expected)
  })

  it('RFC9728-1: accepts another suffix', () => {
    expect(wellKnownUrl('https://a.example/b', 'openid-configuration')).toBe(
      'https://a.example/.well-known/openid-configuration/b',
    )
  })

  it('MCP-2: a resource has two addresses, or one when it has no path', () => {
    expect(wellKnownPaths('https://a.example/mcp', 'oauth-protected-resource')).toEqual([
      `${AT}/mcp`,
      AT,
    ])
    expect(wellKnownPaths('https://a.example/', 'oauth-protected-resource')).toEqual([AT])
  })
})

describe('the resource identifier in the metadata', () => {
  it.each([
    'HTTPS://MCP.Example.com/mcp',
    'https://mcp.example.com',
    'https://mcp.example.com/',
    'https://mcp.example.com:443/mcp',
    'https://mcp.example.com/mcp/',
    'https://mcp.example.com/a/../mcp',
    'https://mcp.example.com/%6Dcp',
    'https://mcp.example.com/mcp?b=2&a=1',
  ])('RFC9728-3 MCP-3: the resource %s', async (resource) => {
    const server = testResourceServer({ resource })
    expect(server.resource).toBe(resource)
    expect(server.metadata.resource).toBe(resource)
    const url = server.metadataUrl
    const answer = await answerAtEndpoint(server, request(undefined, { method: 'GET', url }))
    expect(JSON.parse(answer?.body ?? '').resource).toBe(resource)
  })
})
