import { configDefaults, defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Needs a real Keycloak: npm run test:keycloak.
    exclude: [...configDefaults.exclude, 'test/keycloak/**'],
    // Real servers and real key generation: on a busy machine a slow test is not a wrong one.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
