import { describe, expect, it } from 'vitest'
import { RESOURCE, SECRET } from './support/realms.ts'
import { decide, MODES, type Mode, verdict } from './support/resource-servers.ts'
import {
  boundToken,
  decoded,
  personToken,
  revoke,
  serviceToken,
  signOut,
} from './support/tokens.ts'

/** What each mode makes of a token. */
type Verdicts = Readonly<Record<Mode, string>>

const refused: readonly [string, { token: () => Promise<string>; realm?: string }, Verdicts][] = [
  [
    'RFC9068-1: an ID token',
    { token: async () => (await personToken('person', { scope: 'openid' })).id_token ?? '' },
    {
      jwt: '401 token_type_refused',
      introspection: '401 token_inactive',
      hybrid: '401 token_type_refused',
    },
  ],
  [
    'RFC9068-1: a refresh token',
    { token: async () => (await personToken('person')).refresh_token ?? '' },
    {
      jwt: '401 algorithm_refused',
      introspection: '401 token_inactive',
      hybrid: '401 algorithm_refused',
    },
  ],
  [
    'MCP-14: a token without audience',
    { token: async () => (await personToken('elsewhere')).access_token },
    {
      jwt: '401 audience_missing',
      introspection: '401 token_inactive',
      // It might be a lightweight token, so Keycloak is asked.
      hybrid: '401 token_inactive',
    },
  ],
  [
    'S1.12: a token for the audience account',
    { token: async () => (await personToken('full-scope', { user: 'bob' })).access_token },
    {
      jwt: '401 audience_mismatch',
      introspection: '401 token_inactive',
      hybrid: '401 audience_mismatch',
    },
  ],
  [
    'S1.11: a token of another realm of the same server',
    { token: async () => (await serviceToken('service', { realm: 'other' })).access_token },
    {
      jwt: '401 issuer_unknown',
      introspection: '401 issuer_unknown',
      hybrid: '401 issuer_unknown',
    },
  ],
  [
    'RFC9449-2: a DPoP-bound token under Bearer',
    { token: async () => (await boundToken('dpop')).access_token },
    {
      jwt: '401 sender_constraint_unmet',
      introspection: '401 sender_constraint_unmet',
      hybrid: '401 sender_constraint_unmet',
    },
  ],
  [
    'a lightweight token, where Keycloak is not asked',
    { token: async () => (await personToken('lightweight')).access_token },
    { jwt: '401 audience_missing', introspection: 'allowed', hybrid: 'allowed' },
  ],
  [
    'a token that does not name the client that introspects',
    {
      realm: 'one-audience',
      token: async () => (await serviceToken('service', { realm: 'one-audience' })).access_token,
    },
    { jwt: 'allowed', introspection: '401 token_inactive', hybrid: '401 token_inactive' },
  ],
  [
    'a token that lost the client that introspects to RFC 8707',
    {
      realm: 'two-audiences',
      token: async () => {
        const more = { realm: 'two-audiences', resource: RESOURCE }
        return (await personToken('person', more)).access_token
      },
    },
    { jwt: 'allowed', introspection: '401 token_inactive', hybrid: '401 token_inactive' },
  ],
  [
    'a token whose session has ended',
    {
      token: async () => {
        const answer = await personToken('person')
        await signOut('person', answer)
        return answer.access_token
      },
    },
    // The signature knows nothing of it: what is left is the token's lifetime.
    { jwt: 'allowed', introspection: '401 token_inactive', hybrid: '401 token_inactive' },
  ],
  [
    'a revoked token of a service account',
    {
      token: async () => {
        const { access_token } = await serviceToken('service')
        await revoke('service', access_token, SECRET)
        return access_token
      },
    },
    { jwt: 'allowed', introspection: '401 token_inactive', hybrid: '401 token_inactive' },
  ],
]

describe.each(MODES)('%s', (mode) => {
  it.each(refused)('%s', async (_what, { token, realm = 'main' }, verdicts) => {
    const decision = await decide(mode, await token(), { realm })
    expect(verdict(decision)).toBe(verdicts[mode])
    if (decision.outcome !== 'challenged') return
    expect(decision.headers['WWW-Authenticate']).toMatch(/^Bearer error="invalid_token", /)
    expect(decision.body.error).toBe('invalid_token')
  })
})

it('the operator is told which mapper is missing when Keycloak calls a good token inactive', async () => {
  const { access_token } = await serviceToken('service', { realm: 'one-audience' })
  const decision = await decide('introspection', access_token, { realm: 'one-audience' })
  expect(decision).toMatchObject({
    reason: 'token_inactive',
    detail: expect.stringMatching(
      /"aud" .* does not name the introspecting client .* audience mapper/,
    ),
  })
})

describe('MCP-7: an expired token', () => {
  it.each(['jwt', 'hybrid'] as const)('is refused by its claims: %s', async (mode) => {
    const { access_token } = await serviceToken('short-lived')
    const { exp } = decoded(access_token).claims
    // Past the tolerance for clocks that differ.
    const clock = () => (Number(exp) + 6) * 1000
    expect(verdict(await decide(mode, access_token, { clock }))).toBe('401 token_expired')
  })

  it('is refused by what Keycloak says: introspection', async () => {
    const { access_token } = await serviceToken('short-lived')
    expect(verdict(await decide('introspection', access_token))).toBe('allowed')
    const { exp } = decoded(access_token).claims
    const wait = Number(exp) * 1000 - Date.now() + 1000
    await new Promise((resolve) => setTimeout(resolve, wait))
    expect(verdict(await decide('introspection', access_token))).toBe('401 token_inactive')
  })
})
