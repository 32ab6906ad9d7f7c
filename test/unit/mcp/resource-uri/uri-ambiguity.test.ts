import { describe, expect, it } from 'vitest'
import type { PolicyRules } from '../../../../src/mcp/policy/options.ts'
import { checkRead, expectDenied } from '../policy/callers.ts'

describe('an unusual URI', () => {
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
  ])('S1.6: stays allowed when no other rule could be meant: %s', async (_name, resources, uri) => {
    expect((await checkRead({ resources }, uri)).outcome).toBe('allowed')
  })

  it.each([
    ['another spelling', 'docs:///a/../b', 'new URL() would rewrite it'],
    ['a user', 'docs://user@host/a', 'it contains a user name or a password'],
    ['a password', 'docs://:pw@host/a', 'it contains a user name or a password'],
    ['a dot behind the host', 'docs://host./a', 'its host ends in a dot'],
    ['an escape in an escape', 'docs:///a%2562', 'it contains an escape within an escape'],
    ['an escape of none', 'docs:///100%', 'its escapes are not UTF-8'],
    ['bytes that are no text', 'docs:///%FF%FE', 'its escapes are not UTF-8'],
    ['a backslash', 'docs:///a%5Cb', 'it contains a backslash or a control character'],
    ['a control character', 'docs:///a%00b', 'it contains a backslash or a control character'],
    ['a deletion', 'docs:///a%7Fb', 'it contains a backslash or a control character'],
    ['an escaped folder', 'docs:///a%2F..%2Fb', 'it contains a path segment of dots'],
    ['a folder in a query', 'docs:///a?at=../b', 'it contains a path segment of dots'],
    ['a folder in a fragment', 'docs:///a#./b', 'it contains a path segment of dots'],
    ['doubled slashes', 'docs:///a//b', 'it contains two slashes in a row'],
    [
      'a URL in a URL with some',
      'web:///https://example.com/a//b',
      'it contains two slashes in a row',
    ],
    ['a drive', 'docs:///C://b', 'it contains two slashes in a row'],
    ['more than two slashes', 'docs:///ab:///b', 'it contains two slashes in a row'],
  ])(
    'S1.6: is denied when it is ambiguous, unless a rule names exactly that URI: %s',
    async (_name, uri, why) => {
      const open = { resources: { '{+any}': 'allow' }, default: 'allow' } as const
      expect(await checkRead(open, uri)).toEqual({
        outcome: 'denied',
        detail: expect.toSatisfy((text: string) => text.endsWith(`: its URI is not plain: ${why}`)),
      })
      expect((await checkRead({ resources: { [uri]: 'allow' } }, uri)).outcome).toBe('allowed')
    },
  )

  it('S1.6: is allowed when the resource that it could be taken for is allowed as well', async () => {
    const resources: PolicyRules = {
      'repo://{slug}/file': 'allow',
      'repo://org/{+path}': 'allow',
      'repo://closed/{+path}': 'deny',
    }
    expect((await checkRead({ resources }, 'repo://org%2Fname/file')).outcome).toBe('allowed')
    expect((await checkRead({ resources }, 'repo://closed%2Fname/file')).outcome).toBe('denied')
  })
})

describe('S1.6: dots that lead out of an allowed folder', () => {
  const open = { 'data:///public/{+path}': 'allow' } as const

  it.each([
    'data:///public/..%2Fprivate%2Fx',
    'data:///public/a%2F..%2F..%2Fprivate',
    'data:///public/..\\private',
    'data:///public/..%5Cprivate',
    'data:///public/%252e%252e/private',
    'data:///public/..%252Fprivate',
  ])('are denied even when there is no other rule: %s', async (uri) => {
    expect((await checkRead({ resources: open }, uri)).outcome).toBe('denied')
  })

  it('are denied also when they stay within the folder', async () => {
    for (const uri of ['data:///public/a%2F..%2Fb', 'data:///public/a%2F.%2Fb']) {
      expect((await checkRead({ resources: open }, uri)).outcome).toBe('denied')
    }
  })

  it('are not confused with the dots of a name', async () => {
    for (const uri of ['data:///public/a..%2Fb', 'data:///public/.a', 'data:///public/...']) {
      expect((await checkRead({ resources: open }, uri)).outcome).toBe('allowed')
    }
  })

  it.each([
    'docs:public/../secret',
    'docs:./secret',
    'docs:public/%2e%2e/secret',
    'docs:public%2F..%2Fsecret',
    'docs:public/./../secret',
  ])('are denied in URIs without slashes, in which URL does not resolve dots: %s', async (uri) => {
    await expectDenied('docs:secret', 'docs:{+path}', uri)
    expect((await checkRead({ resources: { 'docs:public/{+path}': 'allow' } }, uri)).outcome).toBe(
      'denied',
    )
  })

  it.each(['docs://%2e%2e/x', 'docs://%2e/x', 'docs://./x'])(
    'are denied in the place of a host: %s',
    async (uri) => {
      const { outcome } = await checkRead({ resources: { 'docs://{+path}': 'allow' } }, uri)
      expect(outcome).toBe('denied')
    },
  )

  it.each([
    'notes/public/../private',
    'notes/./private',
    'notes/%2e/private',
    'notes//private',
    'notes\\private',
    'notes/%252e/private',
    'notes/priv%61te',
    '../notes/private',
  ])(
    'are denied in a name that is not a URL, which a handler could take for a path: %s',
    async (uri) => {
      expect(URL.canParse(uri)).toBe(false)
      await expectDenied('notes/private', '{+path}', uri)
    },
  )
})
