import fc from 'fast-check'
import { createPolicy } from '../../../src/index.ts'
import { differential } from '../../support/differential/differential.ts'
import { check } from '../support/properties.ts'
import type { Target } from '../support/target.ts'

/** Resource URIs against random rules: what both SDKs dispatch, and handlers read, has had its rule checked. */
export const resourceUris: Target<number> = {
  name: 'resource-uris',
  executions: 60,
  inputs: fc.noBias(fc.nat()),
  start: () => async (seed) => {
    const { leaks } = await differential(100, seed, createPolicy)
    check(leaks.length === 0, 'leaks', leaks)
  },
}
