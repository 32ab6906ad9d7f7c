import type { Mutant } from './mutants-list.ts'

/** The checks of the profiles for vendors, and of what a profile may name in place of `aud`. */
export const PROFILE_MUTANTS: readonly Mutant[] = [
  {
    name: 'profiles: a substitute also counts beside an aud for another server',
    file: 'src/token/audience.ts',
    find: 'if (claims.aud !== undefined) return claims.aud',
    replace:
      'if (claims.aud !== undefined && profile.audienceSubstitutes.length === 0) return claims.aud',
  },
  {
    name: 'profiles: the first slash of a scope ends the audience',
    file: 'src/token/audience.ts',
    find: "scope.slice(0, Math.max(0, scope.lastIndexOf('/')))",
    replace: "scope.replace(/\\/(?:admin\\/)?[^/]*$/, '')",
  },
  {
    name: 'profiles: the client id is always an audience of a token without aud',
    file: 'src/profiles/cognito-profile.ts',
    find: "Object.freeze(['scope-prefix'] as const)",
    replace: "Object.freeze(['scope-prefix', 'client-id'] as const)",
  },
  {
    name: 'profiles: ID tokens of Cognito are accepted',
    file: 'src/profiles/cognito-profile.ts',
    find: "if (claims.token_use === 'access') return",
    replace: "if (claims.token_use === 'access' || claims.token_use === 'id') return",
  },
  {
    name: 'profiles: a nonce does not make an ID token',
    file: 'src/token/token-type.ts',
    find: "['nonce', 'at_hash', 'c_hash']",
    replace: "['at_hash', 'c_hash']",
  },
  {
    name: 'profiles: an ID token without a client id is only a token with a missing claim',
    file: 'src/profiles/access-token.ts',
    find: 'if (clientClaims.every((name) => claims[name] === undefined)) {',
    replace: 'if (clientClaims.length === 0) {',
  },
  {
    name: "profiles: tokens of Okta's org authorization server are accepted by their type",
    file: 'src/profiles/okta-profile.ts',
    find: "if (headerType?.toLowerCase().endsWith('okta-internal-at+jwt')) throw typeRefused(ORG_TOKEN)",
    replace: "if (headerType?.toLowerCase().endsWith('okta-internal-at+jwt')) return",
  },
  {
    name: 'profiles: api://default is an audience like any other',
    file: 'src/profiles/okta-profile.ts',
    find: "Object.freeze(['api://default'])",
    replace: 'Object.freeze([])',
  },
  {
    name: 'profiles: the tenant of personal accounts may be configured',
    file: 'src/profiles/options-schema.ts',
    find: '(id) => id !== CONSUMERS,',
    replace: "(id) => id !== '',",
  },
  {
    name: 'profiles: a tenant may be `common`',
    file: 'src/profiles/options-schema.ts',
    find: '/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/',
    replace: '/^[0-9a-z.-]+$/',
  },
  {
    name: 'profiles: version 2 of Entra ID accepts the Application ID URI as audience',
    file: 'src/profiles/entra-id.ts',
    find: "tokenVersion === 'v1' ? [applicationId, uri] : [applicationId]",
    replace: '[applicationId, uri]',
  },
  {
    name: 'profiles: vendors introspect opaque tokens that anybody makes up',
    file: 'src/profiles/vendor-server.ts',
    find: '{ opaqueTokens: false, ...introspection }',
    replace: '{ ...introspection }',
  },
  {
    name: 'tokeninfo: a JWT is sent to the endpoint',
    file: 'src/verification/introspection-verification.ts',
    find: 'if (!jwts && presented.claims() !== undefined) {',
    replace: 'if (!jwts && presented.text === undefined) {',
  },
  {
    name: 'tokeninfo: any text goes into the header',
    file: 'src/authorization-server/token-info-endpoint.ts',
    find: 'if (!HEADER_TOKEN.test(token)) {',
    replace: "if (token === '') {",
  },
  {
    name: 'tokeninfo: every 400 makes the token inactive',
    file: 'src/authorization-server/token-info-endpoint.ts',
    find: "if (typeof reason === 'string' && INACTIVE.has(reason)) return undefined",
    replace: "if (typeof reason === 'string') return undefined",
  },
  {
    name: 'tokeninfo: an ID token passes as an access token',
    file: 'src/profiles/google-profile.ts',
    find: 'if (mark === undefined) return',
    replace: "if (mark !== 'nonce') return",
  },
  {
    name: 'tokeninfo: a server accepts any made-up token at start-up',
    file: 'src/authorization-server/token-info-endpoint.ts',
    find: "    if (answer === undefined) return\n    throw this.#invalid('the endpoint accepts",
    replace: "    if (answer !== null) return\n    throw this.#invalid('the endpoint accepts",
  },
]
