import { describe, expect, it } from 'vitest'
import { mcpTokenVerifier } from '../../../src/adapters/mcp-sdk.ts'
import { keycloakProfile } from '../../../src/keycloak/profile.ts'
import { createResourceServer } from '../../../src/resource-server/resource-server.ts'
import type { Confirmation } from '../../../src/token/confirmation.ts'
import { PresentedToken } from '../../../src/token/presented-token.ts'
import { verificationBehind } from '../../../src/verification/bearer-only.ts'
import { createCachedVerifier } from '../../../src/verification/cached-verifier.ts'
import { createVerifiedToken } from '../../../src/verification/create-verified-token.ts'
import { createHybridVerifier } from '../../../src/verification/hybrid-verifier.ts'
import { createIntrospectionVerifier } from '../../../src/verification/introspection-verifier.ts'
import { createJwtVerifier } from '../../../src/verification/jwt-verifier.ts'
import type { TokenVerifier } from '../../../src/verification/token-verifier.ts'
import { dpopRequest, makeDpopKey, signProof } from '../../support/dpop.ts'
import {
  answering,
  bearer,
  CLAIMS,
  type Claims,
  CORRELATION_ID,
  clock,
  INTROSPECTION,
  ISSUER,
  invalidToken,
  judge,
  KEYCLOAK_CLAIMS,
  NOW,
  RESOURCE,
  rsaKey,
  signKeycloakToken,
  signToken,
} from '../../support/tokens.ts'

const common = { issuer: ISSUER, audience: RESOURCE, clock }
const keys = { keys: [rsaKey.publicKey as Record<string, unknown>] }
const introspection = INTROSPECTION

type Make = (answer: Claims, more?: { maxTokenLength?: number }) => TokenVerifier

const OURS: Readonly<Record<string, Make>> = {
  createJwtVerifier: (_answer, more) => createJwtVerifier({ ...common, ...more, keys }),
  createIntrospectionVerifier: (answer, more) =>
    createIntrospectionVerifier({ ...common, ...more, introspection, http: answering(answer) }),
  createHybridVerifier: (answer, more) =>
    createHybridVerifier({ ...common, ...more, keys, introspection, http: answering(answer) }),
}

const userWritten = (fields: object): TokenVerifier => ({
  verify: async () =>
    createVerifiedToken({ issuer: ISSUER, expiresAt: NOW + 300, scopes: ['mcp:tools'], ...fields }),
})

const gateOf = (verifier: TokenVerifier) =>
  createResourceServer({
    resource: RESOURCE,
    authorizationServer: ISSUER,
    requiredScopes: ['mcp:tools'],
    verifier,
    clock,
    correlationId: () => CORRELATION_ID,
  })

const UNMET = { reason: 'sender_constraint_unmet', status: 401 }

const BINDINGS: readonly [string, Claims][] = [
  ['RFC9449-2: a DPoP key', { jkt: 'x' }],
  ['RFC8705-1: a certificate', { 'x5t#S256': 'x' }],
]

describe.each(Object.entries(OURS))('%s', (name, make) => {
  it.each(BINDINGS)('refuses what is bound to %s', async (_what, cnf) => {
    const bound = { ...CLAIMS, cnf }
    const token = await signToken({ claims: { cnf } })
    const verifiers = [make(bound), createCachedVerifier(make(bound), { clock })]
    for (const verifier of verifiers) {
      for (let call = 0; call < 2; call += 1) {
        await expect(verifier.verify(token)).rejects.toMatchObject(UNMET)
      }
    }
  })

  it('RFC9449-2: at the gate possession is checked at each request, on a hit too', async () => {
    const cnf = { jkt: 'x' }
    const token = await signToken({ claims: { cnf } })
    const made = make({ ...CLAIMS, cnf })
    for (const verifier of [made, createCachedVerifier(made, { clock })]) {
      const gate = gateOf(verifier)
      for (let call = 0; call < 2; call += 1) {
        expect(await judge(token, gate)).toEqual(invalidToken('sender_constraint_unmet'))
        await expect(gate.verify(token)).rejects.toMatchObject(UNMET)
        await expect(mcpTokenVerifier(gate).verifyAccessToken(token)).rejects.toThrow(/not valid/)
      }
    }
  })

  it('gives the gate its verification, also behind a cache', async () => {
    const verifier = make(CLAIMS)
    expect(verificationBehind(verifier)).toBe(verificationBehind(verifier))
    const found = await verificationBehind(createCachedVerifier(verifier, { clock }))
    expect(found.verification.constructor.name).toBe('CachedVerification')
  })

  it('RFC7662-6: keeps its own limit of length behind a cache and a gate', async () => {
    const verifier = make(CLAIMS, { maxTokenLength: 64 })
    const token = await signToken()
    const tooLong = { reason: 'token_too_long' }
    await expect(verifier.verify(token)).rejects.toMatchObject(tooLong)
    const cached = createCachedVerifier(verifier, { clock })
    await expect(cached.verify(token)).rejects.toMatchObject(tooLong)
    for (const behind of [verifier, cached]) {
      await expect(gateOf(behind).verify(token)).rejects.toMatchObject(tooLong)
      expect((await gateOf(behind).authenticate(bearer(token))).outcome).toBe('challenged')
    }
  })

  it('is asked by its own verify() where its user has replaced that', async () => {
    const verifier = make(CLAIMS)
    const original = verifier.verify
    let blocked = 0
    verifier.verify = async (token, context) => {
      blocked += 1
      if (blocked > 0) throw new Error(`${name} is switched off`)
      return original(token, context)
    }
    const token = await signToken()
    expect(await gateOf(verifier).authenticate(bearer(token))).toMatchObject({ status: 503 })
    await expect(createCachedVerifier(verifier, { clock }).verify(token)).rejects.toThrow(/off/)
    expect(blocked).toBe(2)
  })
})

describe('a verifier that a user wrote', () => {
  it.each(BINDINGS)(
    'cannot prove possession, so a bound token is refused: %s',
    async (_what, cnf) => {
      const verifier = userWritten({ confirmation: cnf })
      const gate = gateOf(verifier)
      expect(await judge('opaque', gate)).toEqual(invalidToken('sender_constraint_unmet'))
      await expect(gate.verify('opaque')).rejects.toMatchObject(UNMET)
      const cached = createCachedVerifier(verifier, { clock })
      for (let call = 0; call < 2; call += 1) {
        await expect(cached.verify('opaque')).rejects.toMatchObject(UNMET)
        expect(await judge('opaque', gateOf(cached))).toEqual(
          invalidToken('sender_constraint_unmet'),
        )
      }
    },
  )

  it.each(BINDINGS)(
    'RFC9449-2: a token whose binding is only among the claims is refused: %s',
    async (_what, cnf) => {
      const verifier = userWritten({ claims: { cnf } })
      const cached = createCachedVerifier(verifier, { clock })
      for (const one of [verifier, cached, cached]) {
        const gate = gateOf(one)
        expect(await judge('opaque', gate)).toEqual(invalidToken('sender_constraint_unmet'))
        await expect(gate.verify('opaque')).rejects.toMatchObject(UNMET)
      }
    },
  )

  it.each([null, 'jkt', 5, []])(
    'RFC9449-2: a binding that is %j is a mistake of it',
    async (cnf) => {
      const good = await userWritten({}).verify('a')
      const verifier: TokenVerifier = {
        verify: async () => ({ ...good, confirmation: cnf as never }),
      }
      expect(await gateOf(verifier).authenticate(bearer('opaque'))).toMatchObject({
        status: 503,
        reason: 'verifier_failed',
      })
    },
  )

  it.each<[string, object, Claims, object]>([
    [
      'a member that nobody can check',
      { foo: 'x' },
      {},
      { status: 401, reason: 'confirmation_unknown' },
    ],
    ['a key that is no text', { 'x5t#S256': 5 }, {}, { status: 401, reason: 'claim_malformed' }],
    ['fewer members than the claims', {}, { 'x5t#S256': 'y' }, { reason: 'verifier_failed' }],
    ['another key than the claims', {}, { jkt: 'y' }, { status: 503, reason: 'verifier_failed' }],
  ])('CNF-1 RFC9449-2: the key is not enough if the binding has %s', async (...row) => {
    const [, more, claimed, expected] = row
    const key = await makeDpopKey()
    const good = await userWritten({}).verify('a')
    const confirmation = { jkt: key.thumbprint, ...more } as Confirmation
    const cnf = { jkt: key.thumbprint, ...claimed }
    const gate = gateOf({ verify: async () => ({ ...good, confirmation, claims: { cnf } }) })
    const proof = await signProof(key, { token: 'opaque' })
    expect(await gate.authenticate(dpopRequest('opaque', proof))).toMatchObject(expected)
  })

  it('RFC9449-2: a member of the binding may be undefined', async () => {
    const key = await makeDpopKey()
    const cnf = { jkt: key.thumbprint }
    const verifier = userWritten({
      confirmation: { ...cnf, 'x5t#S256': undefined } as never,
      claims: { cnf },
    })
    const proof = await signProof(key, { token: 'opaque' })
    expect(await gateOf(verifier).authenticate(dpopRequest('opaque', proof))).toMatchObject({
      outcome: 'allowed',
      possession: ['dpop'],
    })
  })

  it('is asked less often behind a cache', async () => {
    let asked = 0
    const inner = userWritten({ subject: 'alice' })
    const cached = createCachedVerifier(
      {
        verify: (token) => {
          asked += 1
          return inner.verify(token)
        },
      },
      { clock },
    )
    const gate = gateOf(cached)
    for (let call = 0; call < 3; call += 1) {
      expect((await gate.authenticate(bearer('opaque'))).outcome).toBe('allowed')
      expect((await cached.verify('opaque')).subject).toBe('alice')
    }
    expect(asked).toBe(1)
  })
})

describe('a verification of hybrid', () => {
  const bindings = async (signed: Claims, answered: Claims) => {
    const { verification } = verificationBehind(
      createHybridVerifier({
        ...common,
        keys,
        introspection,
        profile: keycloakProfile,
        http: answering({ ...KEYCLOAK_CLAIMS, ...answered }),
      }),
    )
    const presented = new PresentedToken(await signKeycloakToken({ claims: signed }))
    return (await verification.verify(presented, {})).token.confirmation
  }

  it.each<[string, Claims]>([
    ['confirmed', {}],
    ['completed', { aud: undefined, sub: undefined }],
  ])('RFC9449-2: has the bindings of JWT and answer: %s', async (_how, left) => {
    const [jkt, x5t] = [{ jkt: 'a' }, { 'x5t#S256': 'b' }]
    expect(await bindings({ ...left, cnf: jkt }, { cnf: x5t })).toEqual({ ...jkt, ...x5t })
    expect(await bindings({ ...left, cnf: jkt }, {})).toEqual(jkt)
    expect(await bindings(left, { cnf: x5t })).toEqual(x5t)
    expect(await bindings(left, {})).toBeUndefined()
  })
})

describe('a JWT that introspection verifies', () => {
  const verify = (cnf: unknown, answer: Claims) =>
    signToken({ claims: { cnf } }).then((token) =>
      OURS.createIntrospectionVerifier?.({ ...CLAIMS, ...answer }).verify(token),
    )

  it('RFC9449-2: is as bound as it says, whatever the answer leaves out', async () => {
    await expect(verify({ jkt: 'x' }, {})).rejects.toMatchObject(UNMET)
    await expect(verify({ kid: 'x' }, {})).rejects.toMatchObject({ reason: 'confirmation_unknown' })
    await expect(verify(undefined, { cnf: { jkt: 'x' } })).rejects.toMatchObject(UNMET)
    expect((await verify(undefined, {}))?.subject).toBe('alice')
  })

  it('RFC7662-3: whose answer names another key is 503', async () => {
    await expect(verify({ jkt: 'x' }, { cnf: { jkt: 'y' } })).rejects.toMatchObject({
      reason: 'introspection_mismatch',
      status: 503,
    })
  })
})
