import { describe, expect, it } from 'vitest'
import { type Authenticated, fetchGate } from '../../../src/adapters/fetch.ts'
import { throwing } from '../../support/throwing.ts'
import { ISSUER, RESOURCE, testResourceServer } from '../../support/tokens.ts'
import { AUTH_INFO, good } from './mcp-callers.ts'

function guarded() {
  const seen: Authenticated[] = []
  const handle = fetchGate(testResourceServer(), (_request, authenticated) => {
    seen.push(authenticated)
    return Response.json('through', { headers: { 'x-own': 'kept' } })
  })
  const show = (authorization: string, init: RequestInit = {}) =>
    handle(new Request(RESOURCE, { ...init, headers: { authorization } }))
  return { show, seen }
}

describe('fetchGate', () => {
  it('RFC9068-2: calls the handler with the verified token and the SDK’s authInfo', async () => {
    const { show, seen } = guarded()
    const response = await show(`Bearer ${good}`, { method: 'POST', body: '{}' })
    expect([response.status, await response.json()]).toEqual([200, 'through'])
    expect(response.headers.get('x-own')).toBe('kept')
    expect(seen).toHaveLength(1)
    expect(seen[0]?.token).toMatchObject({ issuer: ISSUER, subject: 'alice' })
    expect(seen[0]?.authInfo.extra.verifiedToken).toBe(seen[0]?.token)
    expect(seen[0]?.authInfo).toEqual(AUTH_INFO)
  })

  it('RFC9700-1: a handler that changes authInfo does not change that of the next request', async () => {
    const { show, seen } = guarded()
    await show(`Bearer ${good}`)
    seen[0]?.authInfo.scopes.push('mcp:admin')
    await show(`Bearer ${good}`)
    expect(seen[1]?.authInfo.scopes).toEqual(['mcp:tools'])
    expect(seen[1]?.token.scopes).toEqual(['mcp:tools'])
  })

  it('S1.13: an error of the handler rejects', async () => {
    const handle = fetchGate(testResourceServer(), throwing(new Error('in the handler')))
    const asked = new Request(RESOURCE, { headers: { authorization: `Bearer ${good}` } })
    await expect(handle(asked)).rejects.toThrow('in the handler')
  })
})
