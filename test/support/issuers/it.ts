import { it as base } from 'vitest'
import { type LocalIssuer, startIssuer } from './local-issuer.ts'

/** Vitest's `it`. A test that names `issuer` among its parameters gets one, and it is stopped afterwards. */
export const it = base.extend<{ issuer: LocalIssuer }>({
  issuer: async ({ task: _ }, use) => {
    await using issuer = await startIssuer()
    await use(issuer)
  },
})
