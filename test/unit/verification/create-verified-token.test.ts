import { describe, expect, it } from 'vitest'
import {
  createVerifiedToken,
  type VerifiedTokenFields,
} from '../../../src/verification/create-verified-token.ts'
import { bearer, NOW, testResourceServer } from '../../support/tokens.ts'

const LEAST: VerifiedTokenFields = { issuer: 'https://keys.example.com', expiresAt: NOW + 60 }

describe('a verified token made from a few fields', () => {
  it('has a default for all but issuer and expiry, which lets nobody do anything', () => {
    expect(createVerifiedToken(LEAST)).toEqual({
      ...LEAST,
      subject: undefined,
      clientId: undefined,
      audience: [],
      scopes: [],
      issuedAt: undefined,
      tokenId: undefined,
      confirmation: undefined,
      format: 'opaque',
      verifiedBy: 'introspection',
      claims: {},
    })
  })

  it('keeps what is given: scopes once, an audience as a list', () => {
    const given = {
      subject: 'alice',
      clientId: 'inspector',
      issuedAt: NOW - 60,
      tokenId: 'token-1',
      confirmation: { jkt: 'thumbprint' },
      format: 'jwt',
      verifiedBy: 'signature',
      claims: { roles: ['admin'], nested: { a: [1, null, true] } },
    } as const
    const token = createVerifiedToken({
      ...{ ...LEAST, ...given },
      scopes: ['b', 'a', 'b'],
      audience: 'https://mcp.example.com/mcp',
    })
    expect(token).toEqual({
      ...{ ...LEAST, ...given },
      scopes: ['b', 'a'],
      audience: ['https://mcp.example.com/mcp'],
    })
  })

  it('is frozen, and a copy: what was given stays as it was', () => {
    const claims = { roles: ['reader'] }
    const token = createVerifiedToken({ ...LEAST, claims, scopes: ['a'] })
    expect(() => (token.scopes as string[]).push('admin')).toThrow(TypeError)
    expect(() => (token.claims.roles as string[]).push('admin')).toThrow(TypeError)
    claims.roles.push('admin')
    expect(token.claims).toEqual({ roles: ['reader'] })
  })

  it.each<[string, unknown[]]>([
    ['issuer', [undefined, null, '', 5]],
    ['expiresAt', [undefined, null, Number.NaN, Number.POSITIVE_INFINITY, -1, '1', NOW * 1000]],
    ['subject', [null, '', 5]],
    ['clientId', [null, '', 5]],
    ['scopes', [null, 'a b', [5], [''], {}]],
    ['audience', [null, 5, [5]]],
    ['issuedAt', [null, Number.NaN, NOW * 1000]],
    ['tokenId', [null, '', 5]],
    ['confirmation', [null, 'jkt', { jkt: '' }, { jwk: {} }]],
    ['format', [null, 'JWT', true]],
    ['verifiedBy', [null, 'me']],
    ['claims', [null, 'a', [], { a: () => 1 }, { a: undefined }, { a: 5n }]],
  ])('names the field that is wrong: %s', (name, values) => {
    for (const value of values) {
      const make = () => createVerifiedToken({ ...LEAST, [name]: value } as VerifiedTokenFields)
      expect(make, String(value)).toThrow(TypeError)
      expect(make).toThrow(`createVerifiedToken: `)
      expect(make).toThrow(`\`${name}`)
    }
  })

  it('names a field that there is not', () => {
    const make = () => createVerifiedToken({ ...LEAST, scope: 'a b' } as never)
    expect(make).toThrow('createVerifiedToken: there is no option `scope`: did you mean `scopes`?')
  })

  it('MCP-7: a mistake in a verifier of one’s own is a 503 that says so, not a 401', async () => {
    const server = testResourceServer({
      verifier: { verify: async () => createVerifiedToken({ ...LEAST, expiresAt: NOW * 1000 }) },
    })
    expect(await server.authenticate(bearer('opaque'))).toMatchObject({
      status: 503,
      reason: 'verifier_failed',
      detail: expect.stringContaining('option `expiresAt` must be a number of seconds'),
    })
  })

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['an object without fields', {}],
    ['the claims of a JWT', { sub: 'alice', scope: 'mcp:tools', exp: NOW + 60 }],
    ['scopes in one string', { ...LEAST, scopes: 'mcp:tools-read-only' }],
    ['no expiry', { ...LEAST, scopes: ['mcp:tools'], expiresAt: undefined }],
  ])('MCP-9: a verifier that resolves with %s is a 503, never allowed', async (_what, token) => {
    for (const scopes of [[], ['mcp:tools']]) {
      const server = testResourceServer({
        requiredScopes: scopes,
        verifier: { verify: async () => token as never },
      })
      expect(await server.authenticate(bearer('opaque'))).toMatchObject({
        status: 503,
        reason: 'verifier_failed',
        detail: expect.stringContaining('create the token with createVerifiedToken()'),
      })
    }
  })

  it('passes the gate as every other token', async () => {
    const server = testResourceServer({
      verifier: {
        verify: async (token) =>
          createVerifiedToken({ ...LEAST, subject: 'alice', scopes: [`mcp:${token}`] }),
      },
    })
    expect((await server.authenticate(bearer('tools'))).outcome).toBe('allowed')
    expect(await server.authenticate(bearer('other'))).toMatchObject({ reason: 'scope_missing' })
  })
})
