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
  type TokenAnswer,
} from './support/tokens.ts'

/** What each mode says of a token. */
type Verdicts = Readonly<Record<Mode, string>>
type Row = readonly [what: string, token: () => Promise<string>, Verdicts, realm?: string]

const INACTIVE = '401 token_inactive'
const everywhere = (refusal: string): Verdicts => ({
  jwt: refusal,
  introspection: refusal,
  hybrid: refusal,
})
/** Refused for a claim by what reads claims, and inactive for Keycloak. */
const byClaim = (refusal: string): Verdicts => ({ ...everywhere(refusal), introspection: INACTIVE })
/** The signature and the claims are good. Only Keycloak knows that the token no longer counts. */
const byKeycloak: Verdicts = { ...everywhere(INACTIVE), jwt: 'allowed' }

const accessTokenOf = async (answer: Promise<TokenAnswer>) => (await answer).access_token
const inTwoAudiences = { realm: 'two-audiences', resource: RESOURCE }

const refused: readonly Row[] = [
  [
    'RFC9068-1: an ID token',
    async () => (await personToken('person', { scope: 'openid' })).id_token ?? '',
    byClaim('401 token_type_refused'),
  ],
  [
    'RFC9068-1: a refresh token',
    async () => (await personToken('person')).refresh_token ?? '',
    byClaim('401 algorithm_refused'),
  ],
  [
    'MCP-14: a token without audience',
    () => accessTokenOf(personToken('elsewhere')),
    // In hybrid mode it might be a lightweight token, so Keycloak is asked.
    { ...everywhere(INACTIVE), jwt: '401 audience_missing' },
  ],
  [
    'S1.12: a token for the audience account',
    () => accessTokenOf(personToken('full-scope', { user: 'bob' })),
    byClaim('401 audience_mismatch'),
  ],
  [
    'S1.11: a token of another realm of the same server',
    () => accessTokenOf(serviceToken('service', { realm: 'other' })),
    everywhere('401 issuer_unknown'),
  ],
  [
    'RFC9449-2: a DPoP-bound token under Bearer',
    () => accessTokenOf(boundToken('dpop')),
    everywhere('401 sender_constraint_unmet'),
  ],
  [
    'a lightweight token, where Keycloak is not asked',
    () => accessTokenOf(personToken('lightweight')),
    { ...everywhere('allowed'), jwt: '401 audience_missing' },
  ],
  [
    'a token that does not name the client that introspects',
    () => accessTokenOf(serviceToken('service', { realm: 'one-audience' })),
    byKeycloak,
    'one-audience',
  ],
  [
    'a token that lost the client that introspects to RFC 8707',
    () => accessTokenOf(personToken('person', inTwoAudiences)),
    byKeycloak,
    'two-audiences',
  ],
  [
    'a token whose session has ended',
    async () => {
      const answer = await personToken('person')
      await signOut('person', answer)
      return answer.access_token
    },
    byKeycloak,
  ],
  [
    'a revoked token of a service account',
    async () => {
      const { access_token } = await serviceToken('service')
      await revoke('service', access_token, SECRET)
      return access_token
    },
    byKeycloak,
  ],
]

describe.each(MODES)('%s', (mode) => {
  it.for(refused)('%s', async ([_what, token, verdicts, realm = 'main']) => {
    const decision = await decide(mode, await token(), { realm })
    expect(verdict(decision)).toBe(verdicts[mode])
    if (decision.outcome !== 'challenged') return
    expect(decision.headers['WWW-Authenticate']).toMatch(/^Bearer error="invalid_token", /)
    expect(decision.body.error).toBe('invalid_token')
  })
})

it('the log names the missing mapper when Keycloak calls a good token inactive', async () => {
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
