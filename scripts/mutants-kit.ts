import type { Mutant } from './mutants-list.ts'

/** What would make the testing kit lie: tests would pass that must not. */
export const KIT_MUTANTS: readonly Mutant[] = [
  {
    name: 'the kit: a token without iat outlives revokeAll',
    file: 'src/testing/issued-tokens.ts',
    find: 'const { exp, nbf, iat = issuedAt } = claims',
    replace: 'const { exp, nbf, iat } = claims',
  },
  {
    name: 'the kit: tokeninfo accepts a token that is not active',
    file: 'src/testing/issuer-endpoints.ts',
    find: 'const body = claims && shape.tokenInfo?.(claims, clock() / 1000)',
    replace: 'const body = shape.tokenInfo?.(claims ?? { aud: "x" }, clock() / 1000)',
  },
  {
    name: 'the kit: a revoked token stays active',
    file: 'src/testing/issued-tokens.ts',
    find: 'this.#tokens.delete(token)',
    replace: 'this.#tokens.get(token)',
  },
  {
    name: 'the kit: an expired token is active',
    file: 'src/testing/issued-tokens.ts',
    find: 'exp <= now) return undefined',
    replace: 'exp < 0) return undefined',
  },
  {
    name: 'the kit: a token of a removed key is active',
    file: 'src/testing/issued-tokens.ts',
    find: 'if (key !== undefined && !this.#keys.has(key)) return undefined',
    replace: '',
  },
  {
    name: 'the kit: a token of a foreign key is active',
    file: 'src/testing/issued-tokens.ts',
    find: 'if (this.#keys.has(key)) this.#remember(token, { claims, key, issuedAt })',
    replace: 'this.#remember(token, { claims, key: undefined, issuedAt })',
  },
  {
    name: 'the kit: revokeAll revokes nothing',
    file: 'src/testing/issued-tokens.ts',
    find: 'iat <= this.notBefore) return undefined',
    replace: 'iat < 0) return undefined',
  },
  {
    name: 'the kit: a wrong client secret is accepted in a form',
    file: 'src/testing/presented-client.ts',
    find: "form.get('client_id') === clientId && secret === clientSecret",
    replace: "form.get('client_id') === clientId",
  },
  {
    name: 'the kit: a wrong client secret is accepted in a header',
    file: 'src/testing/presented-client.ts',
    find: '=== clientId && formDecoded(password) === clientSecret',
    replace: '=== clientId',
  },
  {
    name: 'the kit: credentials are accepted twice',
    file: 'src/testing/presented-client.ts',
    find: ' || secret !== null) return false',
    replace: ') return false',
  },
  {
    name: 'the kit: tokens are exchanged after they were revoked',
    file: 'src/testing/token-endpoint.ts',
    find: "if (subject === undefined) return oauthError(400, 'invalid_request')",
    replace: "if (subject === undefined) return issued(state, form, { subject: 'alice' })",
  },
  {
    name: 'the kit: a refused connection counts as a request',
    file: 'src/testing/issuer-answers.ts',
    find: 'if (!changes.refuses(names)) {',
    replace: 'if (names.length > 0) {',
  },
  {
    name: 'the kit: a resource that differs is passed over',
    file: 'src/testing/trusting-options.ts',
    find: 'if (other === undefined) return resource',
    replace: 'if (resource !== undefined) return resource',
  },
  {
    name: 'the kit: a matcher passes whatever the reason is',
    file: 'src/testing/matchers/expectations.ts',
    find: 'const pass = seen.outcome === wanted && faults.length === 0',
    replace: 'const pass = seen.outcome === wanted',
  },
  {
    name: 'the kit: a matcher passes whatever the outcome is',
    file: 'src/testing/matchers/expectations.ts',
    find: 'const pass = seen.outcome === wanted && faults.length === 0',
    replace: 'const pass = faults.length === 0',
  },
  {
    name: 'the kit: a failed assertion prints the token',
    file: 'src/testing/matchers/expectations.ts',
    find: "return text.replace(JWT, '[token]')",
    replace: 'return text',
  },
]
