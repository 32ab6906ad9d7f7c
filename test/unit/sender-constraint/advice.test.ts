import { describe, expect, it } from 'vitest'
import { dpopRequest, makeDpopKey, signProof } from '../../support/dpop.ts'
import { request, signToken, testResourceServer } from '../../support/tokens.ts'

const key = await makeDpopKey()
const token = await signToken({ claims: { cnf: { jkt: key.thumbprint } } })

/** Why the request is refused, in the words for the operator. */
async function detailOf(
  asked: ReturnType<typeof request>,
  options: Parameters<typeof testResourceServer>[0] = {},
): Promise<string | undefined> {
  const decision = await testResourceServer(options).authenticate(asked)
  return decision.outcome === 'challenged' ? decision.detail : decision.outcome
}

describe('RFC9449-1: the detail of a refusal names what the operator can mend', () => {
  it('a proxy that removes the header', async () => {
    expect(await detailOf(dpopRequest(token, undefined))).toContain('a proxy removed it')
  })

  it('a proxy that rewrites the path', async () => {
    const proof = await signProof(key, { token, url: 'https://mcp.example.com/tools/mcp' })
    const detail = await detailOf(dpopRequest(token, proof))
    expect(detail).toContain('is "https://mcp.example.com/tools/mcp"; the request is for ')
    expect(detail).toContain('`dpop.externalPath`')
  })

  it('instances without common secrets', async () => {
    const proof = await signProof(key, { token, claims: { nonce: 'of another instance' } })
    const dpop = { nonce: 'required' } as const
    expect(await detailOf(dpopRequest(token, proof), { dpop })).toContain('`dpop.nonce.secrets`')
  })

  it('DPoP that is off', async () => {
    const bearer = request(`Bearer ${token}`)
    expect(await detailOf(bearer, { dpop: 'off' })).toContain('the option `dpop` must allow')
    const proof = await signProof(key, { token })
    const detail = await detailOf(dpopRequest(token, proof), { dpop: 'off' })
    expect(detail).toContain('the option `dpop` is "off"')
  })
})
