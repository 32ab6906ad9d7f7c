import { describe, expect, it } from 'vitest'
import { dpopRequest, makeDpopKey, signProof } from '../../support/dpop.ts'
import { bearer, signToken, testResourceServer } from '../../support/tokens.ts'

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
