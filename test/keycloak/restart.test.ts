import { expect, it } from 'vitest'
import { restartKeycloak, stopKeycloak } from './support/control.ts'
import { decide, verdict } from './support/resource-servers.ts'
import { personToken } from './support/tokens.ts'

it('RFC7662-3: tokens are 503 while Keycloak is down, and allowed when it is back', async () => {
  const { access_token } = await personToken('person')
  expect(verdict(await decide('introspection', access_token))).toBe('allowed')
  await stopKeycloak()
  try {
    const decision = await decide('introspection', access_token)
    expect(verdict(decision)).toBe('503 discovery_failed')
    expect(decision.headers).toHaveProperty('Retry-After')
  } finally {
    await restartKeycloak()
  }
  // The same keys, and the same session.
  expect(verdict(await decide('jwt', access_token))).toBe('allowed')
  expect(verdict(await decide('introspection', access_token))).toBe('allowed')
})
