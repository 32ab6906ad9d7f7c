import { describe, expect, it } from 'vitest'
import { createTestClock } from '../../../src/testing/test-clock.ts'
import { dpopRequest, makeDpopKey, signProof } from '../../support/dpop.ts'
import {
  bearer,
  INTROSPECTION,
  ISSUER,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'

const key = await makeDpopKey()
const token = await signToken({ claims: { cnf: { jkt: key.thumbprint } } })

describe('a token that is bound to a DPoP key', () => {
  it('RFC9449-1: is allowed with a proof of that key', async () => {
    const decision = await testResourceServer().authenticate(
      dpopRequest(token, await signProof(key, { token })),
    )
    expect(decision).toMatchObject({ outcome: 'allowed', possession: ['dpop'] })
  })

  it('RFC9449-2: is refused as a bearer token', async () => {
    const decision = await testResourceServer().authenticate(bearer(token))
    expect(decision).toMatchObject({ status: 401, reason: 'sender_constraint_unmet' })
  })

  it('RFC9449-6: is refused with a proof that was used before', async () => {
    const server = testResourceServer()
    const proof = await signProof(key, { token })
    expect((await server.authenticate(dpopRequest(token, proof))).outcome).toBe('allowed')
    expect(await server.authenticate(dpopRequest(token, proof))).toMatchObject({
      status: 401,
      reason: 'dpop_proof_replayed',
      body: { error: 'invalid_dpop_proof' },
    })
  })
})

it('RFC9449-1 RFC9449-2: the example of RFC 9449 §7.1 is allowed, and no other token with it', async () => {
  const resource = 'https://resource.example.org/protectedresource'
  const active = {
    ...{ active: true, iss: ISSUER, aud: resource, sub: 'alice', client_id: 'a-client' },
    ...{ token_type: 'DPoP', exp: 1_562_262_916, scope: 'mcp:tools' },
    cnf: { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' },
  }
  const server = testResourceServer({
    resource,
    server: { verification: 'introspection', introspection: INTROSPECTION },
    clock: createTestClock(1_562_262_618_000),
    http: { fetch: async () => Response.json(active) },
  })
  const header =
    'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19'
  const claims =
    'eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9'
  const signature =
    '2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA'
  const ask = (text: string) =>
    server.authenticate(
      dpopRequest(text, `${header}.${claims}.${signature}`, {
        method: 'GET',
        url: '/protectedresource',
      }),
    )
  const other = await ask('another-token')
  expect(other).toMatchObject({ status: 401, reason: 'dpop_proof_token_mismatch' })
  const decision = await ask('Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU')
  expect(decision).toMatchObject({ outcome: 'allowed', possession: ['dpop'] })
})
