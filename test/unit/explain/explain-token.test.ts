import { describe, expect, it } from 'vitest'
import { ChallengeError } from '../../../src/errors/challenge-error.ts'
import { explainToken, type TokenExplanation } from '../../../src/explain/index.ts'
import {
  answering,
  attackerKey,
  bearer,
  CLAIMS,
  ecKey,
  forge,
  INTROSPECTION,
  ISSUER,
  KEYCLOAK_CLAIMS,
  NOW,
  noNetwork,
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
    for (let count = 0; count < 300; count += 1) {
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
    expect(seen.get('allowed')).toBeGreaterThan(20)
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

  it('says what the gate says about tokens that introspection decides, or confirms', async () => {
    const random = seeded(31)
    const choose = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
    const damaged = (): Record<string, unknown> => (random() < 0.5 ? choose(CLAIM_DAMAGES) : {})
    const reasons = new Set<string | undefined>()
    for (let count = 0; count < 200; count += 1) {
      const claims = { ...CLAIMS, ...damaged() }
      const answer = { ...CLAIMS, active: random() < 0.9, ...damaged() }
      const verification = choose(['introspection', 'hybrid'] as const)
      const lightweight = random() < 0.2
      const server = testResourceServer({
        cache: false,
        server: {
          verification,
          introspection: INTROSPECTION,
          profile: { name: 'test', isLightweight: () => lightweight },
        },
        http: answering(answer),
      })
      const token =
        random() < 0.2
          ? `opaque-${count}`
          : await forge({ payload: claims, key: random() < 0.1 ? attackerKey : ecKey })
      const decision = await server.authenticate(bearer(token))
      const explanation = await explainToken(token, server)
      const reason = 'reason' in decision ? decision.reason : undefined
      const about = JSON.stringify([verification, lightweight, token.length, claims, answer])
      expect(reasonOf(explanation), about).toBe(reason)
      expect(explanation.verdict === 'accepted', about).toBe(decision.outcome === 'allowed')
      reasons.add(reason)
    }
    expect(reasons.size).toBeGreaterThan(8)
  })

  it('asks nobody offline, and says what is unchecked', async () => {
    const remote = testResourceServer({ authorizationServer: ISSUER })
    const { verdict, rules } = await explainToken(await signToken(), remote, { fetch: false })
    expect(verdict).toBe('undecided')
    expect(rules.filter(({ outcome }) => outcome !== 'holds').map(({ rule }) => rule)).toEqual([
      'key',
      'signature',
      'revocation',
    ])
    // With given keys only revocations are unknown.
    const given = await explainToken(await signToken(), testResourceServer(), { fetch: false })
    expect(given.verdict).toBe('accepted')
    expect(given.rules.filter(({ outcome }) => outcome !== 'holds')).toMatchObject([
      { rule: 'revocation', outcome: 'unchecked', reason: undefined },
    ])
  })

  it('an outage leaves a rule unchecked, with the reason of the 503', async () => {
    const remote = testResourceServer({ authorizationServer: ISSUER, http: { fetch: noNetwork } })
    const explanation = await explainToken(await signToken(), remote)
    expect(explanation.verdict).toBe('undecided')
    expect(explanation.rules.find(({ rule }) => rule === 'key')).toMatchObject({
      outcome: 'unchecked',
      reason: 'discovery_failed',
    })
  })

  it('a JWT that fails is never sent to introspection, and a forged one reaches no function', async () => {
    const asked: string[] = []
    const server = testResourceServer({
      server: { introspection: INTROSPECTION },
      http: {
        fetch: async (input) => {
          asked.push(String(input))
          return Response.json({ active: true })
        },
      },
      revocation: { check: () => Boolean(asked.push('revocation')) },
      policy: { tools: { add: { allow: () => Boolean(asked.push('policy')) } } },
    })
    const forged = await signToken({ key: attackerKey })
    const { verdict } = await explainToken(forged, server, { tool: 'add' })
    expect([verdict, asked]).toEqual(['refused', []])
  })

  it('explains a tool by the policy, in the words of the gate', async () => {
    const server = testResourceServer({
      policy: {
        tools: { add: 'allow', write: { scopes: ['mcp:write'] }, drop: { roles: ['admin'] } },
      },
    })
    const token = await signToken()
    const reasonFor = async (tool: string): Promise<unknown> =>
      reasonOf(await explainToken(token, server, { tool }))
    expect(await reasonFor('add')).toBeUndefined()
    expect(await reasonFor('write')).toBe('scope_missing')
    expect(await reasonFor('drop')).toBe('operation_denied')
    expect(await reasonFor('unknown')).toBe('operation_denied')
  })

  it('without a tool, lists what the token may call, and calls no function of the policy', async () => {
    const asked: string[] = []
    const server = testResourceServer({
      policy: {
        tools: {
          add: 'allow',
          read: { scopes: ['mcp:tools'] },
          write: { scopes: ['mcp:write'] },
          bound: { dpop: true },
          own: { allow: () => Boolean(asked.push('own')) },
          purge: { roles: ['admin'], allow: () => Boolean(asked.push('purge')) },
        },
      },
    })
    const { verdict, rules } = await explainToken(await signToken(), server)
    const listed = rules.find(({ rule }) => rule === 'tools')
    expect(verdict).toBe('accepted')
    expect(listed).toMatchObject({
      outcome: 'holds',
      detail:
        'may be called: add, read; need more scopes: write (mcp:write); need a token that is bound to a ' +
        'DPoP key: bound; a function decides: own; denied whatever the scopes: purge',
    })
    const forged = await explainToken(await signToken({ key: attackerKey }), server)
    expect(forged.rules.find(({ rule }) => rule === 'tools')?.outcome).toBe('unchecked')
    expect(asked).toEqual([])
  })

  it.each([
    ['off', { jkt: 'key' }, 'refused', 'sender_constraint_unmet'],
    ['accepted', { jkt: 'key' }, 'undecided', 'sender_constraint_unmet'],
    ['required', { jkt: 'key' }, 'undecided', 'sender_constraint_unmet'],
    ['required', undefined, 'refused', 'dpop_token_not_bound'],
    ['accepted', { 'x5t#S256': 'certificate' }, 'refused', 'sender_constraint_unmet'],
    ['accepted', undefined, 'accepted', undefined],
  ] as const)('DPoP %s: a token with the binding %j is %s', async (dpop, cnf, verdict, reason) => {
    const explanation = await explainToken(
      await signToken({ claims: { cnf } }),
      testResourceServer({ dpop }),
    )
    expect([explanation.verdict, reasonOf(explanation)]).toEqual([verdict, reason])
  })

  it('S1.7: has no piece of the token, its signature or the user, and nothing that a terminal obeys', async () => {
    const esc = String.fromCharCode(27)
    const bidi = String.fromCodePoint(0x202e)
    const nasty = `${esc}[31m${bidi}${'x'.repeat(8192)}\n`
    for (const damage of [
      { iss: nasty },
      { aud: [nasty, nasty] },
      { client_id: nasty },
      { scope: nasty },
      { cnf: { [nasty]: 1 } },
      {
        typ: nasty,
        iss: { __proto__: { a: 1 }, deep: JSON.parse('['.repeat(50) + ']'.repeat(50)) },
      },
      JSON.parse(`{"__proto__": {"iss": "x"}, "constructor": ${JSON.stringify(nasty)}}`),
    ]) {
      const payload = { ...CLAIMS, sub: 'alice@example.com', email: 'alice@example.com', ...damage }
      const token = await forge({
        payload: JSON.stringify(payload),
        header: { kid: nasty.slice(0, 200) },
      })
      const explanation = await explainToken(token, testResourceServer({ maxTokenLength: 65_536 }))
      const text = explanation.rules.map(({ detail }) => detail).join('\n')
      expect(explanation.rules.length).toBeGreaterThan(3)
      for (const { detail } of explanation.rules) expect(detail).not.toMatch(/[\p{Cc}\p{Cf}]/u)
      expect(text).not.toContain('alice')
      for (let at = 0; at + 12 < token.length; at += 101) {
        expect(text).not.toContain(token.slice(at, at + 12))
      }
      expect(text.length).toBeLessThan(8000)
    }
  })

  it('S1.7: what the verifier of a user says cannot draw on a terminal', async () => {
    const drawing = `${String.fromCharCode(27)}[2J${String.fromCodePoint(0x202e)}`
    const server = testResourceServer({
      verifier: {
        async verify() {
          throw new ChallengeError('token_inactive', `${drawing}gone`)
        },
      },
    })
    expect((await explainToken('opaque', server)).rules.at(-1)).toMatchObject({
      rule: 'verifier',
      outcome: 'broken',
      reason: 'token_inactive',
      detail: '?[2J?gone',
    })
  })

  it('S1.7: does not repeat a claim that quotes the token itself', async () => {
    const [header = ''] = (await signToken()).split('.')
    const token = await signToken({ claims: { iss: header, scope: header } })
    const text = JSON.stringify(await explainToken(token, testResourceServer()))
    expect(text).not.toContain(header.slice(0, 12))
    expect(text).toContain('[token]')
  })

  it('S1.11: with several issuers, the issuer comes first', async () => {
    const server = testResourceServer({
      authorizationServer: [
        { issuer: ISSUER, keys: { keys: [ecKey.publicKey as Record<string, unknown>] } },
        {
          issuer: 'https://other.example.com',
          keys: { keys: [ecKey.publicKey as Record<string, unknown>] },
        },
      ],
    })
    for (const [iss, reason] of [
      ['https://third.example.com', 'issuer_unknown'],
      [undefined, 'issuer_missing'],
      [ISSUER, undefined],
    ]) {
      const token = await signToken({ claims: { iss }, key: ecKey })
      expect(reasonOf(await explainToken(token, server))).toBe(reason)
    }
  })

  it.each([
    ['a refresh token', { typ: 'Refresh' }, {}],
    ['a refresh token (an offline token)', { typ: 'Offline' }, {}],
    ['an ID token', { typ: 'ID' }, {}],
    ['an ID token', { typ: undefined, nonce: 'n' }, {}],
    ['an ID token', { token_use: 'id', typ: undefined }, {}],
    ['a logout token', { typ: 'Logout' }, {}],
    [
      'a logout token',
      { events: { 'http://schemas.openid.net/event/backchannel-logout': {} } },
      {},
    ],
    ['a DPoP proof (RFC 9449), which belongs into the header DPoP', {}, { typ: 'dpop+jwt' }],
    [undefined, {}, {}],
    [undefined, { typ: undefined, token_use: 'access', nonce: 'n' }, {}],
    [undefined, { typ: '__proto__' }, {}],
  ])('names %s that was pasted', async (kind, claims, header) => {
    const token = await signToken({
      claims: { ...KEYCLOAK_CLAIMS, ...claims },
      header: { typ: 'JWT', ...header },
    })
    expect((await explainToken(token, testResourceServer())).otherKind).toBe(kind)
  })

  it.each([
    [[7, testResourceServer()], 'option `token` must be a string'],
    [['a', { ...testResourceServer() }], 'option `resourceServer` must be the object'],
    [['a', undefined], 'option `resourceServer` must be the object'],
    [['a', testResourceServer(), { fetsh: true }], 'did you mean `fetch`'],
  ])('names a wrong argument', async (args, message) => {
    await expect(explainToken(...(args as Parameters<typeof explainToken>))).rejects.toThrow(
      message,
    )
  })
})
