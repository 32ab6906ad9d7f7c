import { describe, expect, it } from 'vitest'
import type { PolicyOptions } from '../../../../src/mcp/policy/options.ts'
import type { VerifiedToken } from '../../../../src/token/verified-token.ts'
import { checkRead, tokenWith } from './callers.ts'

describe('a rule with a function', () => {
  const owner = (token: VerifiedToken, { name }: { name: string | undefined }) =>
    name?.split('/')[4] === token.claims.tenant
  const resources = { 'data:///tenants/{tenant}/report': { allow: owner } } as const
  const mine = tokenWith('', { tenant: 'mine' })

  it('S1.6: cannot be misled by dots that put an expected name in the place where it looks', async () => {
    const uri = 'data:///public/mine/../../tenants/other/report'
    expect(uri.split('/')[4]).toBe('mine')
    for (const more of [{}, { default: 'allow' }] as const) {
      const options: PolicyOptions = {
        resources: { ...resources, 'data:///public/{+path}': 'allow' },
        ...more,
      }
      expect((await checkRead(options, uri, mine)).outcome).toBe('denied')
    }
    expect((await checkRead({ resources }, 'data:///tenants/mine/report', mine)).outcome).toBe(
      'allowed',
    )
  })

  it('S1.6: is called for plain URIs only, and gets them as they were sent', async () => {
    const asked: (string | undefined)[] = []
    const allow = (_token: VerifiedToken, { name }: { name: string | undefined }) =>
      asked.push(name) > 0
    const options = { resources: { 'docs:///{+path}': { allow } } }
    for (const uri of ['docs:///a/../b', 'docs:///a%2F..%2Fb', 'docs://user@a/b', 'docs:///%FF']) {
      expect((await checkRead(options, uri)).outcome).toBe('denied')
    }
    expect(asked).toEqual([])
    for (const uri of ['docs:///b', 'docs:///%62', 'docs:///b/', 'docs:///b?c']) {
      asked.length = 0
      await checkRead(options, uri)
      expect(asked).toEqual([uri])
    }
  })

  it('S1.6: gets a URI with the escapes that it lacks, so one comparison covers both spellings', async () => {
    const allow = (_token: VerifiedToken, { name }: { name: string | undefined }) =>
      name?.startsWith('docs:///caf%C3%A9%20bar/') !== true
    const options = { resources: { 'docs:///{+path}': { allow } } }
    for (const uri of ['docs:///caf%C3%A9%20bar/x', 'docs:///caf\u00e9 bar/x']) {
      expect((await checkRead(options, uri)).outcome).toBe('denied')
    }
    expect((await checkRead(options, 'docs:///caf\u00e9/x')).outcome).toBe('allowed')
  })

  it('S1.6: denies when it gives false for another rule that the URI could match', async () => {
    const yes = () => true
    const no = () => false
    for (const allow of [no, async () => no()]) {
      for (const [at, closed] of [yes, allow].entries()) {
        const resources = { 'docs:///{+path}': { allow: yes }, 'docs:///b': { allow: closed } }
        const { outcome } = await checkRead({ resources }, 'docs:///%62')
        expect(outcome).toBe(at === 0 ? 'allowed' : 'denied')
      }
    }
  })

  it('S1.6: gets the escapes of a URI, to compare it with an encoded name', async () => {
    const allow = ({ subject }: VerifiedToken, { name }: { name: string | undefined }) =>
      name === `data://notes/${encodeURIComponent(subject ?? '')}`
    const options = { resources: { 'data://notes/{owner}': { allow } } }
    const token: VerifiedToken = { ...tokenWith(), subject: 'auth0|123' }
    expect((await checkRead(options, 'data://notes/auth0%7C123', token)).outcome).toBe('allowed')
    expect((await checkRead(options, 'data://notes/auth0%7C124', token)).outcome).toBe('denied')
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
    'S1.6: is not reached by a URI whose decoded dots lead out of the allowed folder: %s',
    async (uri) => {
      const options = { resources: { 'data:///tenants/{+path}': { allow: within } } }
      expect((await checkRead(options, 'data:///tenants/mine/report', mine)).outcome).toBe(
        'allowed',
      )
      expect((await checkRead(options, uri, mine)).outcome).toBe('denied')
    },
  )
})
