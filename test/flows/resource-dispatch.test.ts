import { describe, expect, it } from 'vitest'
import { createPolicy } from '../../src/mcp/policy/policy.ts'
import { differential } from '../support/differential/differential.ts'

describe('random rules and URIs, the dispatch of both SDKs, and what handlers read', () => {
  it('S1.6: no tool runs and no resource is read unless its rule was checked', async () => {
    const { leaks, judged, refused, ran, reached } = await differential(4000, 20_261, (options) =>
      createPolicy(options),
    )
    expect(leaks).toEqual([])
    // Neither is everything refused, nor does nothing run.
    expect(refused).toBeLessThan(judged * 0.6)
    expect(ran).toBeGreaterThan(300)
    expect(reached).toBeGreaterThan(1000)
  })

  it('S1.6: the comparison notices a policy that skips rules', async () => {
    const leaksOf = async (kept: number) => {
      const { leaks } = await differential(2000, 1, (options) => {
        const policy = createPolicy(options)
        return {
          async check(call, token) {
            const judgement = await policy.check(call, token)
            if (judgement.outcome === 'denied') return judgement
            return { ...judgement, scopes: judgement.scopes.slice(0, kept) }
          },
        }
      })
      return leaks
    }
    expect((await leaksOf(1)).length).toBeGreaterThan(0)
    const all = await leaksOf(0)
    for (const what of ['runs, in v1', 'runs, in v2', 'reads, by']) {
      expect(all.some((leak) => leak.includes(what))).toBe(true)
    }
  })
})
