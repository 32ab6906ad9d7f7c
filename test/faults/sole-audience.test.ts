import { describe, expect, it } from 'vitest'
import { keycloakProfile } from '../../src/keycloak/profile.ts'
import { allowed, ask, refused } from '../support/decisions.ts'

import {
  CREDENTIALS,
  type IssuerOptions,
  RESOURCE,
  startIssuer,
} from '../support/issuers/local-issuer.ts'

const OTHER = 'https://other.example.com/mcp'

type Audience = string | readonly string[] | undefined

interface Case {
  readonly signed: Audience
  readonly answered: Audience
  readonly sole: boolean
  readonly options: IssuerOptions
}

/** A JWT with one audience, and an answer about it with another. */
async function decide({ signed, answered, sole, options }: Case) {
  await using issuer = await startIssuer()
  const claims = { jti: 'one', typ: 'Bearer', azp: 'a-client' }
  issuer.introspection.answers(issuer.active({ ...claims, aud: answered }))
  const gate = issuer.gate(
    { profile: keycloakProfile, introspection: CREDENTIALS, ...options },
    { exclusiveAudience: sole },
  )
  const light = signed === undefined ? { sub: undefined } : {}
  const token = await issuer.token({ ...claims, ...light, aud: signed }, { typ: 'JWT' })
  return await ask(gate, token)
}

const HYBRID: IssuerOptions = { verification: 'hybrid', confirm: 'always' }
const INTROSPECTING: IssuerOptions = { verification: 'introspection' }

describe('exclusiveAudience in hybrid mode', () => {
  const options = HYBRID
  it.each<[string, Audience, Audience]>([
    ['Keycloak’s answer about a narrowed token', RESOURCE, [RESOURCE, OTHER]],
    ['the same in another order', [RESOURCE], [OTHER, RESOURCE]],
    ['the same audience', [RESOURCE], RESOURCE],
    ['an answer without any', RESOURCE, undefined],
    ['a lightweight token whose answer names us alone', undefined, RESOURCE],
  ])(
    'RFC7662-5 RFC8707-1: checks the signed audience and allows %s',
    async (_what, signed, answered) => {
      expect(await decide({ signed, answered, sole: true, options })).toMatchObject(allowed)
    },
  )

  it.each<[string, Audience, Audience]>([
    ['a token that names others too', [RESOURCE, OTHER], RESOURCE],
    ['an answer that does not name us', RESOURCE, OTHER],
    ['a lightweight token whose answer names others too', undefined, [RESOURCE, OTHER]],
  ])('RFC7662-5 MCP-14: refuses %s', async (_what, signed, answered) => {
    const decision = await decide({ signed, answered, sole: true, options })
    expect(decision).toMatchObject(refused('audience_mismatch'))
  })
})

describe('a JWT in introspection mode, where its own claims are not verified', () => {
  const options = INTROSPECTING
  it.each([false, true])(
    'MCP-14 RFC8707-1: that was narrowed to another server is refused, whatever the answer says (exclusiveAudience %s)',
    async (sole) => {
      for (const answered of [RESOURCE, [RESOURCE, OTHER]]) {
        const decision = await decide({ signed: OTHER, answered, sole, options })
        expect(decision).toMatchObject(refused('audience_mismatch'))
      }
    },
  )

  it('MCP-14: is refused when its own "aud" names this server and the answer’s does not', async () => {
    const other = await decide({ signed: RESOURCE, answered: OTHER, sole: false, options })
    expect(other).toMatchObject(refused('audience_mismatch'))
    const none = await decide({ signed: RESOURCE, answered: undefined, sole: false, options })
    expect(none).toMatchObject(refused('audience_missing'))
  })

  it.each<[string, Audience, Audience]>([
    ['the answer', RESOURCE, [RESOURCE, OTHER]],
    ['the token', [RESOURCE, OTHER], RESOURCE],
  ])(
    'MCP-14: with exclusiveAudience is refused when a second audience is in %s',
    async (_what, signed, answered) => {
      const decision = await decide({ signed, answered, sole: true, options })
      expect(decision).toMatchObject(refused('audience_mismatch'))
      expect(await decide({ signed, answered, sole: false, options })).toMatchObject(allowed)
    },
  )

  it('RFC7662-5: is accepted when only the answer has an "aud"', async () => {
    const decision = await decide({ signed: undefined, answered: RESOURCE, sole: true, options })
    expect(decision).toMatchObject(allowed)
  })
})

describe('a JWT in a form that a lenient authorization server reads all the same', () => {
  const CHANGES: [string, (token: string) => string][] = [
    ['as it is', (token) => token],
    ['padding at the end', (token) => `${token}=`],
    ['a dot at the end', (token) => `${token}.`],
    ['two dots at the end', (token) => `${token}..`],
    ['three dots at the end', (token) => `${token}...`],
    ['no signature', (token) => token.slice(0, token.lastIndexOf('.') + 1)],
    ['another alphabet in the signature', (token) => `${token.slice(0, -2)}+/`],
    ['a signature that is not Base64url', (token) => `${token.slice(0, -20)}!`],
    ['another header', (token) => `e30${token.slice(token.indexOf('.'))}`],
  ]
  it.each(CHANGES)(
    'MCP-14: is still compared with the claims in its payload: %s',
    async (_what, change) => {
      await using issuer = await startIssuer()
      const claims = issuer.claims({ jti: 'one' })
      const gate = issuer.gate({ ...INTROSPECTING, introspection: CREDENTIALS })
      const verdict = async (own: object, answer: object) => {
        issuer.introspection.answers(issuer.active({ ...claims, ...answer }))
        const token = change(await issuer.token({ ...claims, ...own }))
        return await gate.verify(token).catch((error: { reason: string }) => error.reason)
      }
      expect(await verdict({ aud: OTHER }, { aud: [RESOURCE, OTHER] })).toBe('audience_mismatch')
      expect(await verdict({}, { sub: 'mallory' })).toBe('introspection_mismatch')
    },
  )
})

describe('a token with two dots, in introspection mode', () => {
  it.each(['a.b.c', 'e30.e30.e30', 'eyJhbGciOiJub25lIn0.bm90IGpzb24.c2ln', 'ref.1234.5678'])(
    'RFC7662-5: is accepted by the answer alone: %s',
    async (token) => {
      await using issuer = await startIssuer()
      issuer.introspection.answers(issuer.active())
      const gate = issuer.gate({ ...INTROSPECTING, introspection: CREDENTIALS })
      expect(await ask(gate, token)).toMatchObject(allowed)
    },
  )

  it.each([
    ['sub', { sub: 'mallory' }],
    ['azp', { azp: 'another' }],
    ['client_id', { client_id: 'another' }],
    ['jti', { jti: 'another' }],
    ['exp', { exp: 4_000_000_000 }],
    ['iss', { iss: 'https://other.example.com' }],
  ])('RFC7662-3: a JWT whose answer has another %s is 503', async (_name, changes) => {
    await using issuer = await startIssuer()
    const claims = issuer.claims({ jti: 'one' })
    issuer.introspection.answers(issuer.active({ ...claims, ...changes }))
    const gate = issuer.gate({ ...INTROSPECTING, introspection: CREDENTIALS })
    const decision = await ask(gate, await issuer.token({ ...claims, azp: 'a-client' }))
    expect(decision).toMatchObject({ status: 503, reason: 'introspection_mismatch' })
  })

  it.each([
    [{ azp: 'a', client_id: undefined }, { client_id: 'b' }],
    [{ client_id: 'a' }, { azp: 'b', client_id: undefined }],
  ])('RFC7662-3: a JWT with the client %j and an answer with %j is 503', async (own, answer) => {
    await using issuer = await startIssuer()
    const claims = issuer.claims({ jti: 'one' })
    const gate = issuer.gate({ ...INTROSPECTING, introspection: CREDENTIALS })
    issuer.introspection.answers(issuer.active({ ...claims, ...answer }))
    const decision = await ask(gate, await issuer.token({ ...claims, ...own }))
    expect(decision).toMatchObject({ status: 503, reason: 'introspection_mismatch' })
  })
})
