import { describe, expect, it } from 'vitest'
import { adapterOf } from '../../../src/resource-server/adapter.ts'
import { MemorySharedStore } from '../../support/memory-shared-store.ts'
import { bearer, CLAIMS, ISSUER, NOW, signToken, testResourceServer } from '../../support/tokens.ts'

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'

const logout = (claims = {}) => ({
  iss: ISSUER,
  aud: 'mcp-client',
  iat: NOW,
  exp: NOW + 120,
  jti: 'logout-1',
  sub: 'alice',
  sid: 'session-1',
  events: { [EVENT]: {} },
  ...claims,
})

async function post(server: ReturnType<typeof testResourceServer>, token: string) {
  const endpoint = adapterOf('test', server).endpointFor('/mcp/backchannel-logout')
  return endpoint?.answer({
    method: 'POST',
    url: '/mcp/backchannel-logout',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    message: Buffer.from(new URLSearchParams({ logout_token: token }).toString()),
  })
}

describe('back-channel logout', () => {
  it('BCL-1 BCL-3: the tokens of the session are refused on every instance that shares the store', async () => {
    const store = new MemorySharedStore()
    const make = () =>
      testResourceServer({
        server: { backchannelLogout: { clientIds: 'mcp-client' } },
        sharedStore: { store },
      })
    const [first, second] = [make(), make()]
    await Promise.all([first.ready(), second.ready()])
    const token = await signToken({ claims: { ...CLAIMS, sid: 'session-1' } })
    const other = await signToken({ claims: { ...CLAIMS, sid: 'session-2' } })
    expect((await second.authenticate(bearer(token))).outcome).toBe('allowed')
    const answer = await post(
      first,
      await signToken({ claims: logout(), header: { typ: 'logout+jwt' } }),
    )
    expect(answer).toMatchObject({ status: 200, headers: { 'Cache-Control': 'no-store' } })
    for (const server of [first, second]) {
      expect(await server.authenticate(bearer(token))).toMatchObject({
        status: 401,
        reason: 'token_revoked',
      })
      expect((await server.authenticate(bearer(other))).outcome).toBe('allowed')
      await server.close()
    }
  })
})
