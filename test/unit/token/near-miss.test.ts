import { afterEach, describe, expect, it, vi } from 'vitest'
import type { NearMiss } from '../../../src/errors/reasons.ts'
import { audienceNearMiss, issuerNearMiss } from '../../../src/token/near-miss.ts'
import { cureOf, nearMissText } from '../../../src/token/near-miss-texts.ts'
import { settleProfile } from '../../../src/token/settled-profile.ts'
import { urlDifference } from '../../../src/token/url-difference.ts'
import { ISSUER, RESOURCE } from '../../support/tokens.ts'

afterEach(() => vi.restoreAllMocks())

const profile = settleProfile({ name: 'test', genericAudiences: ['every-app'] })
const audience = (aud: string | readonly string[], expected = RESOURCE, claims = {}) =>
  audienceNearMiss([aud].flat(), new Set([expected]), { claims, profile })

describe('an audience that nearly fits', () => {
  it.each([
    ['audience_slash', 'https://mcp.example.com/mcp/', RESOURCE],
    ['audience_slash', 'https://mcp.example.com', 'https://mcp.example.com/'],
    ['audience_slash', 'notes-api/', 'notes-api'],
    ['audience_origin', 'https://mcp.example.com/', RESOURCE],
    ['audience_origin', 'https://mcp.example.com', RESOURCE],
    ['audience_loopback', 'http://127.0.0.1:3000/mcp', 'http://localhost:3000/mcp'],
    ['audience_loopback', 'http://localhost:3000/mcp', 'http://[::1]:3000/mcp'],
    ['audience_loopback', 'http://127.0.0.1:3000/', 'http://localhost:3000/mcp'],
    ['audience_case', 'https://MCP.example.com/mcp', RESOURCE],
    ['audience_case', 'https://mcp.example.com/MCP', RESOURCE],
    ['audience_case', 'Notes-API', 'notes-api'],
    ['audience_port', 'https://mcp.example.com:8443/mcp', RESOURCE],
    ['audience_spelling', 'https://mcp.example.com:443/mcp', RESOURCE],
    ['audience_scheme', 'http://mcp.example.com/mcp', RESOURCE],
    ['audience_scheme', 'http://mcp.example.com:8080/mcp/', RESOURCE],
    ['audience_spelling', 'https://mcp.example.com/m%63p', RESOURCE],
    ['audience_spelling', 'https://mcp.example.com/mcp?', RESOURCE],
    ['audience_spelling', 'https://mcp.example.com/mcp#', RESOURCE],
    ['audience_spelling', 'https://mcp.example.com/./mcp', RESOURCE],
    ['audience_generic', 'account', RESOURCE],
    ['audience_generic', 'Every-App', RESOURCE],
  ])('%s: %s for %s', (nearMiss, found, expected) => {
    expect(audience(found, expected)).toBe(nearMiss)
    expect(audience(['https://elsewhere.example', found], expected)).toBe(nearMiss)
  })

  it("audience_client: the client's own id, in any claim that may hold it", () => {
    expect(audience('agent', RESOURCE, { client_id: 'agent' })).toBe('audience_client')
    expect(audience(['x', 'agent'], RESOURCE, { azp: 'agent' })).toBe('audience_client')
    expect(audience('agent', RESOURCE, { azp: 'another' })).toBeUndefined()
    expect(audience('agent', RESOURCE, { azp: ['agent'] })).toBeUndefined()
  })

  it.each([
    'https://mcp.example.com/other',
    'https://mcp.example.com/mcp/tools',
    'https://mcp.example.com/mcp?x=1',
    'https://mcp.example.com/mcp#x',
    'https://mcp.example.org/mcp',
    'https://evil.example/mcp',
    'https://mcp.example.com.evil.example/mcp',
    'https://user@mcp.example.com/mcp',
    'https://:word@mcp.example.com/mcp',
    'http://127.0.0.1/mcp',
    'ftp://mcp.example.com/mcp',
    'mcp.example.com/mcp',
    'https://',
    '',
    '%',
    `https://mcp.example.com/${'m'.repeat(100_000)}`,
  ])('nothing is recognised in %s', (found) => {
    expect(audience(found)).toBeUndefined()
  })

  it('audience_several: an accepted audience beside others (exclusiveAudience)', () => {
    expect(audience([RESOURCE, 'account'])).toBe('audience_several')
    expect(audience([`${RESOURCE}/`, RESOURCE])).toBe('audience_several')
  })

  it('many audiences cost a bounded time', () => {
    const many = Array.from({ length: 100_000 }, (_, at) => `https://elsewhere.example/${at}`)
    expect(audience([...many, `${RESOURCE}/`])).toBeUndefined()
  })

  it('S1.13: many audiences and many accepted audiences cost a bounded time', () => {
    const parse = vi.spyOn(URL, 'parse')
    const urls = (host: string) =>
      Array.from({ length: 100 }, (_, at) => `https://${host}/${at}/${'%41b/'.repeat(80)}`)
    audienceNearMiss(urls('one.example'), new Set(urls('two.example')), undefined)
    expect(parse.mock.calls.length).toBeLessThanOrEqual(2 * 120)
  })
})

describe('an issuer that is nearly a configured one', () => {
  it.each([
    ['issuer_slash', `${ISSUER}/`],
    ['issuer_case', 'https://sso.example.com/realms/Acme'],
    ['issuer_scheme', 'http://sso.example.com/realms/acme'],
    ['issuer_host', 'http://keycloak:8080/realms/acme'],
    ['issuer_host', 'https://sso.example.org/realms/acme'],
    ['issuer_port', 'https://sso.example.com:8443/realms/acme'],
    ['issuer_realm', 'https://sso.example.com/realms/master'],
    ['issuer_spelling', 'https://sso.example.com/realms/%61cme'],
  ])('%s: %s', (nearMiss, found) => {
    expect(issuerNearMiss(found, ['https://other.example/', ISSUER])).toBe(nearMiss)
  })

  it('of several tenants: the issuer that differs least counts', () => {
    const tenants = Array.from({ length: 300 }, (_, at) => `https://sso.example.com/realms/t${at}`)
    expect(issuerNearMiss('https://sso.example.com/realms/t299/', tenants)).toBe('issuer_slash')
    expect(issuerNearMiss('http://SSO.example.com/realms/T7', tenants)).toBe('issuer_scheme')
    expect(issuerNearMiss('https://sso.example.com/realms/t300', tenants)).toBe('issuer_realm')
  })

  it('S1.13: an unknown issuer costs a bounded time, however many issuers are configured', () => {
    const parse = vi.spyOn(URL, 'parse')
    const tenants = Array.from({ length: 1000 }, (_, at) => `https://sso.example.com/realms/t${at}`)
    expect(issuerNearMiss('https://sso.example.com/a/b/c', tenants)).toBeUndefined()
    expect(parse.mock.calls.length).toBeLessThanOrEqual(2 * 21)
    parse.mockClear()
    const long = `https://sso.example.com/${'%41b/'.repeat(1000)}`
    expect(issuerNearMiss(long, tenants)).toBeUndefined()
    expect(parse).not.toHaveBeenCalled()
  })

  it.each([
    'https://sso.example.com',
    'https://sso.example.com/',
    'https://sso.example.com/realms/acme/x',
    'https://keycloak.example/realms/master',
    'https://accounts.example/',
    'acme',
    17,
    undefined,
    null,
    [ISSUER],
  ])('nothing is recognised in %s', (found) => {
    expect(issuerNearMiss(found, ['https://other.example/', ISSUER])).toBeUndefined()
  })
})

describe('random URLs', () => {
  let seed = 13
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return seed % below
  }
  const pick = <T>(items: readonly T[]): T => items[random(items.length)] as T
  const word = () => pick(['mcp', 'api', 'team', 'notes', 'v1', 'a-b'])

  /** Each change, and the code that it must lead to if it is the only one. */
  const NEAR = {
    audience_slash: (url: string) => `${url}/`,
    audience_scheme: (url: string) => url.replace('https:', 'http:'),
    audience_origin: (url: string) => new URL(url).origin,
    audience_port: (url: string) => url.replace('.example', '.example:9000'),
    audience_case: (url: string) => url.replace('https://', 'HTTPS://'),
    audience_spelling: (url: string) => `${url}${pick(['?', '#'])}`,
  } as const
  const FAR = [
    (url: string) => `${url}/more`,
    (url: string) => `${url}x`,
    (url: string) => `${url}?a=1`,
    (url: string) => url.replace('.example', '.test'),
    (url: string) => url.replace('https://', 'https://me@'),
    (url: string) => url.replace('https://', 'https://x.'),
    (url: string) => `x${url}`,
  ]

  it('is recognised if and only if it is near', () => {
    for (let round = 0; round < 3000; round += 1) {
      const segments = Array.from({ length: 1 + random(3) }, word)
      const url = `https://${word()}.example/${segments.join('/')}`
      const [code, change] = pick(Object.entries(NEAR))
      expect(audience(change(url), url), `${change(url)} for ${url}`).toBe(code)
      // Every near miss stands in both directions, but for the origin: a longer path is another server.
      const back = code === 'audience_origin' ? undefined : code
      expect(audience(url, change(url)), `${url} for ${change(url)}`).toBe(back)
      const far = pick(FAR)(url)
      expect(audience(far, url), `${far} for ${url}`).toBeUndefined()
    }
  })
})

describe('what the operator reads of a near miss', () => {
  it.each([
    ...['scheme', 'loopback', 'port', 'origin', 'slash', 'case', 'spelling', 'several'].map(
      (name) => `audience_${name}`,
    ),
    ...['client', 'generic'].map((name) => `audience_${name}`),
    ...['scheme', 'loopback', 'port', 'host', 'realm', 'slash', 'case', 'spelling'].map(
      (name) => `issuer_${name}`,
    ),
    ...['scope_lost', 'request_path'],
  ] as NearMiss[])('%s has a cause and a cure', (nearMiss) => {
    expect(nearMissText(nearMiss)).toMatch(
      /^; (?!undefined).{20,}\. To mend it: (?!undefined).{20,}$/,
    )
    expect(nearMissText(nearMiss).endsWith(cureOf(nearMiss))).toBe(true)
  })

  it('is its cause and its cure; nothing, if nothing is recognised', () => {
    expect(nearMissText(undefined)).toBe('')
    const text = nearMissText('issuer_slash')
    expect(text).toMatch(/^; they differ by a final slash\. To mend it: issuers are compared/)
    expect(text.endsWith(cureOf('issuer_slash'))).toBe(true)
    expect(cureOf('audience_generic')).toContain('never accept a generic audience')
  })
})

describe('the difference of two URLs', () => {
  const ALL = ['host', 'realm', 'scheme', 'loopback', 'port', 'slash', 'case', 'spelling'] as const

  it.each([
    ['the same URL', 'https://a.example/b', 'https://a.example/b', undefined],
    ['an escape that cannot be read', 'https://a.example/%ff/b', 'https://a.example/%FF/b', 'case'],
    ['a slash after it', 'https://a.example/%ff/', 'https://a.example/%ff', 'slash'],
    ['a segment before it', 'https://a.example/x/%ff/', 'https://a.example/y/%ff', 'realm'],
    ['two other segments', 'https://a.example/x/y', 'https://a.example/v/w', undefined],
    ['an escape that can be read', 'https://a.example/%62', 'https://a.example/b', 'spelling'],
  ])('%s: %s for %s: %s', (_name, found, expected, difference) => {
    expect(urlDifference(found, expected, ALL)).toBe(difference)
  })

  it('S1.13: is looked for in URLs of at most 512 characters', () => {
    const url = (length: number) => 'https://a.example/'.padEnd(length, 'x')
    expect(urlDifference(`${url(511)}/`, url(511), ALL)).toBe('slash')
    expect(urlDifference(`${url(512)}/`, url(512), ALL)).toBeUndefined()
  })

  it.each([
    ['nothing else', 'http://a.example/b', 'https://a.example/b', 'scheme'],
    ['a slash too', 'http://a.example/b/', 'https://a.example/b', undefined],
    ['a segment too', 'http://a.example/x', 'https://a.example/b', undefined],
    ['another place', 'http://a.example/x/y', 'https://a.example/b', undefined],
  ])('counts only if no other is there: %s', (_name, found, expected, difference) => {
    expect(urlDifference(found, expected, ['scheme'])).toBe(difference)
  })
})
