import { describe, expect, it } from 'vitest'
import { createResourceServer } from '../../../src/index.ts'

const make = (sharedStore: unknown, backchannelLogout?: unknown) => () =>
  createResourceServer({
    resource: 'https://mcp.example.com/mcp',
    authorizationServer: { issuer: 'https://idp.example.com', backchannelLogout } as never,
    sharedStore: sharedStore as never,
  })

describe('mistakes of a first set-up say what to do', () => {
  it.each([
    ['a client in place of a store', { store: { sendCommand() {}, get() {} } }],
    ['no store', {}],
  ])('%s', (_what, sharedStore) => {
    const fix =
      /`sharedStore\.store` must be a shared store, such as createRedisStore\(\{ client \}\)/
    expect(make(sharedStore)).toThrow(fix)
  })

  it('an empty list of client ids', () => {
    expect(make(undefined, { clientIds: [] })).toThrow('must have at least one client id')
  })
})
