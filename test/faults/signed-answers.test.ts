import { inspect } from 'node:util'
import { CompactEncrypt } from 'jose'
import type { Decision } from '../../src/index.ts'
import { keycloakProfile } from '../../src/keycloak/profile.ts'
import { createTestKey } from '../../src/testing/create-test-key.ts'
import { createTestClock } from '../../src/testing/test-clock.ts'
import { allowed, ask, refused, unavailable } from '../support/decisions.ts'
import { json, raw, status } from '../support/issuers/answers.ts'
import { describe, expect, it } from '../support/issuers/it.ts'
import {
  CREDENTIALS,
  type GateOptions,
  type LocalIssuer,
  startIssuer,
} from '../support/issuers/local-issuer.ts'
import type { Answer } from '../support/issuers/loopback-server.ts'

const SIGNED = 'application/token-introspection+jwt'
const INVALID = unavailable('introspection_answer_invalid')

type Mode = 'when-offered' | 'required' | 'never'

interface Changes {
  /** Members of `token_introspection`. */
  readonly members?: object
  /** Claims of the JWT. */
  readonly claims?: object
  readonly header?: Record<string, unknown>
}

/** A good signed answer, with changes. */
function signed(issuer: LocalIssuer, { members, claims, header }: Changes = {}): Promise<string> {
  const jwt = {
    iss: issuer.issuer,
    aud: CREDENTIALS.clientId,
    iat: issuer.clock.seconds,
    token_introspection: { active: true, token_type: 'Bearer', ...issuer.claims(members) },
    ...claims,
  }
  return issuer.signer.sign(jwt, { typ: 'token-introspection+jwt', ...header })
}

/** A gate that introspects every token, at an issuer that offers these algorithms. */
function gateOf(
  issuer: LocalIssuer,
  { mode, offered = ['ES256'], options }: GateSettings = {},
): ReturnType<LocalIssuer['gate']> {
  issuer.discovery.answers(
    json(issuer.metadata({ introspection_signing_alg_values_supported: offered })),
  )
  const signedAnswers = mode === undefined ? {} : { signedAnswers: mode }
  return issuer.gate(
    { verification: 'introspection', introspection: { ...CREDENTIALS, ...signedAnswers } },
    options,
  )
}

interface GateSettings {
  readonly mode?: Mode | undefined
  readonly offered?: unknown
  readonly options?: GateOptions
}

async function decide(
  issuer: LocalIssuer,
  answer: Answer | string,
  settings?: GateSettings,
): Promise<Decision> {
  issuer.introspection.answers(typeof answer === 'string' ? raw(answer, SIGNED) : answer)
  return ask(gateOf(issuer, settings), 'opaque')
}

const accepts = (issuer: LocalIssuer): unknown[] =>
  issuer.introspection.received().map(({ headers }) => headers.accept)

describe('what this server asks for', () => {
  const BOTH = `${SIGNED}, application/json;q=0.5`
  const PLAIN = 'application/json'

  it.each<[string, Mode | undefined, unknown, string]>([
    ['where it is offered', undefined, ['ES256'], BOTH],
    ['where one of the algorithms is accepted', 'when-offered', ['HS256', 'none', 'RS256'], BOTH],
    ['under the older name of an algorithm', 'when-offered', ['EdDSA'], BOTH],
    ['not where it is not offered', undefined, null, PLAIN],
    ['not with a shared secret', undefined, ['HS256'], PLAIN],
    ['not where the list is none', undefined, 'ES256', PLAIN],
    ['not where the list has no names', undefined, [null, 7, {}], PLAIN],
    ['alone, where it is required', 'required', undefined, SIGNED],
    ['never', 'never', ['ES256'], PLAIN],
  ])('RFC9701-1: a signed answer %s', async (_what, mode, offered, accept) => {
    await using issuer = await startIssuer()
    await decide(issuer, issuer.active(), { mode, offered })
    expect(accepts(issuer)).toEqual([accept])
  })

  it('RFC9701-1: of a configured endpoint only where it is required, without metadata', async ({
    issuer,
  }) => {
    issuer.discovery.answers(status(500))
    issuer.introspection.answers(issuer.active())
    const introspection = { ...CREDENTIALS, endpoint: issuer.introspection.url }
    for (const signedAnswers of ['when-offered', 'required'] as const) {
      const gate = issuer.gate({
        verification: 'introspection',
        introspection: { ...introspection, signedAnswers },
      })
      await ask(gate, 'opaque')
    }
    expect(accepts(issuer)).toEqual([PLAIN, SIGNED])
    expect(issuer.discovery.count()).toBe(0)
  })
})

describe('a signed answer', () => {
  it.each<Mode>(['when-offered', 'required'])(
    'RFC9701-1: is accepted, with what it says: %s',
    async (mode) => {
      await using issuer = await startIssuer()
      const answer = await signed(issuer, { members: { sub: 'bob', scope: 'a b' } })
      expect(await decide(issuer, answer, { mode })).toMatchObject({
        outcome: 'allowed',
        token: { subject: 'bob', scopes: ['a', 'b'], verifiedBy: 'introspection' },
      })
    },
  )

  it('RFC9701-1: that says "inactive" is 401', async ({ issuer }) => {
    const answer = await signed(issuer, { claims: { token_introspection: { active: false } } })
    expect(await decide(issuer, answer)).toMatchObject(refused('token_inactive'))
  })

  it('RFC9701-1: is not asked for again while the result is cached', async ({ issuer }) => {
    issuer.introspection.answers(raw(await signed(issuer), SIGNED))
    const gate = gateOf(issuer, { mode: 'required' })
    for (let hit = 0; hit < 3; hit += 1) expect(await ask(gate, 'opaque')).toMatchObject(allowed)
    expect(issuer.introspection.count()).toBe(1)
    expect(issuer.keys.count()).toBe(1)
  })

  it.each<[string, Changes]>([
    ['a list of audiences', { claims: { aud: ['other', CREDENTIALS.clientId] } }],
    ['typ in capitals', { header: { typ: 'Token-Introspection+JWT' } }],
    ['typ as a full media type', { header: { typ: SIGNED } }],
    ['an answer from just now', { claims: { iat: 4_000_000_000 } }],
    ['an exp ahead', { claims: { exp: 9_999_999_999 } }],
  ])('RFC9701-1: with %s is accepted', async (_what, changes) => {
    await using issuer = await startIssuer({ clock: createTestClock(4_000_000_050_000) })
    expect(await decide(issuer, await signed(issuer, changes))).toMatchObject(allowed)
  })

  it.each(['%s', '%s;charset=utf-8', '%s ; a=b'].map((text) => text.replace('%s', SIGNED)))(
    'RFC9701-1: as %s is accepted',
    async (contentType) => {
      await using issuer = await startIssuer()
      const body = await signed(issuer)
      expect(await decide(issuer, raw(body, contentType))).toMatchObject(allowed)
    },
  )

  it('RFC9701-1 RFC7662-5: claims beside "token_introspection" say nothing about the token', async ({
    issuer,
  }) => {
    const beside = { sub: 'mallory', scope: 'admin', active: true, client_id: 'mallory' }
    const inside = { scope: 'mcp:tools', sub: 'alice' }
    const answer = await signed(issuer, { claims: beside, members: inside })
    expect(await decide(issuer, answer)).toMatchObject({
      token: { subject: 'alice', clientId: 'a-client', scopes: ['mcp:tools'] },
    })
  })

  it('RFC9701-1 RFC7662-5: the rules for tokens hold for its members', async ({ issuer }) => {
    const answer = await signed(issuer, { members: { aud: 'https://other.example.com' } })
    expect(await decide(issuer, answer)).toMatchObject(refused('audience_mismatch'))
  })

  it('RFC9701-1: confirms a JWT', async ({ issuer }) => {
    const members = { jti: 'one' }
    issuer.introspection.answers(raw(await signed(issuer, { members }), SIGNED))
    const introspection = { ...CREDENTIALS, signedAnswers: 'required' as const }
    const gate = issuer.gate({ verification: 'hybrid', introspection })
    expect(await ask(gate, await issuer.token(members))).toMatchObject({
      outcome: 'allowed',
      token: { verifiedBy: 'signature_and_introspection' },
    })
  })

  it('RFC9701-1: about another token than the JWT is 503', async ({ issuer }) => {
    issuer.introspection.answers(raw(await signed(issuer, { members: { sub: 'bob' } }), SIGNED))
    const gate = issuer.gate({ verification: 'hybrid', introspection: CREDENTIALS })
    expect(await ask(gate, await issuer.token())).toEqual(unavailable('introspection_mismatch'))
  })
})

describe('a bad signed answer', () => {
  it.each<[string, Changes]>([
    ['of an access token’s type', { header: { typ: 'at+jwt' } }],
    ['of type JWT', { header: { typ: 'JWT' } }],
    ['without a type', { header: { typ: undefined } }],
    ['with a type and a blank', { header: { typ: 'token-introspection+jwt ' } }],
    ['with a critical extension', { header: { crit: ['b64'], b64: true } }],
    ['of an unknown key', { header: { kid: 'unknown' } }],
    ['of another issuer', { claims: { iss: 'https://other.example.com' } }],
    ['of an issuer with a slash', { claims: { iss: 'slash' } }],
    ['without an issuer', { claims: { iss: undefined } }],
    ['for another client', { claims: { aud: 'another-client' } }],
    ['for the token’s audience', { claims: { aud: 'https://mcp.example.com/mcp' } }],
    ['for other clients', { claims: { aud: ['a', 'b'] } }],
    ['for nobody', { claims: { aud: undefined } }],
    ['for an empty list', { claims: { aud: [] } }],
    ['for an object', { claims: { aud: { 0: CREDENTIALS.clientId } } }],
    ['without iat', { claims: { iat: undefined } }],
    ['with iat as a text', { claims: { iat: '4000000000' } }],
    ['from the future', { claims: { iat: 4_000_000_006 } }],
    ['from long ago', { claims: { iat: 3_999_999_934 } }],
    ['that has expired', { claims: { exp: 3_999_999_995 } }],
    ['with exp as a text', { claims: { exp: '9999999999' } }],
    ['that is not valid yet', { claims: { nbf: 4_000_000_006 } }],
    ['without the answer', { claims: { token_introspection: undefined } }],
    ['with a list as the answer', { claims: { token_introspection: [{ active: true }] } }],
    ['with a text as the answer', { claims: { token_introspection: '{"active":true}' } }],
    ['with null as the answer', { claims: { token_introspection: null } }],
    ['with an empty answer', { claims: { token_introspection: {}, active: true } }],
    ['with "active" as a text', { members: { active: 'true' } }],
    ['with a member of the wrong type', { members: { exp: 'tomorrow' } }],
  ])('RFC9701-1 RFC7662-3: %s is 503', async (_what, changes) => {
    await using issuer = await startIssuer({ clock: createTestClock(4_000_000_000_000) })
    const slash = { claims: { iss: `${issuer.issuer}/` } }
    const claims = changes.claims as { iss?: string } | undefined
    const answer = await signed(issuer, claims?.iss === 'slash' ? slash : changes)
    expect(await decide(issuer, answer)).toEqual(INVALID)
  })

  it('RFC9701-1: the same answer without a change is accepted', async () => {
    await using issuer = await startIssuer({ clock: createTestClock(4_000_000_000_000) })
    expect(await decide(issuer, await signed(issuer))).toMatchObject(allowed)
  })

  it('RFC9701-1: whose clock is a little off is accepted, to the second', async () => {
    await using issuer = await startIssuer({ clock: createTestClock(4_000_000_000_000) })
    for (const iat of [3_999_999_935, 4_000_000_005]) {
      const answer = await signed(issuer, { claims: { iat } })
      expect(await decide(issuer, answer)).toMatchObject(allowed)
    }
  })

  it('RFC9701-1: signed by a stranger under the issuer’s key id is 503', async ({ issuer }) => {
    const stranger = createTestKey({ keyId: issuer.signer.keyId })
    const forged = await signed({ ...issuer, signer: stranger })
    expect(await decide(issuer, forged)).toEqual(INVALID)
  })

  it('RFC9701-1: unsigned, damaged or encrypted is 503', async ({ issuer }) => {
    const good = await signed(issuer)
    const [header, payload = '', signature] = good.split('.')
    const none = Buffer.from('{"alg":"none","typ":"token-introspection+jwt"}').toString('base64url')
    const encrypted = await new CompactEncrypt(Buffer.from(good))
      .setProtectedHeader({ alg: 'dir', enc: 'A128CBC-HS256', cty: 'JWT' })
      .encrypt(new Uint8Array(32))
    const bodies = [
      `${none}.${payload}.`,
      `${none}.${payload}.${signature}`,
      `${header}.${payload}.`,
      `${header}.${payload}`,
      `${good}\n`,
      `${good}.x`,
      `${header}.${Buffer.from('{"active":true}').toString('base64url')}.${signature}`,
      JSON.stringify({ active: true, ...issuer.claims() }),
      '',
      encrypted,
    ]
    for (const body of bodies) expect(await decide(issuer, body), body).toEqual(INVALID)
    expect(await decide(issuer, encrypted)).toMatchObject({
      detail: expect.stringContaining('introspection_encrypted_response_alg'),
    })
  })

  it('RFC9701-1: with an algorithm that is not accepted is 503, and the detail says what to change', async ({
    issuer,
  }) => {
    issuer.discovery.answers(json(issuer.metadata()))
    issuer.introspection.answers(raw(await signed(issuer), SIGNED))
    const gate = issuer.gate({
      verification: 'introspection',
      introspection: { ...CREDENTIALS, signedAnswers: 'required' },
      algorithms: ['RS256'],
    })
    const decision = await ask(gate, 'opaque')
    expect(decision).toEqual(INVALID)
    expect(decision).toMatchObject({
      detail: expect.stringContaining('introspection_signed_response_alg'),
    })
  })

  it('RFC9701-1 RFC7662-3: is 503 while the keys cannot be fetched', async ({ issuer }) => {
    issuer.keys.answers(status(500))
    const decision = await decide(issuer, await signed(issuer))
    expect(decision).toEqual(unavailable('key_set_unavailable'))
  })

  it('S1.7: shows neither the token nor the secret that it repeats', async ({ issuer }) => {
    const token = 'a-token-that-is-long-enough-to-be-seen'
    for (const text of [token, CREDENTIALS.clientSecret]) {
      const changes = [
        { claims: { iss: text } },
        { claims: { aud: text } },
        { header: { typ: text } },
      ]
      for (const changed of text === token ? [...changes, { header: { kid: text } }] : changes) {
        issuer.introspection.answers(raw(await signed(issuer, changed), SIGNED))
        const decision = await ask(gateOf(issuer), token)
        expect(decision).toEqual(INVALID)
        expect(inspect(decision, { depth: 9 })).not.toContain(text)
      }
    }
  })
})

describe('the key of a signed answer', () => {
  it('RFC9701-1 RFC8725-2: that is new is fetched, and one that was withdrawn is no longer trusted', async ({
    issuer,
  }) => {
    const gate = gateOf(issuer, { options: { cache: false } })
    const by = async (signer: LocalIssuer['signer']) => {
      issuer.introspection.answers(raw(await signed({ ...issuer, signer }), SIGNED))
      return ask(gate, 'opaque')
    }
    expect(await by(issuer.signer)).toMatchObject(allowed)
    const next = createTestKey()
    expect(await by(next)).toEqual(INVALID)
    issuer.clock.advance(11)
    issuer.publish(next.publicKey)
    expect(await by(next)).toMatchObject(allowed)
    expect(await by(issuer.signer)).toEqual(INVALID)
  })
})

describe('a plain answer', () => {
  it('RFC9701-1: is accepted although a signed one was asked for, unless it is required', async ({
    issuer,
  }) => {
    expect(await decide(issuer, issuer.active())).toMatchObject(allowed)
    const decision = await decide(issuer, issuer.active(), { mode: 'required' })
    expect(decision).toEqual(INVALID)
    expect(decision).toMatchObject({ detail: expect.stringContaining('signedAnswers') })
  })

  it('RFC9701-1: without "active" is 503, also if a member contains a signed answer', async ({
    issuer,
  }) => {
    const answer = json({ jwt: await signed(issuer), token_introspection: { active: true } })
    expect(await decide(issuer, answer)).toEqual(INVALID)
  })

  it('RFC9701-1 S1.7: the member "jwt" of older Keycloaks is ignored, and is no claim', async ({
    issuer,
  }) => {
    const jwt = await signed(issuer, { members: { sub: 'mallory', scope: 'admin' } })
    const members = { active: true, token_type: 'Bearer', typ: 'Bearer', azp: 'a-client', jwt }
    issuer.introspection.answers(json({ ...issuer.claims(), ...members }))
    const gate = issuer.gate({
      profile: keycloakProfile,
      verification: 'introspection',
      introspection: CREDENTIALS,
    })
    const decision = await ask(gate, 'opaque')
    expect(decision).toMatchObject({
      outcome: 'allowed',
      token: { subject: 'alice', scopes: ['mcp:tools'] },
    })
    expect(JSON.stringify(decision)).not.toContain(jwt.slice(-40))
  })

  it('RFC9701-1: with "never" a signed answer is 503', async ({ issuer }) => {
    expect(await decide(issuer, await signed(issuer), { mode: 'never' })).toEqual(INVALID)
  })
})

describe('a signed answer as an access token', () => {
  const anything = { name: 'lenient', requiredClaims: [], checkType() {} }

  it.each([
    'token-introspection+jwt',
    SIGNED,
    'TOKEN-INTROSPECTION+JWT',
    'at+jwt',
    'JWT',
    undefined,
  ])('RFC9701-1 RFC9068-1: is refused by every profile, called %s', async (typ) => {
    await using issuer = await startIssuer()
    const claims = { ...issuer.claims(), typ: 'Bearer', azp: 'a-client' }
    const token = await signed(issuer, { claims, header: { typ } })
    const bare = await issuer.signer.sign(claims, { typ })
    for (const profile of [undefined, keycloakProfile, anything]) {
      const gate = issuer.gate(profile === undefined ? {} : { profile })
      expect(await ask(gate, token)).toMatchObject(refused('token_type_refused'))
      // The profile itself accepts the token without the claim.
      const other = /introspection/i.test(typ ?? '')
      if (profile === anything && !other) expect(await ask(gate, bare)).toMatchObject(allowed)
    }
  })

  it.each([
    'client-authentication+jwt',
    'dpop+jwt',
    'logout+jwt',
    'oauth-authz-req+jwt',
    'oauth-id-jag+jwt',
    'secevent+jwt',
    'Application/SecEvent+JWT',
  ])('RFC9068-1: a JWT called %s is refused by a profile that accepts everything', async (typ) => {
    await using issuer = await startIssuer()
    const gate = issuer.gate({ profile: anything })
    expect(await ask(gate, await issuer.token({}, { typ }))).toMatchObject(
      refused('token_type_refused'),
    )
  })
})
