import { it as base } from 'vitest'
import { type LocalIssuer, startIssuer } from './local-issuer.ts'

export { describe, expect } from 'vitest'

/** Vitest's `it`. A test that takes `issuer` as a parameter gets one of its own, stopped afterwards. */
export const it = base.extend<{ issuer: LocalIssuer }>({
  issuer: async ({ task: _ }, use) => {
    await using issuer = await startIssuer()
    await use(issuer)
  },
})
