import { describe, expect, it } from 'vitest'
import { createOperationPolicy } from '../../../src/operations/operation-policy.ts'
import type { OperationRules, OperationsOptions } from '../../../src/options/operations-options.ts'
import { httpsFreeResourceServer } from '../../support/tokens.ts'
import { readOf, tokenWith } from './callers.ts'

const read = async (resources: OperationRules, uri: string, more: OperationsOptions = {}) =>
  createOperationPolicy({ resources, ...more }).judge(readOf(uri), tokenWith())

/** Which rule was found: each asks for the scope of its own name. */
const asks = (scope: string) => ({ scopes: [scope] })
const found = async (resources: OperationRules, uri: string) => {
  const judgement = await read(resources, uri, { default: asks('default') })
  return 'scopes' in judgement ? judgement.scopes.join(' ') : judgement.outcome
}

describe('which rule a resource has', () => {
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
    ['docs:///public/other', 'public'],
    ['docs:///public/a/raw', 'raw'],
    ['docs:///public/a/b/raw', 'public'],
    ['docs:///a.txt', 'text'],
    ['docs:///a/b.txt', 'docs'],
    ['docs:///a', 'docs'],
    ['notes:///a', 'anything'],
    ['no URI at all', 'anything'],
    ['https://example.com/a', 'web'],
    ['https://example.com/b', 'anything'],
  ])('S1.6: the URI before templates, and the most literal of these: %s', async (uri, rule) => {
    expect(await found(resources, uri)).toBe(rule)
    const reversed = Object.fromEntries(Object.entries(resources).reverse())
    expect(await found(reversed, uri)).toBe(rule)
  })

  it('S1.6: of templates that are as literal the one that was written first', async () => {
    const pair = { 'docs:///{a}': asks('first'), 'docs:///{+b}': asks('second') }
    expect(await found(pair, 'docs:///x')).toBe('first')
    expect(await found(pair, 'docs:///x/y')).toBe('second')
  })

  it('S1.6: none: the default', async () => {
    expect(await found({ 'docs:///a': asks('a') }, 'docs:///b')).toBe('default')
    expect((await read({ 'docs:///a': 'allow' }, 'docs:///b')).outcome).toBe('denied')
  })
})

const PUBLIC = { 'docs:///public/{+path}': 'allow' } as const

describe('a resource that is asked for in one spelling and read in another', () => {
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
  ])('S1.6: is for nobody: %j', async (uri) => {
    expect((await read(PUBLIC, uri)).outcome).toBe('denied')
    // Also where whatever has no rule is open, and the secret is what is closed.
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
    ['https://example.com/s\u00e9cret', 'https://example.com/s%C3%A9cret'],
    ['https://example.com/a b', 'https://example.com/a%20b'],
    ['file:///a/../secret', 'file:///secret'],
    ['file://localhost/secret', 'file:///secret'],
    ['docs:///secret ', 'docs:///secret'],
  ])('S1.6: is for nobody, whatever has a rule: %j', async (sent, readAs) => {
    expect(new URL(sent).href).toBe(readAs)
    expect((await read({ [readAs]: 'deny' }, sent, { default: 'allow' })).outcome).toBe('denied')
    // The spelling that was sent has no rule of its own.
    expect((await read({ [readAs]: 'allow' }, sent)).outcome).toBe('denied')
    const open = { [readAs]: 'allow', '{+any}': 'allow' } as const
    expect(await read(open, sent)).toMatchObject({
      outcome: 'denied',
      detail: expect.stringContaining(': its URI is not plain: it is not written as a URL is'),
    })
    // Whoever names it to the letter has both spellings in mind.
    expect((await read({ [sent]: 'allow' }, sent)).outcome).toBe('allowed')
    expect((await read({ [sent]: 'deny' }, sent, { default: 'allow' })).outcome).toBe('denied')
  })

  it('S1.6: a rule holds for its own URI in the spelling that is read', async () => {
    const resources = { 'HTTPS://Example.COM:443/a/../b': asks('b') }
    expect(await found(resources, 'HTTPS://Example.COM:443/a/../b')).toBe('b')
    expect(await found(resources, 'https://example.com/b')).toBe('b')
  })

  it.each(['docs:///public/a', 'docs:///public/a..b', 'docs:///public/...'])(
    'S1.6: stays open where there is one spelling: %s',
    async (uri) => {
      expect((await read(PUBLIC, uri)).outcome).toBe('allowed')
    },
  )

  it('S1.6: is closed also where both spellings are open', async () => {
    expect((await read(PUBLIC, 'docs:///public/a/../b')).outcome).toBe('denied')
  })

  it('S1.6: a simple expression lets no path through, in either spelling', async () => {
    const resources = { 'https://example.com/{name}': 'allow' } as const
    expect((await read(resources, 'https://example.com/a')).outcome).toBe('allowed')
    for (const uri of ['https://example.com/a/b', 'https://example.com/a\\b']) {
      expect((await read(resources, uri)).outcome).toBe('denied')
    }
  })
})

describe('the text of a template as a name', () => {
  const resources = { 'docs:///{id}': asks('id'), 'docs:///{+path}': asks('path') }

  it('S1.6: has the rule of that template, so lists and completions can go by it', async () => {
    expect(await found(resources, 'docs:///{id}')).toBe('id')
    expect(await found(resources, 'docs:///{+path}')).toBe('path')
  })

  it('S1.6: of another template has the rule that it matches as a URI', async () => {
    expect(await found(resources, 'docs:///{other}')).toBe('id')
    expect(await found(resources, 'docs:///a/{other*}')).toBe('path')
    expect(await found(resources, 'notes:///{id}')).toBe('default')
    expect(await found(PUBLIC, 'docs:///public/{id}')).toBe('')
    expect(await found(resources, 'docs:///{id')).toBe('denied')
    expect(await found(resources, 'docs:///{{id}}')).toBe('denied')
    expect(await found(PUBLIC, 'docs:///public/../{id}')).toBe('denied')
  })
})

describe('a URI with braces, which may be read as well', () => {
  const closed = { 'docs:///{+path}': 'allow', 'docs:///private/{+path}': 'deny' } as const

  it.each([
    'docs:///{a/../private/x?}',
    'docs:///{/../private/x}',
    'docs:///{%2F..%2Fprivate%2Fx}',
    'docs:///{a\\..\\private\\x}',
    'docs:///private/{x}',
    'docs:///private/{x',
    'docs:///private/x}',
    'docs:////private/{x}',
    'docs:////private/{x',
    'docs:///priv%61te/{x}',
    'docs:///private{/x}',
    'docs:///private{/x}{?y}',
  ])('S1.6: leads nowhere that is closed: %s', async (uri) => {
    expect((await read(closed, uri)).outcome).toBe('denied')
    const { 'docs:///{+path}': _open, ...rest } = closed
    expect((await read(rest, uri, { default: 'allow' })).outcome).toBe('denied')
  })

  it('S1.6: has the rule of the very resource that it names', async () => {
    const rules = { 'docs:///{+path}': 'allow', 'docs:///%7Bid%7D': 'deny' } as const
    expect((await read(rules, 'docs:///{id}')).outcome).toBe('denied')
    expect((await read(rules, 'docs:///{other}')).outcome).toBe('allowed')
    expect((await read({ ...rules, 'docs:///a': 'deny' }, 'docs:///a{?q}')).outcome).toBe('denied')
  })
})

describe('a template that cannot be matched', () => {
  const text = 'docs:///{path*}'
  const options: OperationsOptions = { resources: { [text]: 'allow' } }

  it('S1.6: is a TypeError that names the option and the template', () => {
    const make = () => createOperationPolicy(options)
    expect(make).toThrow(TypeError)
    expect(make).toThrow(/^createOperationPolicy: option `resources[^`]*` .*RFC 6570/)
    expect(make).toThrow(text)
  })

  it('S1.6: also where it stands among the options of a resource server', () => {
    const make = () => httpsFreeResourceServer({ operations: options })
    expect(make).toThrow(TypeError)
    expect(make).toThrow(/^createResourceServer: option `operations\.resources[^`]*` .*RFC 6570/)
    expect(make).toThrow(text)
  })
})
