import { describe, expect, it } from 'vitest'
import type { PolicyOptions } from '../../../../src/mcp/policy/options.ts'
import { createPolicy } from '../../../../src/mcp/policy/policy.ts'
import type { VerifiedToken } from '../../../../src/token/verified-token.ts'
import { readOf, tokenWith } from '../policy/callers.ts'

const judge = (options: PolicyOptions, uri: string, token = tokenWith()) =>
  createPolicy(options).check(readOf(uri), token)

/** The closed one in the policy beside an open one, and beside whatever has no rule. */
const expectClosed = async (closed: string, open: string, uri: string) => {
  for (const options of [
    { resources: { [open]: 'allow', [closed]: 'deny' } },
    { resources: { [closed]: 'deny' }, default: 'allow' },
  ] as const) {
    const { outcome } = await judge(options, uri)
    expect([uri, outcome]).toEqual([uri, 'denied'])
  }
}

describe('S1.6: a rule whose own text has escapes', () => {
  it.each([
    ['another case of the escape', 'repo://org%2Fprivate/{+x}', 'repo://org%2fprivate/k'],
    ['an escape that need not be', 'repo://org%2Fprivate/{+x}', 'repo://%6Frg%2Fprivate/k'],
    ['an escape of its escape', 'repo://org%2Fprivate/{+x}', 'repo://org%252Fprivate/k'],
    ['an escape less', 'repo://a%7Cb', 'repo://a|b'],
    ['an escape in lower case', 'repo://a%7Cb', 'repo://a%7cb'],
    ['a rule in lower case', 'https://example.com/caf%c3%a9', 'https://example.com/caf\u00e9'],
    ['a number sign', 'file:///data/a%23b/{+x}', 'file:///data/%61%23b/k'],
    ['a per cent sign', 'file:///data/100%25/{+x}', 'file:///data/%3100%25/k'],
    ['a blank', 'file:///data/a%20b/{+x}', 'file:///data/%61%20b/k'],
  ])('holds for %s', async (_name, closed, uri) => {
    await expectClosed(closed, `${closed.slice(0, closed.indexOf(':'))}:{+all}`, uri)
  })
})

describe('S1.6: dots that lead out of what is open', () => {
  const open = { 'data:///public/{+path}': 'allow' } as const

  it.each([
    'data:///public/..%2Fprivate%2Fx',
    'data:///public/a%2F..%2F..%2Fprivate',
    'data:///public/..\\private',
    'data:///public/..%5Cprivate',
    'data:///public/%252e%252e/private',
    'data:///public/..%252Fprivate',
  ])('are refused though nothing else is ruled: %s', async (uri) => {
    expect((await judge({ resources: open }, uri)).outcome).toBe('denied')
  })

  it('also where they stay within, for nobody has to work out where they lead', async () => {
    for (const uri of ['data:///public/a%2F..%2Fb', 'data:///public/a%2F.%2Fb']) {
      expect((await judge({ resources: open }, uri)).outcome).toBe('denied')
    }
  })

  it('and dots of a name are not', async () => {
    for (const uri of ['data:///public/a..%2Fb', 'data:///public/.a', 'data:///public/...']) {
      expect((await judge({ resources: open }, uri)).outcome).toBe('allowed')
    }
  })

  it.each([
    'docs:public/../secret',
    'docs:./secret',
    'docs:public/%2e%2e/secret',
    'docs:public%2F..%2Fsecret',
    'docs:public/./../secret',
  ])('count in URIs without slashes, which URL leaves alone: %s', async (uri) => {
    await expectClosed('docs:secret', 'docs:{+path}', uri)
    expect((await judge({ resources: { 'docs:public/{+path}': 'allow' } }, uri)).outcome).toBe(
      'denied',
    )
  })

  it.each(['docs://%2e%2e/x', 'docs://%2e/x', 'docs://./x'])(
    'count in the place of a host: %s',
    async (uri) => {
      const { outcome } = await judge({ resources: { 'docs://{+path}': 'allow' } }, uri)
      expect(outcome).toBe('denied')
    },
  )

  it('cannot lead a function on there', async () => {
    const allow = (token: VerifiedToken, { name }: { name: string | undefined }) =>
      name?.startsWith(`tenants:${token.claims.tenant}/`) === true
    const options = { resources: { 'tenants:{+path}': { allow } } }
    const mine = tokenWith('', { tenant: 'mine' })
    expect((await judge(options, 'tenants:mine/report', mine)).outcome).toBe('allowed')
    expect((await judge(options, 'tenants:mine/../other/report', mine)).outcome).toBe('denied')
  })

  it.each([
    'notes/public/../private',
    'notes/./private',
    'notes/%2e/private',
    'notes//private',
    'notes\\private',
    'notes/%252e/private',
    'notes/priv%61te',
    '../notes/private',
  ])('count in names that are no URL, which handlers may take for a path: %s', async (uri) => {
    expect(URL.canParse(uri)).toBe(false)
    await expectClosed('notes/private', '{+path}', uri)
  })
})

describe('S1.6: what else a handler may drop or undo', () => {
  it.each([
    ['file:///C:/private/{+x}', 'file:///C:/{+x}', 'file:///C://private/k'],
    ['docs:///t:1:/private/{+x}', 'docs:///{+x}', 'docs:///t:1://private/k'],
    ['file:///data/secret', 'file:///data/{+x}', 'file:///data/secret%3Fx'],
    ['file:///data/secret', 'file:///data/{+x}', 'file:///data/secret%23x'],
    ['file:///data/secret', 'file:///data/{+x}', 'file:///data/secret/'],
    ['file:///data/secret', 'file:///data/{+x}', 'file:///data/secret%2F'],
    ['file:///data/private/{+x}', 'file:///data/{+x}', 'file:///data/%70rivate%2F%FF%2F..%2Fk'],
    ['data:///f?at=private/{+x}', 'data:///f?at={+x}', 'data:///f?at=%70rivate/k'],
    ['data:///f?at=private/{+x}', 'data:///f?at={+x}', 'data:///f?at=a/../private/k'],
    ['data:///f?at=a', 'data:///{+x}', 'data:///f/?at=a'],
    ['data:///f/?at=a', 'data:///{+x}', 'data:///f?at=a'],
    ['data:///{f}/?at=a', 'data:///{+x}', 'data:///f?at=a'],
    ['data:///f?at=a b', 'data:///f?at={+x}', 'data:///f?at=a+b'],
    ['docs:///a b', 'docs:///{+x}', 'docs:///a+b'],
    ['data://private/{+x}', 'data://{+x}', 'data://user@private/k'],
    ['data://private/{+x}', 'data://{+x}', 'data://private:9/k'],
    ['data://private/{+x}', 'data://{+x}', 'data://private:/k'],
    ['data://private/{+x}', 'data://{+x}', 'data://private%3A9/k'],
    ['data://private/x', 'data://{+x}', 'data://private:9/x?y'],
    ['docs:///ab:/private/{+x}', 'docs:///{+x}', 'docs:///ab://private/k'],
    ['docs:ab:/private', 'docs:{+x}', 'docs:ab://private'],
    ['data:///f?at=a b', 'data:///f?at={+x}', 'data:///f?at=%61+b'],
    ['docs://private/{+x}', 'docs://{+x}', 'docs:///private/k'],
    ['docs://private/{+x}', 'docs://{+x}', 'docs://%2e/private/k'],
    ['docs://private/{+x}', 'docs://{+x}', 'docs://public%2F..%2Fprivate/k'],
    ['docs:private/{+x}', 'docs:{+x}', 'docs:///private/k'],
    ['docs:private/{+x}', 'docs:{+x}', 'docs:/private/k'],
    ['docs:private/{+x}', 'docs:{+x}', 'docs://private/k'],
    ['docs:/private/{+x}', 'docs:{+x}', 'docs:private/k'],
    ['notes/private', '{+x}', '/notes/private/'],
    ['docs:///f?at=private/{+x}', 'docs:///f?at={+x}', 'docs:///f?at=/private/k'],
    ['docs:///f?at=private/{+x}', 'docs:///f?at={+x}', 'docs:///f?at=//private//k'],
    ['docs:///private/{+x}', 'docs:///{+x}', 'docs:///priv%61te/%23k'],
    ['docs:///private/{x}', 'docs:///{+x}', 'docs:///priv%61te/%3Fk'],
    ['docs:///private/{+x}', 'docs:///{+x}', 'docs:///priv%61te%2F%23'],
    ['https://private.example/{+x}', 'https://{+x}', 'https://user:pw@private.example/k'],
    ['https://private.example/{+x}', 'https://{+x}', 'https://private.example./k'],
  ])('%s beside %s: %s', async (closed, open, uri) => {
    await expectClosed(closed, open, uri)
  })

  it.each([
    'data:///t?id=1&kind=secret',
    'data:///t?id=1&raw&kind=secret',
    'data:///t?kind=secret&raw=1&id=1',
    'data:///t?kind=a&id=1&kind=secr%65t',
    'data:///T/?ID=1&KIND=SECRET',
  ])('the order of the parameters that a rule names: %s', async (uri) => {
    for (const closed of ['data:///t?kind=secret&id={id}', 'data:///t?kind=secret&id=1']) {
      await expectClosed(closed, 'data:///{+x}', uri)
      await expectClosed(closed, 'data:///t', uri.replace('/T/', '/t'))
      await expectClosed(closed, 'data://{+x}', uri.replace(':///', '://host/'))
    }
  })

  it('though a rule of several parameters says nothing of what has one of them', async () => {
    const resources = { 'data:///t': 'allow', 'data:///t?kind=secret&id={id}': 'deny' } as const
    for (const uri of ['data:///t?id=1', 'data:///t?kind=secret', 'data:///t?kind=a&id=1']) {
      expect((await judge({ resources }, uri)).outcome).toBe('allowed')
    }
  })

  it('ports that rules name are told apart', async () => {
    const resources = {
      'db://local:1/{+table}': 'allow',
      'db://local:2/{+table}': 'deny',
      'db://local/{+table}': 'deny',
    } as const
    expect((await judge({ resources }, 'db://local:1/t')).outcome).toBe('allowed')
    for (const uri of ['db://local:2/t', 'db://local:3/t', 'db://local/t']) {
      expect((await judge({ resources }, uri)).outcome).toBe('denied')
    }
  })

  it('and what a query asks of a closed resource', async () => {
    await expectClosed('data:///secret', 'data:///{+x}', 'data:///secret?raw=1')
    await expectClosed('data:///secret', 'data:///{+x}?raw={raw}', 'data:///secr%65t?other=1')
  })
})
