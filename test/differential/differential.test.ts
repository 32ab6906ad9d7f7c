import { describe, expect, it } from 'vitest'
import { ALGORITHMS, compareSignatures } from './signatures.ts'
import { compareKeySets, compareTokens } from './tokens.ts'

// `npm run differential` runs millions of these. DISAGREEMENTS.md explains the classes.
describe('S1.1: the same verdict as jose and oauth4webapi, or a refusal with a reason', () => {
  it('mutants of tokens', async () => {
    const { compared, accepted, refused, failures } = await compareTokens(6000, 1)
    expect(failures).toEqual([])
    expect(compared).toBe(6000)
    // Both verdicts occur often, or nothing has been compared.
    expect(accepted).toBeGreaterThan(1000)
    expect(refused).toBeGreaterThan(1000)
  })

  it('mutants of key sets', async () => {
    const { accepted, refused, failures } = await compareKeySets(1500, 1)
    expect(failures).toEqual([])
    expect(accepted).toBeGreaterThan(300)
    expect(refused).toBeGreaterThan(300)
  })

  it('damaged signatures: node:crypto, WebCrypto and jose agree', async () => {
    const { compared, disagreements } = await compareSignatures(6000, 1)
    expect(disagreements).toEqual([])
    const intact = ALGORITHMS.map((name) => compared.get(`${name}: none`))
    expect(intact.every((line) => line !== undefined && line.valid === line.total)).toBe(true)
  })
})
