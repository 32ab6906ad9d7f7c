import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { PolicyOptions, PolicyRules } from '../../../../src/mcp/policy/options.ts'
import { createPolicy } from '../../../../src/mcp/policy/policy.ts'
import type { VerifiedToken } from '../../../../src/token/verified-token.ts'
import { readOf, tokenWith } from '../policy/callers.ts'

const judge = (options: PolicyOptions, uri: string, token = tokenWith()) =>
  createPolicy(options).check(readOf(uri), token)

/** Both ways to close something: what is open stands in the policy, or is what has no rule. */
const closing = (closed: string, open: string): readonly PolicyOptions[] => [
  { resources: { [open]: 'allow', [closed]: 'deny' } },
  { resources: { [closed]: 'deny' }, default: 'allow' },
  { resources: { [open]: 'allow', [closed]: { roles: ['keeper'] } }, default: 'allow' },
]

const expectClosed = async (closed: string, open: string, uri: string) => {
  for (const options of closing(closed, open)) {
    const { outcome } = await judge(options, uri)
    expect([uri, outcome]).toEqual([uri, 'denied'])
  }
}

describe('a rule with a function', () => {
  const owner = (token: VerifiedToken, { name }: { name: string | undefined }) =>
    name?.split('/')[4] === token.claims.tenant
  const resources = { 'data:///tenants/{tenant}/report': { allow: owner } } as const
  const mine = tokenWith('', { tenant: 'mine' })

  it('S1.6: is not led astray by a spelling, whatever stands where it looks', async () => {
    const uri = 'data:///public/mine/../../tenants/other/report'
    expect(uri.split('/')[4]).toBe('mine')
    for (const more of [{}, { default: 'allow' }] as const) {
      const options: PolicyOptions = {
        resources: { ...resources, 'data:///public/{+path}': 'allow' },
        ...more,
      }
      expect((await judge(options, uri, mine)).outcome).toBe('denied')
    }
    expect((await judge({ resources }, 'data:///tenants/mine/report', mine)).outcome).toBe(
      'allowed',
    )
  })

  it('S1.6: is asked about plain URIs alone, as they were sent', async () => {
    const asked: (string | undefined)[] = []
    const allow = (_token: VerifiedToken, { name }: { name: string | undefined }) =>
      asked.push(name) > 0
    const options = { resources: { 'docs:///{+path}': { allow } } }
    for (const uri of ['docs:///a/../b', 'docs:///a%2F..%2Fb', 'docs://user@a/b', 'docs:///%FF']) {
      expect((await judge(options, uri)).outcome).toBe('denied')
    }
    expect(asked).toEqual([])
    for (const uri of ['docs:///b', 'docs:///%62', 'docs:///b/', 'docs:///b?c']) {
      asked.length = 0
      await judge(options, uri)
      expect(asked).toEqual([uri])
    }
  })

  it('S1.6: is told the escapes that a URI lacks, so a comparison holds for both spellings', async () => {
    const allow = (_token: VerifiedToken, { name }: { name: string | undefined }) =>
      name?.startsWith('docs:///caf%C3%A9%20bar/') !== true
    const options = { resources: { 'docs:///{+path}': { allow } } }
    for (const uri of ['docs:///caf%C3%A9%20bar/x', 'docs:///caf\u00e9 bar/x']) {
      expect((await judge(options, uri)).outcome).toBe('denied')
    }
    expect((await judge(options, 'docs:///caf\u00e9/x')).outcome).toBe('allowed')
  })

  it('S1.6: no of another rule that the URI may be taken for is no', async () => {
    const yes = () => true
    const no = () => false
    for (const allow of [no, async () => no()]) {
      for (const [at, closed] of [yes, allow].entries()) {
        const resources = { 'docs:///{+path}': { allow: yes }, 'docs:///b': { allow: closed } }
        const { outcome } = await judge({ resources }, 'docs:///%62')
        expect(outcome).toBe(at === 0 ? 'allowed' : 'denied')
      }
    }
  })

  it('S1.6: may compare the text with its escapes', async () => {
    const allow = ({ subject }: VerifiedToken, { name }: { name: string | undefined }) =>
      name === `data://notes/${encodeURIComponent(subject ?? '')}`
    const options = { resources: { 'data://notes/{owner}': { allow } } }
    const token: VerifiedToken = { ...tokenWith(), subject: 'auth0|123' }
    expect((await judge(options, 'data://notes/auth0%7C123', token)).outcome).toBe('allowed')
    expect((await judge(options, 'data://notes/auth0%7C124', token)).outcome).toBe('denied')
  })

  const within = (token: VerifiedToken, { name }: { name: string | undefined }) =>
    name?.startsWith(`data:///tenants/${token.claims.tenant}/`) === true

  it.each([
    'data:///tenants/mine/..%2Fother%2Freport',
    'data:///tenants/mine/a%2f..%2F../..%2fother/report',
    'data:///tenants/mine/..\\other\\report',
    'data:///tenants/mine/..%5Cother%5Creport',
    'data:///tenants/mine/..%252Fother%252Freport',
    'data:///tenants/mine/%252e%252e/other/report',
  ])(
    'S1.6: cannot be led out of its part by what undoing the escapes leads to: %s',
    async (uri) => {
      const options = { resources: { 'data:///tenants/{+path}': { allow: within } } }
      expect((await judge(options, 'data:///tenants/mine/report', mine)).outcome).toBe('allowed')
      expect((await judge(options, uri, mine)).outcome).toBe('denied')
    },
  )
})

describe('a spelling that a handler may take for what has another rule', () => {
  it.each([
    'file:///data/private/x',
    'file:///data/%70rivate/x',
    'file:///data/%2570rivate/x',
    'file:///data/%252570rivate/x',
    'file:///data/%25252570rivate/x',
    'file:///data/p%72%69v%61te/x',
    'file:///data/private%2Fx',
    'file:///data/private%2fx',
    'file:///data/private%5Cx',
    'file:///data/private%252Fx',
    'file:///data%2Fprivate/x',
    'file:///%64ata/private/x',
    'file:///data//private/x',
    'file:///data///private//x',
    'file:////data/private/x',
    'file://///data/private/x',
    'file:///data/%2Fprivate/x',
    'file:///data/public%2F..%2Fprivate%2Fx',
    'file:///data/public/..%2Fprivate/x',
    'file:///data/public%5C..%5Cprivate%5Cx',
    'file:///data/%252e/private/x',
    'file:///data/public/%252e%252e/private/x',
    'file:///data/priv%0Aate/x',
    'file:///data/private/x?',
    'file:///data/private/x?y=1',
    'file:///data/private/x#',
    'file:///data/private/x#y',
    'file:///data/%70rivate/x?y#z',
    'file:/data/%70rivate/x',
    'file:data//private/x',
    'file://localhost/data/%70rivate/x',
    'FILE:///data/%70rivate/x',
  ])('S1.6: needs the rights of that too: %s', async (uri) => {
    await expectClosed('file:///data/private/{+path}', 'file:///data/{+path}', uri)
  })

  it.each([
    'file:///data/key%73.txt',
    'file:///data/key%2573.txt',
    'file:///data/keys%2Etxt',
    'file:///data/keys.txt?',
    'file:///data/keys.txt?x=1',
    'file:///data/keys.txt#',
    'file:///data/keys.txt#x',
    'file:///data/keys.txt?x#y',
    'file:///data/key%73.txt?',
    'file:///data//keys.txt',
    'file:///data/a%2F..%2Fkeys.txt',
  ])('S1.6: also where that is one resource: %s', async (uri) => {
    await expectClosed('file:///data/keys.txt', 'file:///data/{+path}', uri)
  })

  it('S1.6: Node takes these for one file', () => {
    for (const uri of [
      'file:///data/key%73.txt',
      'file:///data/keys.txt?',
      'file:///data/keys.txt#x',
      'file:///data/a/../keys.txt',
    ]) {
      expect(fileURLToPath(uri)).toBe('/data/keys.txt')
    }
  })

  it.each([
    ['docs:///public\\..\\private/x', 'docs:///private/{+path}'],
    ['docs:///public/..\\private\\x', 'docs:///private/{+path}'],
    ['docs://private%2Fx', 'docs://private/{+path}'],
    ['docs://%70rivate/x', 'docs://private/{+path}'],
    ['docs:///caf%25C3%25A9', 'docs:///caf\u00e9'],
    ['docs:///a%2520b', 'docs:///a b'],
    ['docs:%70rivate', 'docs:private'],
  ])('S1.6: in schemes of one’s own: %s', async (uri, closed) => {
    await expectClosed(closed, 'docs:{+all}', uri)
  })

  it('MCP-10: and one challenge names what all of them need', async () => {
    const resources: PolicyRules = {
      'file:///data/{+path}': { scopes: ['data'] },
      'file:///data/private/{+path}': { scopes: ['private'] },
    }
    for (const uri of ['file:///data/%70rivate/x', 'file:///data/%70rivate%2Fx?']) {
      expect(await judge({ resources }, uri)).toEqual({
        outcome: 'scope_missing',
        scopes: ['data', 'private'],
      })
      expect((await judge({ resources }, uri, tokenWith('data'))).outcome).toBe('scope_missing')
      expect((await judge({ resources }, uri, tokenWith('data private'))).outcome).toBe('allowed')
    }
  })
})

describe('a spelling that only looks odd', () => {
  it.each<[string, PolicyRules, string]>([
    ['an escaped slash in a name', { 'repo://{slug}/file': 'allow' }, 'repo://org%2Fname/file'],
    ['and a query behind it', { 'repo://{slug}/file': 'allow' }, 'repo://org%2Fname/file?raw=1'],
    ['an escape under a template', { 'data://notes/{x}': 'allow' }, 'data://notes/auth0%7C123'],
    ['an escape in the rule itself', { 'data://notes/a%7C1': 'allow' }, 'data://notes/a%7C1'],
    ['a per cent sign', { 'docs:///{name}': 'allow' }, 'docs:///100%25'],
    ['a query', { 'data:///search?q={+q}': 'allow' }, 'data:///search?q=a%20b&n=5'],
    ['a query of one', { 'docs:///search?q={q}': 'allow' }, 'docs:///search?q=a%20b'],
    ['a query with a path', { 'data:///file?at={+x}': 'allow' }, 'data:///file?at=a//b'],
    ['a fragment', { 'docs:///a#{part}': 'allow' }, 'docs:///a#one'],
    ['a URL in a URL', { 'web:///{+url}': 'allow' }, 'web:///https://example.com/x'],
    ['a port', { 'db://{host}:{port}/{table}': 'allow' }, 'db://local:5432/t'],
    ['what is no URL', { 'notes/{name}': 'allow' }, 'notes/a%20b'],
  ])('S1.6: stays allowed where nothing else is ruled: %s', async (_name, resources, uri) => {
    expect((await judge({ resources }, uri)).outcome).toBe('allowed')
  })

  it.each([
    ['another spelling', 'docs:///a/../b', 'new URL() would rewrite it'],
    ['a user', 'docs://user@host/a', 'it holds a user name or a password'],
    ['a password', 'docs://:pw@host/a', 'it holds a user name or a password'],
    ['a dot behind the host', 'docs://host./a', 'its host ends in a dot'],
    ['an escape in an escape', 'docs:///a%2562', 'it holds an escape within an escape'],
    ['an escape of none', 'docs:///100%', 'its escapes are not UTF-8'],
    ['bytes that are no text', 'docs:///%FF%FE', 'its escapes are not UTF-8'],
    ['a backslash', 'docs:///a%5Cb', 'it holds a backslash or a control character'],
    ['a control character', 'docs:///a%00b', 'it holds a backslash or a control character'],
    ['a deletion', 'docs:///a%7Fb', 'it holds a backslash or a control character'],
    ['an escaped folder', 'docs:///a%2F..%2Fb', 'it holds a path segment of dots'],
    ['a folder in a query', 'docs:///a?at=../b', 'it holds a path segment of dots'],
    ['a folder in a fragment', 'docs:///a#./b', 'it holds a path segment of dots'],
    ['doubled slashes', 'docs:///a//b', 'it holds two slashes in a row'],
    [
      'a URL in a URL with some',
      'web:///https://example.com/a//b',
      'it holds two slashes in a row',
    ],
    ['a drive', 'docs:///C://b', 'it holds two slashes in a row'],
    ['more than two slashes', 'docs:///ab:///b', 'it holds two slashes in a row'],
  ])('S1.6: is denied unless a rule names it: %s', async (_name, uri, why) => {
    const open = { resources: { '{+any}': 'allow' }, default: 'allow' } as const
    expect(await judge(open, uri)).toEqual({
      outcome: 'denied',
      detail: expect.toSatisfy((text: string) => text.endsWith(`: its URI is not plain: ${why}`)),
    })
    expect((await judge({ resources: { [uri]: 'allow' } }, uri)).outcome).toBe('allowed')
  })

  it('S1.6: and where what it could be taken for is open as well', async () => {
    const resources: PolicyRules = {
      'repo://{slug}/file': 'allow',
      'repo://org/{+path}': 'allow',
      'repo://closed/{+path}': 'deny',
    }
    expect((await judge({ resources }, 'repo://org%2Fname/file')).outcome).toBe('allowed')
    expect((await judge({ resources }, 'repo://closed%2Fname/file')).outcome).toBe('denied')
  })
})

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
  ])('S1.6: %s rules what is read as %s', async (template, readAs) => {
    const resources = { [template]: { scopes: ['s'] } }
    const sent = URL.parse(readAs)?.href ?? readAs
    expect(await judge({ resources, default: 'allow' }, sent)).toEqual({
      outcome: 'scope_missing',
      scopes: ['s'],
    })
    expect((await judge({ resources }, sent, tokenWith('s'))).outcome).toBe('allowed')
  })

  it.each([
    ['https://EXAMPLE.com/{x}', 'https://example.com/a', 'https://evil.example/a'],
    ['https://EXAMPLE.com/{x}', 'https://example.com/a', 'https://EXAMPLE.com/a'],
    ['docs:///caf\u00e9/{x}', 'docs:///caf%C3%A9/a', 'docs:///cafe/a'],
    ['docs:///x0x/{x}/x1x', 'docs:///x0x/a/x1x', 'docs:///a/a/x1x'],
    ['http://localhost:{port}/a', 'http://localhost:8080/a', 'http://localhost/a'],
    ['{scheme}://a/b', 'docs://a/b', 'docs://b/b'],
  ])('S1.6: %s rules %s, and not %s', async (template, sent, other) => {
    const resources = { [template]: 'allow' } as const
    expect((await judge({ resources }, sent)).outcome).toBe('allowed')
    expect((await judge({ resources }, other)).outcome).toBe('denied')
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
  ])('S1.6: are a TypeError that names them: %s and %s', (one, other) => {
    const make = () => createPolicy({ resources: { [one]: 'allow', [other]: 'deny' } })
    expect(make).toThrow(TypeError)
    expect(make).toThrow(/^createPolicy: option `resources` /)
    expect(make).toThrow(new URL(one).href)
  })

  it('S1.6: that undoing the escapes makes one both hold for a third spelling', async () => {
    for (const [one, other] of [
      ['docs:///a', 'docs:///%61'],
      ['docs:///%61', 'docs:///a'],
    ] as const) {
      const resources: PolicyRules = { [one]: 'deny', [other]: 'allow' }
      expect((await judge({ resources }, one)).outcome).toBe('denied')
      expect((await judge({ resources }, other)).outcome).toBe('allowed')
      expect((await judge({ resources }, 'docs:///a/')).outcome).toBe('denied')
    }
  })

  it('S1.6: are none where the spellings are read as two', () => {
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
