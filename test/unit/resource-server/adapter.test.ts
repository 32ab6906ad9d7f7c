import { inspect } from 'node:util'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { adapterOf } from '../../../src/resource-server/adapter.ts'
import type { ResourceServer } from '../../../src/resource-server/resource-server.ts'
import { adapterFor } from '../../support/adapter.ts'
import { bearer, METADATA_URL, signToken, testResourceServer } from '../../support/tokens.ts'

describe('adapterOf', () => {
  it('gives the same for the same resource server', () => {
    const server = testResourceServer()
    expect(adapterOf('test', server)).toBe(adapterOf('other', server))
  })

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['another object', {}],
    ['a copy', { ...testResourceServer() }],
  ])('S1.9: refuses %s, and names the fix', (_what, given) => {
    expect(() => adapterOf('myGate', given as unknown as ResourceServer)).toThrow(
      'myGate: option `resourceServer` must be the object that createResourceServer() returned',
    )
  })

  it('is not on the object that every user holds', () => {
    const server = testResourceServer()
    expectTypeOf<ResourceServer>().not.toHaveProperty('messages')
    for (const name of ['answered', 'documents', 'endpoints', 'messages', 'guard']) {
      expect(name in server, name).toBe(false)
    }
    expect(Reflect.ownKeys(server).filter((key) => typeof key === 'symbol')).toEqual([])
  })

  it('has an endpoint for each address of the metadata', () => {
    const adapter = adapterFor(testResourceServer())
    expect(adapter.endpoints.map(({ path, methods }) => [path, methods])).toEqual([
      ['/.well-known/oauth-protected-resource/mcp', ['GET', 'HEAD', 'OPTIONS']],
      ['/.well-known/oauth-protected-resource', ['GET', 'HEAD', 'OPTIONS']],
    ])
    expect(adapter.endpointFor(METADATA_URL)).toBe(adapter.endpoints[0])
    expect(adapter.endpointFor('/mcp')).toBeUndefined()
  })
})

describe('the guard of a route', () => {
  it('S1.9: refuses wrong options when it is made', () => {
    const { guard } = adapterFor(testResourceServer())
    expect(() => guard('myGate', { requiredScopes: ['two words'] })).toThrow(
      'myGate: option `requiredScopes.0` must be one scope',
    )
    expect(() => guard('myGate', { requiredScope: ['a'] } as object)).toThrow(
      'myGate: there is no option `requiredScope`: did you mean `requiredScopes`?',
    )
  })

  it('MCP-9: demands the scopes of the resource server and its own', async () => {
    const guard = adapterFor(testResourceServer()).guard('myGate', { requiredScopes: ['a'] })
    expect(await guard.check(bearer(await signToken()))).toMatchObject({
      status: 403,
      requiredScopes: ['mcp:tools', 'a'],
    })
    const rich = await signToken({ claims: { scope: 'a mcp:tools' } })
    expect(await guard.check(bearer(rich))).toMatchObject({ outcome: 'allowed' })
  })
})

describe('the text of a token', () => {
  it('S1.13: is with the adapter, and nowhere on the decision', async () => {
    const adapter = adapterFor(testResourceServer())
    const token = await signToken()
    const decision = await adapter.guard('test').check(bearer(token))
    if (decision.outcome !== 'allowed') throw new Error(decision.outcome)
    expect(adapter.tokenText(decision)).toBe(token)
    const [, , signature = ''] = token.split('.')
    const shown = inspect(decision, { depth: 9, showHidden: true, getters: true })
    for (const text of [shown, JSON.stringify(decision)]) expect(text).not.toContain(signature)
    expect(() => adapter.tokenText({ ...decision })).toThrow('not a copy of it')
  })
})
