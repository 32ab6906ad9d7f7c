import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { createResourceServer } from '../../../src/resource-server/resource-server.ts'
import { createHybridVerifier } from '../../../src/verification/hybrid-verifier.ts'
import { createIntrospectionVerifier } from '../../../src/verification/introspection-verifier.ts'
import { createJwtVerifier } from '../../../src/verification/jwt-verifier.ts'
import { ISSUER, RESOURCE } from '../../support/tokens.ts'

const SECRET = 'pa55word-of-the-client'
const introspection = { clientId: 'mcp', clientSecret: SECRET }
const LEAST = { issuer: ISSUER, audience: RESOURCE }

const withServer = (server: unknown, more: object = {}) =>
  createResourceServer({ resource: RESOURCE, authorizationServer: server, ...more } as never)

/** Mistakes that people make with a secret in their hands. */
const MISTAKES: readonly [string, () => unknown][] = [
  ['another option is wrong', () => withServer({ issuer: ISSUER, introspection, profile: 'x' })],
  ['another option is unknown', () => withServer({ issuer: ISSUER, introspection, foo: SECRET })],
  ['the issuer is wrong', () => withServer({ issuer: 'sso', introspection })],
  [
    'the client id is wrong',
    () => withServer({ issuer: ISSUER, introspection: { ...introspection, clientId: '' } }),
  ],
  [
    'the secret is misspelt',
    () => withServer({ issuer: ISSUER, introspection: { clientId: 'a', secret: SECRET } }),
  ],
  [
    'the secret is in a list',
    () => withServer({ issuer: ISSUER, introspection: { clientId: 'a', clientSecret: [SECRET] } }),
  ],
  [
    'the secret is in an object',
    () =>
      withServer({
        issuer: ISSUER,
        introspection: { clientId: 'a', clientSecret: { value: SECRET } },
      }),
  ],
  [
    'the secret stands beside the issuer',
    () => withServer({ issuer: ISSUER, clientSecret: SECRET }),
  ],
  ['the secret stands at the top', () => withServer(ISSUER, { clientSecret: SECRET })],
  ['the secret stands for the whole', () => withServer({ issuer: ISSUER, introspection: SECRET })],
  [
    'the secret is a Buffer',
    () =>
      withServer({
        issuer: ISSUER,
        introspection: { clientId: 'a', clientSecret: Buffer.from(SECRET) },
      }),
  ],
  [
    'the issuers contradict',
    () =>
      withServer([
        { issuer: ISSUER, introspection },
        { issuer: ISSUER, introspection },
      ]),
  ],
  ['the way contradicts', () => withServer({ issuer: ISSUER, introspection, verification: 'jwt' })],
  ['keys are secrets', () => withServer({ issuer: ISSUER, keys: SECRET })],
  ['keys hold secrets', () => withServer({ issuer: ISSUER, keys: { keys: [SECRET] } })],
  [
    'keys are symmetric',
    () => withServer({ issuer: ISSUER, keys: { keys: [{ kty: 'oct', k: SECRET }] } }),
  ],
  [
    'keys are private',
    () => withServer({ issuer: ISSUER, keys: { keys: [{ kty: 'EC', crv: 'P-256', d: SECRET }] } }),
  ],
  [
    'the kid is a secret',
    () => withServer({ issuer: ISSUER, keys: { keys: [{ kty: 'oct', kid: SECRET }] } }),
  ],
  ['the issuer’s URL holds it', () => withServer(`https://mcp:${SECRET}@sso.example.com`)],
  [
    'the key set’s URL holds it',
    () => withServer({ issuer: ISSUER, jwksUri: `https://mcp:${SECRET}@sso.example.com/jwks` }),
  ],
  [
    'the endpoint’s URL holds it',
    () =>
      withServer({
        issuer: ISSUER,
        introspection: { ...introspection, endpoint: `https://mcp:${SECRET}@sso.example.com/i` },
      }),
  ],
  [
    'the resource’s URL holds it',
    () =>
      createResourceServer({
        resource: `https://mcp:${SECRET}@mcp.example.com`,
        authorizationServer: ISSUER,
      }),
  ],
  [
    'signed metadata is a secret',
    () => withServer(ISSUER, { metadata: { signed_metadata: SECRET } }),
  ],
  [
    'createIntrospectionVerifier: wrong issuer',
    () => createIntrospectionVerifier({ ...LEAST, issuer: 'x', introspection }),
  ],
  [
    'createIntrospectionVerifier: unknown option',
    () => createIntrospectionVerifier({ ...LEAST, introspection, clientSecret: SECRET } as never),
  ],
  [
    'createHybridVerifier: wrong confirm',
    () => createHybridVerifier({ ...LEAST, introspection, confirm: 0 } as never),
  ],
  [
    'createHybridVerifier: generic audience',
    () => createHybridVerifier({ ...LEAST, introspection, audience: 'account' }),
  ],
  [
    'createJwtVerifier: secret as keys',
    () => createJwtVerifier({ ...LEAST, keys: SECRET } as never),
  ],
]

describe('a wrong option never shows a secret', () => {
  it.each(MISTAKES)('S1.7 RFC9700-2: %s', (_name, construct) => {
    let error: unknown
    try {
      construct()
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(TypeError)
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(SECRET)
  })

  it('S1.7: nor does what was made of right ones', () => {
    const server = withServer({ issuer: ISSUER, introspection })
    const verifier = createHybridVerifier({ ...LEAST, introspection })
    for (const made of [server, verifier]) {
      expect(inspect(made, { depth: 10, showHidden: true })).not.toContain(SECRET)
      expect(JSON.stringify(made)).not.toContain(SECRET)
    }
  })
})
