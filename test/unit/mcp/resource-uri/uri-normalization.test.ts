import { describe, expect, it } from 'vitest'
import type { PolicyRules } from '../../../../src/mcp/policy/options.ts'
import { createPolicy } from '../../../../src/mcp/policy/policy.ts'
import { checkRead, tokenWith } from '../policy/callers.ts'

describe('a template', () => {
  it.each([
    ['https://EXAMPLE.com/{x}', 'https://example.com/a'],
    ['HTTPS://example.com/{x}', 'https://example.com/a'],
    ['https://example.com:443/{+x}', 'https://example.com/a/b'],
    ['https://b\u00fccher.example/{x}', 'https://xn--bcher-kva.example/a'],
    ['https://example.com/caf\u00e9/{x}', 'https://example.com/caf%C3%A9/a'],
    ['docs:///caf\u00e9/{x}', 'docs:///caf%C3%A9/a'],
    ['docs:///a b/{+x}', 'docs:///a%20b/c/d'],
    ['docs:///a/../b/{x}', 'docs:///b/c'],
    ['https://{tenant}.EXAMPLE.com/{+x}', 'https://one.example.com/a'],
    ['https:{+any}', 'https:example.com'],
  ])('S1.6: the rule %s applies to %s', async (template, readAs) => {
    const resources = { [template]: { scopes: ['s'] } }
    const sent = URL.parse(readAs)?.href ?? readAs
    expect(await checkRead({ resources, default: 'allow' }, sent)).toEqual({
      outcome: 'scope_missing',
      scopes: ['s'],
    })
    expect((await checkRead({ resources }, sent, tokenWith('s'))).outcome).toBe('allowed')
  })

  it.each([
    ['https://EXAMPLE.com/{x}', 'https://example.com/a', 'https://evil.example/a'],
    ['https://EXAMPLE.com/{x}', 'https://example.com/a', 'https://EXAMPLE.com/a'],
    ['docs:///caf\u00e9/{x}', 'docs:///caf%C3%A9/a', 'docs:///cafe/a'],
    ['docs:///x0x/{x}/x1x', 'docs:///x0x/a/x1x', 'docs:///a/a/x1x'],
    ['http://localhost:{port}/a', 'http://localhost:8080/a', 'http://localhost/a'],
    ['{scheme}://a/b', 'docs://a/b', 'docs://b/b'],
  ])('S1.6: the rule %s applies to %s, and not to %s', async (template, sent, other) => {
    const resources = { [template]: 'allow' } as const
    expect((await checkRead({ resources }, sent)).outcome).toBe('allowed')
    expect((await checkRead({ resources }, other)).outcome).toBe('denied')
  })
})

describe('two rules for one resource', () => {
  it.each([
    ['https://EXAMPLE.com/a', 'https://example.com/a'],
    ['https://example.com/a', 'https://example.com:443/a'],
    ['docs:///a/../b', 'docs:///b'],
    ['docs:///b', 'docs:///a/%2e%2e/b'],
    ['docs:///caf\u00e9', 'docs:///caf%C3%A9'],
    ['https://EXAMPLE.com/a', 'HTTPS://example.com/a'],
  ])('S1.6: are a TypeError that names the URI: %s and %s', (one, other) => {
    const make = () => createPolicy({ resources: { [one]: 'allow', [other]: 'deny' } })
    expect(make).toThrow(TypeError)
    expect(make).toThrow(/^createPolicy: option `resources` /)
    expect(make).toThrow(new URL(one).href)
  })

  it('S1.6: both apply to a third spelling, when the three are equal once they are decoded', async () => {
    for (const [one, other] of [
      ['docs:///a', 'docs:///%61'],
      ['docs:///%61', 'docs:///a'],
    ] as const) {
      const resources: PolicyRules = { [one]: 'deny', [other]: 'allow' }
      expect((await checkRead({ resources }, one)).outcome).toBe('denied')
      expect((await checkRead({ resources }, other)).outcome).toBe('allowed')
      expect((await checkRead({ resources }, 'docs:///a/')).outcome).toBe('denied')
    }
  })

  it('S1.6: are accepted when the SDKs look the two URIs up as different ones', () => {
    for (const [one, other] of [
      ['docs:///a', 'docs:///A'],
      ['docs:///a', 'docs:///a/'],
      ['docs:///a', 'docs:///%61'],
      ['docs:///a', 'docs:///{+a}'],
    ] as const) {
      const resources: PolicyRules = { [one]: 'allow', [other]: 'deny' }
      expect(() => createPolicy({ resources })).not.toThrow()
    }
  })
})
