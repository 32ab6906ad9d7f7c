import { describe, expect, it } from 'vitest'
import { clientRoles, realmRoles } from '../../../src/keycloak/index.ts'

const inRealm = (realm_access: unknown) => realmRoles({ claims: { realm_access } })
const ofClient = (resource_access: unknown, id = 'app') =>
  clientRoles({ claims: { resource_access } }, id)

describe('realmRoles', () => {
  it('reads each role once', () => {
    expect(inRealm({ roles: ['user', 'admin', 'user'] })).toEqual(['user', 'admin'])
  })

  it.each([
    [undefined],
    [null],
    ['admin'],
    [['admin']],
    [{}],
    [{ roles: 'admin' }],
    [{ roles: { 0: 'admin', length: 1 } }],
    [{ roles: ['admin', 1] }],
    [{ roles: [['admin']] }],
    [Object.create({ roles: ['admin'] })],
  ])('finds none in %j', (access) => {
    expect(inRealm(access)).toEqual([])
  })

  it('finds none where the claim is missing', () => {
    expect(realmRoles({ claims: {} })).toEqual([])
  })
})

describe('clientRoles', () => {
  it('reads only the roles of that client', () => {
    const access = { app: { roles: ['writer'] }, other: { roles: ['admin'] } }
    expect(ofClient(access)).toEqual(['writer'])
    expect(ofClient(access, 'other')).toEqual(['admin'])
    expect(ofClient(access, 'third')).toEqual([])
  })

  it.each([
    [undefined],
    [null],
    ['app'],
    [[{ roles: ['admin'] }]],
    [{ app: null }],
    [{ app: ['admin'] }],
    [{ app: { roles: 'admin' } }],
    [{ app: { roles: [true] } }],
  ])('finds none in %j', (access) => {
    expect(ofClient(access)).toEqual([])
  })

  it.each(['constructor', '__proto__', 'toString'])('finds none for a client %s', (id) => {
    expect(ofClient({}, id)).toEqual([])
  })
})
