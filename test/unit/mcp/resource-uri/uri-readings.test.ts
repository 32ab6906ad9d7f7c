import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { PolicyRules } from '../../../../src/mcp/policy/options.ts'
import { readingsOf } from '../../../../src/mcp/resource-uri/uri-readings.ts'
import { checkRead, expectDenied, tokenWith } from '../policy/callers.ts'

const LONGEST = 2048

describe('a URI that a handler could take for a resource with another rule', () => {
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
  ])('S1.6: needs the rights of that resource too: %s', async (uri) => {
    await expectDenied('file:///data/private/{+path}', 'file:///data/{+path}', uri)
  })

  it('S1.6: needs the rights of that resource too, if a segment is "=" and a blank is at the end', async () => {
    await expectDenied('docs://{+p}/0/{y}/0', 'docs://{+all}', 'docs://a/=/0/b/0%20')
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
  ])('S1.6: also when the other rule names a single resource: %s', async (uri) => {
    await expectDenied('file:///data/keys.txt', 'file:///data/{+path}', uri)
  })

  it('S1.6: fileURLToPath() of Node reads these URIs as one file', () => {
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
  ])('S1.6: also in schemes that only the server knows: %s', async (uri, closed) => {
    await expectDenied(closed, 'docs:{+all}', uri)
  })

  it('MCP-10: one challenge names the scopes of all matching rules', async () => {
    const resources: PolicyRules = {
      'file:///data/{+path}': { scopes: ['data'] },
      'file:///data/private/{+path}': { scopes: ['private'] },
    }
    for (const uri of ['file:///data/%70rivate/x', 'file:///data/%70rivate%2Fx?']) {
      expect(await checkRead({ resources }, uri)).toEqual({
        outcome: 'scope_missing',
        scopes: ['data', 'private'],
      })
      expect((await checkRead({ resources }, uri, tokenWith('data'))).outcome).toBe('scope_missing')
      expect((await checkRead({ resources }, uri, tokenWith('data private'))).outcome).toBe(
        'allowed',
      )
    }
  })
})

describe('S1.6: a rule whose name has escapes', () => {
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
  ])('applies to %s', async (_name, closed, uri) => {
    await expectDenied(closed, `${closed.slice(0, closed.indexOf(':'))}:{+all}`, uri)
  })
})

describe('S1.6: parts of a URI that a handler could drop or decode', () => {
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
    await expectDenied(closed, open, uri)
  })

  it.each([
    'data:///t?id=1&kind=secret',
    'data:///t?id=1&raw&kind=secret',
    'data:///t?kind=secret&raw=1&id=1',
    'data:///t?kind=a&id=1&kind=secr%65t',
    'data:///T/?ID=1&KIND=SECRET',
  ])('the order of the parameters: %s', async (uri) => {
    for (const closed of ['data:///t?kind=secret&id={id}', 'data:///t?kind=secret&id=1']) {
      await expectDenied(closed, 'data:///{+x}', uri)
      await expectDenied(closed, 'data:///t', uri.replace('/T/', '/t'))
      await expectDenied(closed, 'data://{+x}', uri.replace(':///', '://host/'))
    }
  })

  it('a rule with several parameters does not apply to a URI with only one of them', async () => {
    const resources = { 'data:///t': 'allow', 'data:///t?kind=secret&id={id}': 'deny' } as const
    for (const uri of ['data:///t?id=1', 'data:///t?kind=secret', 'data:///t?kind=a&id=1']) {
      expect((await checkRead({ resources }, uri)).outcome).toBe('allowed')
    }
  })

  it('a port is not dropped when a rule names it', async () => {
    const resources = {
      'db://local:1/{+table}': 'allow',
      'db://local:2/{+table}': 'deny',
      'db://local/{+table}': 'deny',
    } as const
    expect((await checkRead({ resources }, 'db://local:1/t')).outcome).toBe('allowed')
    for (const uri of ['db://local:2/t', 'db://local:3/t', 'db://local/t']) {
      expect((await checkRead({ resources }, uri)).outcome).toBe('denied')
    }
  })

  it('the query of a denied resource', async () => {
    await expectDenied('data:///secret', 'data:///{+x}', 'data:///secret?raw=1')
    await expectDenied('data:///secret', 'data:///{+x}?raw={raw}', 'data:///secr%65t?other=1')
  })
})

describe('the readings of a URI', () => {
  it.each([
    ['plain', 'docs:///', 'a/'],
    ['escapes', 'docs:///', '%41'],
    ['parameters', 'docs:///?', 'a=b&'],
    ['dots', 'docs:///', '.'],
    ['blanks', 'docs:///', '%20'],
    ['colons', 'docs://', ':1'],
    ['equals signs', 'docs:///?', '=%2F'],
    ['everything', 'docs://h:1/a.%2F?q=+', 'a%3F%23'],
  ])('S1.6: take time that grows linearly with its length: %s', (_name, start, unit) => {
    const total = (length: number) => {
      const readings = readingsOf(start + unit.repeat(length / unit.length), false)
      return readings.reduce((sum, { length }) => sum + length, 0)
    }
    expect(total(LONGEST) / total(LONGEST / 2)).toBeLessThan(2.1)
    // All readings of the longest URI together have a limited length.
    expect(total(LONGEST)).toBeLessThan(LONGEST * 160)
  })
})
