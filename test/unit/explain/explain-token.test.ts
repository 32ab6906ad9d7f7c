import { describe, expect, it } from 'vitest'
import { explainToken, type TokenExplanation } from '../../../src/explain/index.ts'
import {
  attackerKey,
  bearer,
  CLAIMS,
  ecKey,
  forge,
  NOW,
  RESOURCE,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'

/** A small generator of random numbers with a seed, so that a failure can be repeated (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** The first rule that does not hold gives the reason. */
const reasonOf = ({ rules }: TokenExplanation): string | undefined =>
  rules.find(({ outcome }) => outcome !== 'holds')?.reason

const detailOf = ({ rules }: TokenExplanation, name: string): string | undefined =>
  rules.find(({ rule }) => rule === name)?.detail

/** Values that damage a claim. */
const CLAIM_DAMAGES: readonly Record<string, unknown>[] = [
  { iss: undefined },
  { iss: 'https://sso.example.com/realms/other' },
  { iss: 7 },
  { aud: undefined },
  { aud: [] },
  { aud: 'account' },
  { aud: [RESOURCE, 'other'] },
  { aud: { a: 1 } },
  { exp: undefined },
  { exp: NOW - 6 },
  { exp: 'soon' },
  { nbf: NOW + 60 },
  { nbf: null },
  { iat: NOW + 60 },
  { iat: undefined },
  { iat: 0 },
  { iat: [] },
  { sub: undefined },
  { sub: '' },
  { sub: 7 },
  { jti: undefined },
  { jti: {} },
  { client_id: undefined },
  { client_id: 7 },
  { client_id: undefined, azp: 'inspector' },
  { scope: undefined },
  { scope: '' },
  { scope: ['mcp:tools', 7] },
  { scope: 'other' },
  { scope: 'mcp:admin' },
  { cnf: {} },
  { cnf: { jkt: 'thumbprint' } },
  { cnf: { 'x5t#S256': 'thumbprint' } },
  { cnf: { jkt: 7 } },
  { cnf: { new: 'member' } },
  { cnf: 'text' },
  { events: {} },
  { token_introspection: { active: true } },
]

const HEADER_DAMAGES: readonly Record<string, unknown>[] = [
  { typ: 'JWT' },
  { typ: 'logout+jwt' },
  { typ: 7 },
  { alg: 'HS256' },
  { alg: 'none' },
  { alg: 'PS256' },
  { alg: 7 },
  { kid: 'unknown' },
  { kid: undefined },
  { crit: ['exp'] },
]

const TEXT_DAMAGES: readonly ((token: string) => string)[] = [
  (token) => `${token.slice(0, -4)}AAAA`,
  (token) => token.slice(0, token.lastIndexOf('.')),
  (token) => `${token}=`,
  (token) => `${token}.more`,
  (token) => `a${token}`,
  (token) => token.replace('.', ' '),
  (token) => token.replaceAll('.', ''),
  (token) => token.repeat(20),
  () => '',
  () => 'opaque',
]

describe('explainToken', () => {
  const strict = {
    maxTokenLifetime: 3600,
    requiredScopes: ['mcp:tools'],
    scopeHierarchy: { 'mcp:admin': ['mcp:tools'] },
  }

  it('says what the gate says: the first broken rule is its reason, and all hold if it allows', async () => {
    const random = seeded(13)
    const choose = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
    const servers = [
      testResourceServer(strict),
      testResourceServer({ exclusiveAudience: true, clockTolerance: 0 }),
    ]
    const seen = new Map<string, number>()
    for (let count = 0; count < 600; count += 1) {
      let claims: Record<string, unknown> = {}
      let header: Record<string, unknown> = {}
      for (let damage = Math.floor(random() * 4); damage > 0; damage -= 1) {
        if (random() < 0.8) claims = { ...claims, ...choose(CLAIM_DAMAGES) }
        else header = { ...header, ...choose(HEADER_DAMAGES) }
      }
      const key = random() < 0.05 ? attackerKey : ecKey
      let token = await forge({ payload: { ...CLAIMS, ...claims }, header, key })
      if (random() < 0.15) token = choose(TEXT_DAMAGES)(token)
      const server = choose(servers)
      const decision = await server.authenticate(bearer(token))
      const explanation = await explainToken(token, server)
      const expected = decision.outcome === 'allowed' ? undefined : decision
      const about = JSON.stringify([claims, header, token.length])
      const reason =
        'reason' in (expected ?? {}) ? (expected as { reason: string }).reason : undefined
      // A certificate or a proof is part of the request. Without one, the gate has this reason.
      expect(reasonOf(explanation), about).toBe(reason)
      expect(explanation.verdict === 'accepted', about).toBe(decision.outcome === 'allowed')
      seen.set(reason ?? 'allowed', (seen.get(reason ?? 'allowed') ?? 0) + 1)
    }
    expect(seen.size).toBeGreaterThan(20)
    expect(seen.get('allowed')).toBeGreaterThan(50)
  })

  it('goes on after the first broken rule', async () => {
    const token = await signToken({
      claims: { aud: 'https://other.example.com', exp: NOW - 3600, scope: 'other' },
      key: attackerKey,
    })
    const explanation = await explainToken(token, testResourceServer(strict))
    expect(explanation.verdict).toBe('refused')
    const broken = explanation.rules.filter(({ outcome }) => outcome === 'broken')
    expect(broken.map(({ rule }) => rule)).toEqual(['audience', 'expiry', 'signature', 'scopes'])
    expect(detailOf(explanation, 'expiry')).toBe(
      'the token expired 3600 s ago; "exp" is 2096-10-02 06:06:40 UTC, 60 minutes ago',
    )
  })
})
