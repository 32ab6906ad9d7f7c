import { describe, expect, it } from 'vitest'
import type { PolicyOptions, PolicyRules } from '../../../../src/mcp/policy/options.ts'
import { createPolicy } from '../../../../src/mcp/policy/policy.ts'
import { testResourceServer } from '../../../support/tokens.ts'
import { call, readOf, tokenWith } from './callers.ts'

const read = async (resources: PolicyRules, uri: string, more: PolicyOptions = {}) =>
  createPolicy({ resources, ...more }).check(readOf(uri), tokenWith())

/** A rule that requires one scope, so that the decision shows which rules were found. */
const asks = (scope: string) => ({ scopes: [scope] })
const found = async (resources: PolicyRules, uri: string) => {
  const result = await read(resources, uri, { default: asks('default') })
  return 'scopes' in result ? result.scopes.join(' ') : result.outcome
}

describe('the rules of a resource', () => {
  const resources = {
    '{+anything}': asks('anything'),
    'docs:///{+path}': asks('docs'),
    'docs:///public/{+path}': asks('public'),
    'docs:///public/{name}/raw': asks('raw'),
    'docs:///public/index': asks('index'),
    'docs:///{name}.txt': asks('text'),
    'https://example.com/a': asks('web'),
  }
  it.each([
    ['docs:///public/index', 'index'],
    ['docs:///public/other', 'anything docs public'],
    ['docs:///public/a/raw', 'anything docs public raw'],
    ['docs:///public/a/b/raw', 'anything docs public'],
    ['docs:///a.txt', 'anything docs text'],
    ['docs:///a/b.txt', 'anything docs'],
    ['docs:///a', 'anything docs'],
    ['notes:///a', 'anything'],
    ['no URI at all', 'anything default'],
    ['https://example.com/a', 'web'],
    ['https://example.com/b', 'anything'],
  ])(
    'S1.6: are the rule of exactly that URI, otherwise all templates that match: %s',
    async (uri, rules) => {
      const sorted = async (each: PolicyRules) => (await found(each, uri)).split(' ').sort()
      expect(await sorted(resources)).toEqual(rules.split(' '))
      const reversed = Object.fromEntries(Object.entries(resources).reverse())
      expect(await sorted(reversed)).toEqual(rules.split(' '))
    },
  )

  it('S1.6: include the default rule when no template can be expanded to the URI', async () => {
    const pair = { 'docs:///{a}': asks('first'), 'docs:///{+b}': asks('second') }
    expect(await found(pair, 'docs:///x')).toBe('first second')
    expect(await found(pair, 'docs:///x/y')).toBe('second')
    expect(await found({ 'docs:///{a}': asks('first') }, 'docs:///x,y')).toBe('default first')
    expect(await found({ 'docs:///{a}': asks('first') }, 'docs:///x/y')).toBe('default')
  })

  it('S1.6: are named in the detail of a refusal as they were written', async () => {
    const resources = { 'docs:///{+path}': 'allow', 'docs:///Private/{x}': 'deny' } as const
    expect(await read(resources, 'docs:///private/a')).toEqual({
      outcome: 'denied',
      detail: 'resources/read "docs:///private/a": the rule "docs:///Private/{x}" says deny',
    })
  })

  it('S1.6: are the default rule when no rule matches', async () => {
    expect(await found({ 'docs:///a': asks('a') }, 'docs:///b')).toBe('default')
    expect((await read({ 'docs:///a': 'allow' }, 'docs:///b')).outcome).toBe('denied')
  })
})

const PUBLIC = { 'docs:///public/{+path}': 'allow' } as const

describe('a URI that the MCP SDKs would rewrite before they look it up', () => {
  it.each([
    'docs:///public/../secret',
    'docs:///public/./../secret',
    'docs:///public/%2e%2e/secret',
    'docs:///public/%2E%2e/secret',
    'docs:///public/.%2e/secret',
    'docs:///public/a/../../secret',
    'docs:///public/a/%2e%2E/%2e./secret',
    'docs:///public/..\t/secret',
    'docs:///public/.\n./secret',
    ' docs:///public/../secret',
    'DOCS:///public/../secret',
    'docs:///public/..',
    'docs:///public/../publicity',
  ])('S1.6: is denied when dots lead out of the allowed folder: %j', async (uri) => {
    expect((await read(PUBLIC, uri)).outcome).toBe('denied')
    // Also when everything is allowed by default, and rules deny the secret resources.
    const secret = {
      'docs:///secret': 'deny',
      'docs:///publicity': 'deny',
      'docs:///': 'deny',
    } as const
    expect((await read(secret, uri, { default: 'allow' })).outcome).toBe('denied')
  })

  it.each([
    ['https://example.com/public/..\\secret', 'https://example.com/secret'],
    ['https:\\\\example.com\\secret', 'https://example.com/secret'],
    ['HTTPS://EXAMPLE.com/secret', 'https://example.com/secret'],
    ['https://example.com:443/secret', 'https://example.com/secret'],
    ['http://example.com:80/secret', 'http://example.com/secret'],
    ['https://example.com:00443/secret', 'https://example.com/secret'],
    ['https://ex%61mple.com/secret', 'https://example.com/secret'],
    ['https://\uff45xample.com/secret', 'https://example.com/secret'],
    ['https:example.com/secret', 'https://example.com/secret'],
    ['https:///example.com/secret', 'https://example.com/secret'],
    ['https://0x7f.1/secret', 'https://127.0.0.1/secret'],
    ['https://example.com', 'https://example.com/'],
    ['https://example.com/secr\net', 'https://example.com/secret'],
    ['file:///a/../secret', 'file:///secret'],
    ['file://localhost/secret', 'file:///secret'],
    ['docs:///secret ', 'docs:///secret'],
  ])('S1.6: is denied unless a rule names exactly that URI: %j', async (sent, readAs) => {
    expect(new URL(sent).href).toBe(readAs)
    expect((await read({ [readAs]: 'deny' }, sent, { default: 'allow' })).outcome).toBe('denied')
    // The spelling that was sent has no rule of its own.
    expect((await read({ [readAs]: 'allow' }, sent)).outcome).toBe('denied')
    const open = { [readAs]: 'allow', '{+any}': 'allow' } as const
    expect(await read(open, sent)).toMatchObject({
      outcome: 'denied',
      detail: expect.stringContaining(': its URI is not plain: new URL() would rewrite it'),
    })
    // A rule that names exactly this URI is meant for both spellings.
    expect((await read({ [sent]: 'allow' }, sent)).outcome).toBe('allowed')
    expect((await read({ [sent]: 'deny' }, sent, { default: 'allow' })).outcome).toBe('denied')
  })

  it.each([
    ['docs:///a b', 'docs:///a%20b'],
    [
      'docs:///caf\u00e9?q=\u65e5 \u672c#\u00fc',
      'docs:///caf%C3%A9?q=%E6%97%A5%20%E6%9C%AC#%C3%BC',
    ],
    ['https://example.com/s\u00e9cret', 'https://example.com/s%C3%A9cret'],
    ['weather://z\u00fcrich/today', 'weather://z%C3%BCrich/today'],
  ])('S1.6: is checked as it is looked up when it only lacks escapes: %j', async (sent, readAs) => {
    expect(new URL(sent).href).toBe(readAs)
    expect((await read({ '{+any}': 'allow', [readAs]: 'allow' }, sent)).outcome).toBe('allowed')
    expect((await read({ [readAs]: 'allow' }, sent)).outcome).toBe('allowed')
    expect((await read({ [readAs]: 'deny' }, sent, { default: 'allow' })).outcome).toBe('denied')
    const folder = readAs.replace(/[^/]*$/, '{+path}')
    expect((await read({ [folder]: 'allow' }, sent)).outcome).toBe('allowed')
    expect((await read({ [folder]: 'deny' }, sent, { default: 'allow' })).outcome).toBe('denied')
  })

  it.each([
    'docs:///a\ud800',
    'docs:///a \ud800',
    'docs:///a\u00e9/../b',
    'docs:///\u00e9%2F..%2Fb',
  ])('S1.6: is denied when it lacks more than escapes: %j', async (sent) => {
    const open = { resources: { 'docs:///{+path}': 'allow' }, default: 'allow' } as const
    expect((await read(open.resources, sent, open)).outcome).toBe('denied')
  })

  it('S1.6: in another spelling than the rule’s it needs the matching templates as well', async () => {
    const resources = { 'docs:///a b': asks('one'), 'docs:///{+path}': asks('all') }
    expect(await found(resources, 'docs:///a b')).toBe('one')
    expect(await found(resources, 'docs:///a%20b')).toBe('one all')
    const escaped = { 'docs:///a%20b': asks('one'), 'docs:///{+path}': asks('all') }
    expect(await found(escaped, 'docs:///a%20b')).toBe('one')
    expect(await found(escaped, 'docs:///a b')).toBe('one all')
  })

  it('S1.6: a rule applies to its URI as written and as the SDKs look it up', async () => {
    const resources = { 'HTTPS://Example.COM:443/a/../b': asks('b') }
    expect(await found(resources, 'HTTPS://Example.COM:443/a/../b')).toBe('b')
    expect(await found(resources, 'https://example.com/b')).toBe('b')
  })

  it.each(['docs:///public/a', 'docs:///public/a..b', 'docs:///public/...'])(
    'S1.6: a URI that they would not rewrite stays allowed: %s',
    async (uri) => {
      expect((await read(PUBLIC, uri)).outcome).toBe('allowed')
    },
  )

  it('S1.6: is denied also when both spellings are allowed', async () => {
    expect((await read(PUBLIC, 'docs:///public/a/../b')).outcome).toBe('denied')
  })

  it('S1.6: `{name}` does not match a path, with slashes or backslashes', async () => {
    const resources = { 'https://example.com/{name}': 'allow' } as const
    expect((await read(resources, 'https://example.com/a')).outcome).toBe('allowed')
    for (const uri of ['https://example.com/a/b', 'https://example.com/a\\b']) {
      expect((await read(resources, uri)).outcome).toBe('denied')
    }
  })
})

/** The rules that are found for a completion, which names a template by its text. */
const named = async (resources: PolicyRules, uri: string) => {
  const options = { resources, default: asks('default') }
  const completion = call('completion/complete', { ref: { type: 'ref/resource', uri } })
  const result = await createPolicy(options).check(completion, tokenWith())
  return 'scopes' in result ? result.scopes.join(' ') : result.outcome
}

describe('the rules of a template that a completion names', () => {
  const resources = { 'docs:///{id}': asks('id'), 'docs:///{+path}': asks('path') }

  it('S1.6: are the rules that apply to every URI of the template', async () => {
    expect(await named(resources, 'docs:///{id}')).toBe('id path')
    expect(await named(resources, 'docs:///{+path}')).toBe('path')
    expect(await named({ 'https://EXAMPLE.com/{x}': asks('web') }, 'https://EXAMPLE.com/{x}')).toBe(
      'web',
    )
    expect(await named({ 'docs:///a': asks('a') }, 'docs:///a')).toBe('a')
  })

  it('S1.6: of a template without a rule are the rules that cover all its URIs', async () => {
    expect(await named(resources, 'docs:///{other}')).toBe('id path')
    expect(await named(resources, 'docs:///{other:3}')).toBe('id path')
    expect(await named(resources, 'docs:///{other*}')).toBe('path')
    expect(await named(resources, 'docs:///a/{other*}')).toBe('path')
    expect(await named(resources, 'docs:///a{/b}')).toBe('path')
    expect(await named(resources, 'docs:///a{?q}')).toBe('id path')
    expect(await named(resources, 'notes:///{id}')).toBe('default')
    expect(await named(PUBLIC, 'docs:///public/{id}')).toBe('')
  })

  it.each(['docs:///{id', 'docs:///{{id}}', 'docs:///{a/../x}', 'docs:///public/../{id}'])(
    'S1.6: deny it when its braces are no expressions or its URIs are not plain: %s',
    async (text) => {
      expect(await named(resources, text)).toBe('denied')
    },
  )

  it.each(['x0x', 'x', '0', 'xx', 'x0xx0x', 'x1x'])(
    'S1.6: do not include a rule whose fixed text looks like an internal placeholder: %s',
    async (text) => {
      const rules = { [`docs:///${text}{+rest}`]: asks('rest') }
      expect(await named(rules, 'docs:///{a}{b}')).toBe('default')
    },
  )
})

describe('a URI with braces', () => {
  const open = { 'docs:///{+path}': 'allow', 'docs:{+path}': 'allow' } as const

  it.each([
    'docs:///{id}',
    'docs:///{+path}',
    'docs:///{a/../private/x?}',
    'docs:///private/{x',
    'docs:{id}',
    'docs:a?{q}',
    'notes/{x}',
  ])('S1.6: is denied when it is read: %s', async (uri) => {
    expect((await read(open, uri)).outcome).toBe('denied')
    expect((await read(open, uri, { default: 'allow' })).outcome).toBe('denied')
  })
})

describe('a fixed text that looks like an internal placeholder', () => {
  it.each([
    ['docs:///matrix3x3%2Fplan', 'docs:///matrix3x3/{+x}'],
    ['docs:///x0x%2Fplan', 'docs:///x0x/{+x}'],
    ['docs:///x%2Fplan', 'docs:///x/{+x}'],
    ['https://h.example/3x3x/a', 'https://H.example/3x3x/{x}'],
    ['https://h.example/x1x/x0x', 'https://H.example/x1x/{x}'],
  ])('S1.6: is a text like any other: %s is denied by %s', async (uri, closed) => {
    expect((await read({ [closed]: 'deny' }, uri, { default: 'allow' })).outcome).toBe('denied')
    const [scheme] = uri.split(':')
    const rules = { [`${scheme}:{+all}`]: 'allow', [closed]: 'deny' } as const
    expect((await read(rules, uri)).outcome).toBe('denied')
  })

  it('S1.6: does not stop a template from granting its URIs', async () => {
    const rules = { 'https://H.example/3x3x/{x}': asks('web') }
    expect(await found(rules, 'https://h.example/3x3x/a')).toBe('web')
  })
})

describe('a URI that the SDK could dispatch to the handler of another template', () => {
  const admin = { roles: ['admin'] }

  it.each(['2026,payroll', 'payroll?/', 'payroll#/', 'payroll', 'a%2Fb', 'a?b#c/d'])(
    'S1.6: needs both rules, in any order: %s',
    async (path) => {
      for (const rules of [
        { 'docs:///{page}': 'allow', 'docs:///{+path}': admin },
        { 'docs:///{+path}': admin, 'docs:///{page}': 'allow' },
        { 'docs:///{page}': admin, 'docs:///{+path}': 'allow' },
      ] satisfies PolicyRules[]) {
        expect((await read(rules, `docs:///${path}`)).outcome).toBe('denied')
      }
    },
  )
})

describe('an invented host', () => {
  const hr = { roles: ['hr'] }

  it.each(['docs://x/payroll.csv', 'docs://x:1/payroll.csv', 'docs://a.b/pay%72oll.csv'])(
    'S1.6: does not avoid the rule of the URI without it: %s',
    async (uri) => {
      const rules = { 'docs:///{+path}': 'allow', 'docs:///payroll.csv': hr } as const
      expect((await read(rules, uri)).outcome).toBe('denied')
      for (const more of [{ default: 'allow' }, { resources: {} }] as const) {
        const { outcome } = await read(
          { 'docs://{host}/{+path}': 'allow', 'docs:///payroll.csv': hr },
          uri,
          'default' in more ? more : {},
        )
        expect(outcome).toBe('denied')
      }
      expect((await read({ 'docs:///payroll.csv': hr }, uri, { default: 'allow' })).outcome).toBe(
        'denied',
      )
    },
  )

  it('S1.6: a host that the granting rule names is not dropped', async () => {
    const rules = { 'docs://public/{+path}': 'allow', 'docs://private/{+path}': hr } as const
    expect((await read(rules, 'docs://public/x')).outcome).toBe('allowed')
    expect((await read(rules, 'docs://private/x')).outcome).toBe('denied')
    expect((await read(rules, 'docs://PRIVATE/x')).outcome).toBe('denied')
    const none = {
      ...rules,
      'docs:///x': hr,
      'docs:///a%20b': hr,
      'docs://public/a b': 'allow',
    } as const
    for (const uri of ['docs://public/x', 'docs://public/x?q', 'docs://public/a%20b']) {
      expect([uri, (await read(none, uri)).outcome]).toEqual([uri, 'allowed'])
    }
    const exact = { 'docs://public/a b': 'allow', 'docs:///a%20b': hr } as const
    for (const uri of ['docs://public/a%20b', 'docs://public/a%20b?q']) {
      expect([uri, (await read(exact, uri)).outcome]).toEqual([uri, 'allowed'])
    }
    const tenants = { 'repo://{owner}/{name}': 'allow', 'repo://secret/{name}': hr } as const
    expect((await read(tenants, 'repo://acme/web')).outcome).toBe('allowed')
    expect((await read(tenants, 'repo://secret/web')).outcome).toBe('denied')
  })
})

describe('a rule that denies, where everything else is allowed', () => {
  it('S1.6: applies to its template as written, because the SDKs match it so', async () => {
    const rules = { 'https:{+any}?q={x}': 'deny' } as const
    const { outcome } = await read(rules, 'https://pay/b?q=a', { default: 'allow' })
    expect(outcome).toBe('denied')
  })
})

describe('the table of docs/policy.md', () => {
  const page = { 'docs:///{page}': asks('page'), 'docs:///{+path}': asks('admin') }
  const folder = { 'docs:///{+path}': asks('all'), 'docs:///hr/{+path}': asks('hr') }
  const index = { 'docs:///{+path}': asks('admin'), 'docs:///index': asks('index') }
  const hosts = { 'docs://public/{+path}': asks('all'), 'docs://private/{+path}': asks('admin') }

  it.each<[PolicyRules, string, string]>([
    [page, 'docs:///plan', 'page admin'],
    [folder, 'docs:///plan', 'all'],
    [folder, 'docs:///hr/pay', 'all hr'],
    [folder, 'docs:///HR/pay', 'all hr'],
    [folder, 'docs:///hr%2Fpay', 'all hr'],
    [index, 'docs:///index', 'index'],
    [index, 'docs:///index?raw', 'index admin'],
    [{ 'docs:///{page}': asks('page') }, 'docs:///a,b', 'default page'],
    [{ 'docs:///{page}': asks('page') }, 'docs://host/a', 'default page'],
    [hosts, 'docs://public/x', 'all'],
  ])('S1.6: %j, %s: %s', async (resources, uri, rules) => {
    expect(await found(resources, uri)).toBe(rules)
  })
})

describe('names that a file system treats as equal', () => {
  it.each(['PAYROLL.csv', 'payroll.csv.', 'payroll.csv%20', 'payroll.csv%20.', 'payroll.csv/'])(
    'S1.6: need the rights of the same file: %s',
    async (name) => {
      const rules = { 'docs:///{+path}': 'allow', 'docs:///payroll.csv': 'deny' } as const
      expect((await read(rules, `docs:///${name}`)).outcome).toBe('denied')
    },
  )

  it('S1.6: include the Unicode forms of one name', async () => {
    const rules = { 'docs:///{+path}': 'allow', 'docs:///caf%C3%A9': 'deny' } as const
    expect((await read(rules, 'docs:///cafe%CC%81')).outcome).toBe('denied')
    expect((await read(rules, 'docs:///cafe')).outcome).toBe('allowed')
  })

  it.each(['docs:///a/.%20/b', 'docs:///a/..%20/b', 'docs:///a/%20../b', 'docs:///a/%E2%80%A5/b'])(
    'S1.6: include dots in any form, which are denied: %s',
    async (uri) => {
      expect((await read({ 'docs:///a/{+path}': 'allow' }, uri)).outcome).toBe('denied')
    },
  )
})

describe('a query', () => {
  const open = { 'docs:///{+path}': 'allow', 'docs:///f?at=private/{+x}': 'deny' } as const

  it.each(['at=private/k', 'z=1&at=private/k', 'at=a&at=private/k', 'at=%70rivate/k#x'])(
    'S1.6: needs the rules of each of its parameters: %s',
    async (query) => {
      expect((await read(open, `docs:///f?${query}`)).outcome).toBe('denied')
    },
  )

  it('S1.6: may have 16 parameters at most', async () => {
    const query = (count: number) => Array.from({ length: count }, (_, at) => `p${at}=1`).join('&')
    expect((await read(open, `docs:///f?${query(16)}`)).outcome).toBe('allowed')
    expect((await read(open, `docs:///f?${query(17)}`)).outcome).toBe('denied')
  })

  it('S1.6: of a denied resource is denied, whatever its own rule says', async () => {
    const rules = { 'docs:///search': 'deny', 'docs:///search?q={q}': 'allow' } as const
    expect((await read(rules, 'docs:///search?q=a')).outcome).toBe('denied')
  })
})

describe('a completion with values that the caller has chosen before', () => {
  const resources = {
    'docs:///{dept}/{page}': 'allow',
    'docs:///hr/{page}': { roles: ['hr'] },
    'files:///{+folder}/{name}': 'allow',
    'files:///a/b/{name}': 'deny',
  } as const
  const outcome = async (uri: string, context: unknown, roles: string[] = []) => {
    const ref = { type: 'ref/resource', uri }
    const asked = call('completion/complete', {
      ref,
      argument: { name: 'page', value: '' },
      context,
    })
    return (await createPolicy({ resources }).check(asked, tokenWith('', { roles }))).outcome
  }
  const dept = (value: unknown) => ({ arguments: { dept: value } })

  it('S1.6: needs the rights of the resource that these values lead to', async () => {
    const uri = 'docs:///{dept}/{page}'
    for (const value of ['hr', 'HR', 'hr/']) expect(await outcome(uri, dept(value))).toBe('denied')
    expect(await outcome(uri, dept('hr'), ['hr'])).toBe('allowed')
    const folder = (value: string) => ({ arguments: { folder: value } })
    expect(await outcome('files:///{+folder}/{name}', folder('a/b'))).toBe('denied')
    expect(await outcome('files:///{+folder}/{name}', folder('a/c'))).toBe('allowed')
    // In `{+folder}`, a `?` begins a query. In `{dept}`, it is escaped.
    expect(await outcome('files:///{+folder}/{name}', folder('a?c'))).toBe('denied')
    expect(await outcome(uri, dept('a?c'))).toBe('allowed')
  })

  it('S1.6: needs only the rights of its template when they lead to no other rule', async () => {
    const contexts = [
      undefined,
      {},
      { arguments: [] },
      { arguments: { page: 1 } },
      dept('it & ops'),
    ]
    for (const context of [...contexts, dept(''), dept(['hr']), dept('\ud800'), 'hr']) {
      expect(await outcome('docs:///{dept}/{page}', context)).toBe('allowed')
    }
    expect(await outcome('docs:///{dept}/{page}', dept('a'.repeat(2048)))).toBe('denied')
    expect(await outcome('docs:///{dept}/{page}', dept('../hr'))).toBe('denied')
  })
})

describe('a template that cannot be matched', () => {
  const text = 'docs:///{path*}'
  const options: PolicyOptions = { resources: { [text]: 'allow' } }

  it('S1.6: is a TypeError that names the option and the template', () => {
    const make = () => createPolicy(options)
    expect(make).toThrow(TypeError)
    expect(make).toThrow(/^createPolicy: option `resources[^`]*` .*RFC 6570\); write .*\{\+path\}/)
    expect(make).toThrow(text)
  })

  it.each([
    ['repo://{owner}/files/{+path}', 'repo://{owner}/files{/path*}', 'repo://acme/files/src/a.ts'],
    ['db://{table}', 'db://{table}{?limit,offset}', 'db://users?limit=10&offset=20'],
  ])('S1.6: can be covered by the rule %s: %s', async (rule, registered, uri) => {
    const policy = createPolicy({ resources: { [rule]: 'allow' } })
    const ref = { type: 'ref/resource', uri: registered }
    for (const one of [readOf(uri), call('completion/complete', { ref })]) {
      expect((await policy.check(one, tokenWith())).outcome).toBe('allowed')
    }
  })

  it('S1.6: is a TypeError of createResourceServer() too', () => {
    const make = () => testResourceServer({ policy: options })
    expect(make).toThrow(TypeError)
    expect(make).toThrow(/^createResourceServer: option `policy\.resources[^`]*` .*RFC 6570/)
    expect(make).toThrow(text)
  })
})
