import { keycloakProfile } from '../../src/keycloak/profile.ts'
import { createTestKey } from '../../src/testing/create-test-key.ts'
import { allowed, ask, refused, unavailable } from '../support/decisions.ts'
import { inactive, json, status } from '../support/issuers/answers.ts'
import { describe, expect, it } from '../support/issuers/it.ts'
import {
  CREDENTIALS,
  type LocalIssuer,
  RESOURCE,
  startIssuer,
} from '../support/issuers/local-issuer.ts'

/** What Keycloak leaves out of a lightweight token, and how it marks what is left. */
const LIGHT = { aud: undefined, sub: undefined, client_id: undefined, scope: undefined }
const KEYCLOAK = { typ: 'Bearer', azp: 'a-client', jti: 'this-token' }

function lightweight(issuer: LocalIssuer, changes: object = {}, header = {}): Promise<string> {
  return issuer.token({ ...LIGHT, ...KEYCLOAK, ...changes }, { typ: 'JWT', ...header })
}

function gateOf(issuer: LocalIssuer) {
  return issuer.gate({ profile: keycloakProfile, introspection: CREDENTIALS, confirm: 'never' })
}

function complete(issuer: LocalIssuer, changes: object = {}) {
  issuer.introspection.answers(issuer.active({ ...KEYCLOAK, ...changes }))
}

describe('a lightweight token of Keycloak', () => {
  it('RFC7662-5: is completed by introspection, once', async ({ issuer }) => {
    complete(issuer)
    expect(await ask(gateOf(issuer), await lightweight(issuer))).toMatchObject({
      outcome: 'allowed',
      token: {
        subject: 'alice',
        clientId: 'a-client',
        audience: [RESOURCE],
        scopes: ['mcp:tools'],
        format: 'jwt',
        verifiedBy: 'signature_and_introspection',
      },
    })
    expect(issuer.introspection.count()).toBe(1)
  })

  it('is completed where only one of subject and audience is left out', async ({ issuer }) => {
    complete(issuer)
    const gate = gateOf(issuer)
    expect(await ask(gate, await lightweight(issuer, { sub: 'alice' }))).toMatchObject(allowed)
    expect(await ask(gate, await lightweight(issuer, { aud: RESOURCE }))).toMatchObject(allowed)
    expect(issuer.introspection.count()).toBe(2)
  })

  it('has the signed scopes, and none that only the answer names', async ({ issuer }) => {
    complete(issuer, { scope: 'mcp:tools mcp:admin' })
    const token = await lightweight(issuer, { scope: 'mcp:tools' })
    expect(await ask(gateOf(issuer), token)).toMatchObject({
      outcome: 'allowed',
      token: { scopes: ['mcp:tools'] },
    })
  })

  it('RFC7662-5 MCP-12: loses a signed scope that the answer does not name', async ({ issuer }) => {
    const gate = gateOf(issuer)
    const scopesOf = async (signed: object, answered: object) => {
      complete(issuer, answered)
      const decision = await ask(gate, await lightweight(issuer, signed))
      return 'token' in decision ? decision.token.scopes : decision.reason
    }
    const both = { scope: 'mcp:tools mcp:admin' }
    expect(await scopesOf(both, { scope: 'mcp:tools' })).toEqual(['mcp:tools'])
    expect(await scopesOf(both, { scope: '' })).toEqual([])
    expect(await scopesOf(both, { scope: undefined })).toEqual(['mcp:tools', 'mcp:admin'])
    expect(await scopesOf({}, both)).toEqual(['mcp:tools', 'mcp:admin'])
  })

  it('RFC7662-4: is cached for as long as any introspection answer: 30 s', async ({ issuer }) => {
    complete(issuer)
    const gate = gateOf(issuer)
    const token = await lightweight(issuer)
    expect(await ask(gate, token)).toMatchObject(allowed)
    issuer.clock.advance(29.9)
    expect(await ask(gate, token)).toMatchObject(allowed)
    expect(issuer.introspection.count()).toBe(1)
    issuer.introspection.answers(inactive())
    issuer.clock.advance(0.2)
    expect(await ask(gate, token)).toMatchObject(refused('token_inactive'))
  })

  it.each<[string, object, object]>([
    ['the token', { cnf: { jkt: 'a' } }, {}],
    ['the answer', {}, { cnf: { jkt: 'a' } }],
    ['both', { cnf: { jkt: 'a' } }, { cnf: { jkt: 'a' } }],
    ['two different keys', { cnf: { jkt: 'a' } }, { cnf: { 'x5t#S256': 'b' } }],
  ])(
    'RFC9449-2: is refused as a bearer token if it is bound to a key by %s',
    async (_who, signed, answered) => {
      await using issuer = await startIssuer()
      complete(issuer, answered)
      const gate = gateOf(issuer)
      const token = await lightweight(issuer, signed)
      for (let call = 0; call < 2; call += 1) {
        expect(await ask(gate, token)).toMatchObject(refused('sender_constraint_unmet'))
      }
      expect(issuer.introspection.count()).toBe(1)
    },
  )

  it('RFC9700-1: is refused from the cache once its key is retired', async ({ issuer }) => {
    complete(issuer)
    const gate = gateOf(issuer)
    const token = await lightweight(issuer)
    expect(await ask(gate, token)).toMatchObject(allowed)
    const young = createTestKey()
    issuer.publish(young.publicKey)
    const next = await young.sign(issuer.claims({ ...KEYCLOAK, jti: 'next' }), { typ: 'JWT' })
    expect(await ask(gate, next)).toMatchObject(allowed)
    expect(await ask(gate, token)).toMatchObject(refused('key_unknown'))
  })
})

describe('a lightweight token whose completion fails', () => {
  it.each<[string, object]>([
    ['token’s id', { jti: 'another-token' }],
    ['client', { azp: 'another-client' }],
    ['issuer', { iss: 'https://x.example' }],
    ['expiry', { exp: 9_999_999_999 }],
    ['expiry that has passed', { exp: 1 }],
  ])('RFC7662-3: is 503 if the answer has another %s', async (_what, changes) => {
    await using issuer = await startIssuer()
    complete(issuer, changes)
    const decision = await ask(gateOf(issuer), await lightweight(issuer))
    expect(decision).toEqual(unavailable('introspection_mismatch'))
  })

  it.each([
    ['an error', status(500), 'introspection_unavailable'],
    ['without "active"', json({ sub: 'alice', aud: RESOURCE }), 'introspection_answer_invalid'],
  ])('RFC7662-3: is 503 if the answer is %s', async (_what, answer, reason) => {
    await using issuer = await startIssuer()
    issuer.introspection.answers(answer)
    const decision = await ask(gateOf(issuer), await lightweight(issuer))
    expect(decision).toEqual(unavailable(reason))
  })
})
