import { describe, expect, it } from 'vitest'
import {
  ChallengeError,
  createHybridVerifier,
  createIntrospectionVerifier,
  createJwtVerifier,
  type HttpOptions,
  type TokenProfile,
  type VerifiedToken,
} from '../../../src/index.ts'
import { throwing } from '../../support/throwing.ts'
import {
  answering,
  attackerKey,
  CLAIMS,
  type Claims,
  clock,
  INTROSPECTION,
  ISSUER,
  invalidToken,
  judge,
  NOW,
  noNetwork,
  RESOURCE,
  request,
  rsaKey,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'

/** An imaginary server: scopes are a list in `scp`, clients are in `cid`, types in `token_use`. */
const acme: TokenProfile = {
  name: 'acme',
  scopeClaims: ['scp'],
  clientIdClaims: ['cid'],
  genericAudiences: ['Acme-Everything'],
  rolesOf: ({ groups }) => (Array.isArray(groups) ? groups : []),
  checkType({ claims, headerType, source }) {
    if (source === 'jwt' && headerType !== 'JWT') {
      throw new ChallengeError('token_type_refused', `header "typ" is ${headerType}`)
    }
    if (claims.token_use !== 'access') {
      throw new ChallengeError('token_type_refused', 'not an access token')
    }
  },
  isLightweight: ({ sub }) => sub === undefined,
  confirmationNotes: { 'acme-note': 'jkt' },
  introspectionTexts: ['token_use'],
  hints: { inactive: (_claims, clientId) => `ask acme about ${clientId}` },
}

const ACME_CLAIMS: Claims = {
  ...CLAIMS,
  client_id: undefined,
  scope: undefined,
  cid: 'inspector',
  scp: ['mcp:tools', 'mcp:write'],
  token_use: 'access',
}

const signAcmeToken = (claims: Claims = {}, more: object = {}) =>
  signToken({ claims: { ...ACME_CLAIMS, ...claims }, header: { typ: 'JWT' }, ...more })

const keys = { keys: [rsaKey.publicKey] }

const options = (profile: TokenProfile, http: HttpOptions = { fetch: noNetwork }) => ({
  ...{ issuer: ISSUER, audience: RESOURCE, profile, clock, http },
})

const verifyJwt = (token: string, profile = acme): Promise<VerifiedToken> =>
  createJwtVerifier({ ...options(profile), keys }).verify(token)

const introspect = (answer: Claims, profile = acme): Promise<VerifiedToken> =>
  createIntrospectionVerifier({
    ...options(profile, answering(answer)),
    introspection: INTROSPECTION,
  }).verify('an-opaque-token')

const verifyHybrid = (token: string, answer: Claims, profile = acme): Promise<VerifiedToken> =>
  createHybridVerifier({
    ...options(profile, answering(answer)),
    keys,
    introspection: INTROSPECTION,
  }).verify(token)

const reason = (name: string) => expect.objectContaining({ reason: name })

describe('a profile of the user', () => {
  it('says where a JWT has its scopes and its client', async () => {
    expect(await verifyJwt(await signAcmeToken())).toMatchObject({
      clientId: 'inspector',
      scopes: ['mcp:tools', 'mcp:write'],
      subject: 'alice',
    })
  })

  it('says where an introspection answer has its scopes and its client', async () => {
    expect(await introspect(ACME_CLAIMS)).toMatchObject({
      clientId: 'inspector',
      scopes: ['mcp:tools', 'mcp:write'],
    })
  })

  it('leaves the members of RFC 7662 their meaning in an introspection answer', async () => {
    const answer = { ...ACME_CLAIMS, cid: undefined, scp: undefined, client_id: 'c', scope: 'a b' }
    expect(await introspect(answer)).toMatchObject({ clientId: 'c', scopes: ['a', 'b'] })
  })

  it('refuses a JWT without the client claim that it names', async () => {
    const token = await signAcmeToken({ cid: undefined, client_id: 'inspector' })
    await expect(verifyJwt(token)).rejects.toEqual(reason('claim_missing'))
  })

  it.each([[7], [{}], [[7]], [null]])('refuses a JWT whose scopes are %j', async (scp) => {
    const token = await signAcmeToken({ scp })
    await expect(verifyJwt(token)).rejects.toEqual(reason('claim_malformed'))
  })

  it('RFC9068-1: refuses other tokens of the issuer, in a JWT and in an answer', async () => {
    const token = await signAcmeToken({ token_use: 'id' })
    await expect(verifyJwt(token)).rejects.toEqual(reason('token_type_refused'))
    await expect(introspect({ ...ACME_CLAIMS, token_use: 'id' })).rejects.toEqual(
      reason('token_type_refused'),
    )
    const answered = verifyHybrid(await signAcmeToken(), { token_use: 'id' })
    await expect(answered).rejects.toEqual(reason('token_type_refused'))
  })

  it('S1.12: names audiences that cannot be configured', () => {
    for (const audience of ['acme-everything', 'ACME-EVERYTHING', 'api']) {
      expect(() => createJwtVerifier({ ...options(acme), audience, keys })).toThrow(
        /option `audience` must name this server/,
      )
    }
  })

  it('RFC7662-3: names members of an answer that must be strings', async () => {
    for (const change of [{ token_use: 7 }, { cid: 7 }, { scp: 7 }, { scope: 7 }, { sub: 7 }]) {
      await expect(introspect({ ...ACME_CLAIMS, ...change })).rejects.toEqual(
        reason('introspection_answer_invalid'),
      )
    }
  })

  it('RFC7662-5: takes away the scopes that a confirming answer no longer names', async () => {
    const token = await signAcmeToken()
    for (const answer of [{ scp: ['mcp:tools'] }, { scope: 'mcp:tools other' }]) {
      expect((await verifyHybrid(token, answer)).scopes).toEqual(['mcp:tools'])
    }
    expect((await verifyHybrid(token, {})).scopes).toEqual(['mcp:tools', 'mcp:write'])
  })

  it('RFC7662-5: completes the tokens that it calls lightweight, and adds no scope', async () => {
    const token = await signAcmeToken({ sub: undefined, scp: ['mcp:tools'] })
    const completed = await verifyHybrid(token, { ...ACME_CLAIMS, sub: 'bob' })
    expect(completed).toMatchObject({ subject: 'bob', scopes: ['mcp:tools'] })
    const both = { ...acme, scopeClaims: ['scp', 'scope'] }
    const other = await signAcmeToken({ sub: undefined, scp: undefined, scope: 'mcp:tools' })
    expect((await verifyHybrid(other, { ...ACME_CLAIMS, sub: 'bob' }, both)).scopes).toEqual([
      'mcp:tools',
    ])
  })

  it('explains an inactive token to the operator', async () => {
    const token = await signAcmeToken()
    const failure = verifyHybrid(token, { active: false })
    await expect(failure).rejects.toThrow('ask acme about mcp')
  })

  it('reads roles for the policy', async () => {
    const server = testResourceServer({
      server: { profile: acme },
      policy: { tools: { add: { roles: ['editor'] } } },
    })
    const outcomeOf = async (groups: unknown) => {
      const authorization = `Bearer ${await signAcmeToken({ groups })}`
      const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'add' } }
      return (await server.authenticate(request(authorization, { message }))).outcome
    }
    expect(await outcomeOf(['editor'])).toBe('allowed')
    expect(await outcomeOf(['reader'])).toBe('refused')
    expect(await outcomeOf('editor')).toBe('refused')
  })

  it('names its scope claim to the operator, where a token has no scope', async () => {
    const server = testResourceServer({ server: { profile: acme } })
    const token = await signAcmeToken({ scp: undefined, permissions: ['a'] })
    expect(await server.authenticate(request(`Bearer ${token}`))).toMatchObject({
      detail: expect.stringContaining(
        'the token has no "scp", the only claim that scopes are read from; it has "permissions"',
      ),
    })
  })

  it('with nothing but a name is RFC 9068', async () => {
    const plain = { name: 'plain' }
    expect((await verifyJwt(await signToken(), plain)).clientId).toBe('inspector')
    for (const claim of ['sub', 'client_id', 'iat', 'jti']) {
      const token = await signToken({ claims: { [claim]: undefined, azp: 'inspector' } })
      await expect(verifyJwt(token, plain)).rejects.toEqual(reason('claim_missing'))
    }
    const token = await signToken({ header: { typ: 'JWT' } })
    await expect(verifyJwt(token, plain)).rejects.toEqual(reason('token_type_refused'))
  })
})

/** Does all that a profile can do to let a token pass. */
const lax: TokenProfile = {
  ...acme,
  name: 'lax',
  requiredClaims: [],
  checkType({ claims, source }) {
    const open = claims as Record<string, unknown>
    for (const [name, value] of Object.entries({
      iss: ISSUER,
      exp: NOW + 600,
      nbf: 0,
      cnf: undefined,
    })) {
      Reflect.set(open, name, value)
    }
    Reflect.set(open, 'aud', RESOURCE)
    if (Array.isArray(claims.aud)) Reflect.set(claims.aud, 0, RESOURCE)
    expect(source).toMatch(/jwt|introspection/)
  },
  isLightweight: (claims) => {
    for (const name of ['iss', 'aud', 'exp', 'cnf']) Reflect.deleteProperty(claims, name)
    if (Array.isArray(claims.aud)) Reflect.set(claims.aud, 0, RESOURCE)
    return false
  },
}

describe('a profile cannot loosen', () => {
  const CASES: readonly [string, Claims, string][] = [
    ['the issuer', { iss: 'https://other.example.com' }, 'issuer_unknown'],
    ['the audience', { aud: 'https://other.example.com' }, 'audience_mismatch'],
    ['the audience, as a list', { aud: ['https://other.example.com'] }, 'audience_mismatch'],
    ['the required audience', { aud: undefined }, 'audience_missing'],
    ['the expiry', { exp: NOW - 60 }, 'token_expired'],
    ['the required expiry', { exp: undefined }, 'claim_missing'],
    ['the beginning of validity', { nbf: NOW + 60 }, 'token_not_yet_valid'],
    ['the sender constraint', { cnf: { jkt: 'x' } }, 'sender_constraint_unmet'],
    [
      'the binding beside a note',
      { cnf: { jkt: 'x', 'acme-note': 'y' } },
      'sender_constraint_unmet',
    ],
    ['an unknown binding', { cnf: { other: 'x' } }, 'confirmation_unknown'],
    ['a note that describes nothing', { cnf: { 'acme-note': 'y' } }, 'confirmation_unknown'],
    ['the client id', { cid: undefined }, 'claim_missing'],
  ]

  it.each(CASES)('%s of a JWT', async (_what, claims, expected) => {
    await expect(verifyJwt(await signAcmeToken(claims), lax)).rejects.toEqual(reason(expected))
    const hybrid = verifyHybrid(await signAcmeToken(claims), ACME_CLAIMS, lax)
    await expect(hybrid).rejects.toEqual(reason(expected))
  })

  it.each(CASES.slice(0, -1))('%s of an introspection answer', async (_what, claims, expected) => {
    await expect(introspect({ ...ACME_CLAIMS, ...claims }, lax)).rejects.toEqual(reason(expected))
  })

  it('the signature', async () => {
    const token = await signAcmeToken({}, { key: attackerKey })
    await expect(verifyJwt(token, lax)).rejects.toEqual(reason('signature_invalid'))
  })

  it('the type of a token in an answer (RFC 7662 §2.2)', async () => {
    const answer = { ...ACME_CLAIMS, token_type: 'refresh_token' }
    await expect(introspect(answer, lax)).rejects.toEqual(reason('token_type_refused'))
    const bound = { ...ACME_CLAIMS, token_type: 'DPoP' }
    await expect(introspect(bound, lax)).rejects.toEqual(reason('sender_constraint_unmet'))
  })

  it('anything by being changed after it was given', async () => {
    const profile = { ...acme, scopeClaims: ['scp'] }
    const verifier = createJwtVerifier({ ...options(profile), keys })
    profile.scopeClaims[0] = 'other'
    profile.clientIdClaims = []
    expect((await verifier.verify(await signAcmeToken())).scopes).toHaveLength(2)
  })
})

describe('a faulty profile', () => {
  const faulty = (checkType: unknown) =>
    ({ ...acme, checkType: checkType as () => void }) satisfies TokenProfile

  it.each([
    ['throws another error', throwing(new Error('broken'))],
    [
      'is asynchronous',
      async () => {
        throw new ChallengeError('token_type_refused', 'no')
      },
    ],
    ['returns false', () => false],
    ['returns true', () => true],
  ])('makes the token unavailable where checkType %s', async (_what, checkType) => {
    const token = await signAcmeToken()
    await expect(verifyJwt(token, faulty(checkType))).rejects.toEqual(reason('verifier_failed'))
    const server = testResourceServer({ server: { profile: faulty(checkType) } })
    expect(await judge(token, server)).toMatchObject({ status: 503 })
  })

  it('has no lightweight tokens and no roles where its functions fail', async () => {
    const broken = async () => {
      throw new Error('broken')
    }
    const failing = throwing(new Error('broken'))
    for (const isLightweight of [broken, failing]) {
      const profile = { ...acme, isLightweight: isLightweight as never, rolesOf: broken as never }
      const token = await signAcmeToken({ sub: undefined })
      await expect(verifyHybrid(token, ACME_CLAIMS, profile)).rejects.toEqual(
        reason('claim_missing'),
      )
    }
  })

  it('loses a hint that throws or is not a text', async () => {
    const inactive = [throwing(new Error('broken')), () => 7 as never, () => undefined]
    inactive.push((async () => {
      throw new Error('broken')
    }) as never)
    for (const hint of inactive) {
      const profile = { ...acme, hints: { inactive: hint } }
      const failure = verifyHybrid(await signAcmeToken(), { active: false }, profile)
      await expect(failure).rejects.toThrow(/expired, revoked, unknown/)
    }
  })

  it.each<[string, unknown, RegExp]>([
    [
      'the name of a profile',
      'keycloak',
      /option `authorizationServer.profile` must be a profile, not a name; leave it out for RFC 9068; for Keycloak: import \{ keycloakProfile \} from 'mcp-resource-server\/keycloak'; got "keycloak"/,
    ],
    ['no name', {}, /option `authorizationServer.profile.name` must be the profile's name/],
    [
      'a misspelt member',
      { name: 'a', checktype() {} },
      /no option `authorizationServer.profile.checktype`: did you mean `authorizationServer.profile.checkType`/,
    ],
    [
      'no scope claim',
      { name: 'a', scopeClaims: [] },
      /`authorizationServer.profile.scopeClaims` must name at least one claim/,
    ],
    [
      'no client claim',
      { name: 'a', clientIdClaims: [] },
      /`authorizationServer.profile.clientIdClaims` must name at least one claim/,
    ],
    [
      'a note that binds',
      { name: 'a', confirmationNotes: { jkt: 'x5t#S256' } },
      /profile.confirmationNotes.*must not name `jkt`/,
    ],
    [
      'a note that binds to a certificate',
      { name: 'a', confirmationNotes: { 'x5t#S256': 'jkt' } },
      /profile.confirmationNotes.*must not name `jkt`/,
    ],
    [
      'a list of notes',
      { name: 'a', confirmationNotes: [] },
      /profile.confirmationNotes` must be an object of notes, such as/,
    ],
    [
      'a prefix with a space',
      { name: 'a', scopePrefix: 'a b' },
      /profile.scopePrefix` must be the beginning of scopes, without spaces/,
    ],
    [
      'a prefix that is no text',
      { name: 'a', scopePrefix: 7 },
      /profile.scopePrefix` must be the beginning of scopes; got 7/,
    ],
    [
      'a substitute that nobody knows',
      { name: 'a', audienceSubstitutes: ['scope'] },
      /profile.audienceSubstitutes\.0` must be "scope-prefix" or "client-id"/,
    ],
    [
      'a substitute that is no list',
      { name: 'a', audienceSubstitutes: 'client-id' },
      /profile.audienceSubstitutes` must be a list of "scope-prefix" and "client-id"/,
    ],
    [
      'hints that are a text',
      { name: 'a', hints: 'why' },
      /profile.hints` must be an object of functions/,
    ],
    [
      'a note on nothing',
      { name: 'a', confirmationNotes: { a: 'b' } },
      /profile.confirmationNotes.a` must be "jkt" or "x5t#S256"/,
    ],
    [
      'a hint that is a text',
      { name: 'a', hints: { inactive: 'why' } },
      /profile.hints.inactive` must be a function/,
    ],
  ])('is a TypeError at start-up: %s', (_what, profile, message) => {
    const make = () => testResourceServer({ server: { profile: profile as TokenProfile } })
    expect(make).toThrow(TypeError)
    expect(make).toThrow(message)
  })

  it('is refused like every other token: 401', async () => {
    const server = testResourceServer({ server: { profile: acme } })
    const token = await signAcmeToken({ token_use: 'id' })
    expect(await judge(token, server)).toEqual(invalidToken('token_type_refused'))
  })
})
