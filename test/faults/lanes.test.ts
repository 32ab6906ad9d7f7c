import {
  type ChallengeError,
  createHybridVerifier,
  createIntrospectionVerifier,
  createResourceServer,
  type IntrospectionOptions,
  type TokenVerifier,
} from '../../src/index.ts'
import { keycloak } from '../../src/keycloak/index.ts'
import { createTestKey } from '../../src/testing/create-test-key.ts'
import { allowed, ask, refused } from '../support/decisions.ts'
import { type Held, held, inactive, json } from '../support/issuers/answers.ts'
import { describe, expect, it } from '../support/issuers/it.ts'
import {
  AT_JWT,
  CREDENTIALS,
  type LocalIssuer,
  RESOURCE,
  startIssuer,
} from '../support/issuers/local-issuer.ts'
import type { Answer } from '../support/issuers/loopback-server.ts'
import { PATIENT_HTTP } from '../support/patient-http.ts'

const STRANGERS = 1100
const GOOD = 40
/** Time limits that no call of these tests reaches. */

/** Confirms JWTs at once. Answers about other tokens wait until the test releases them. */
function confirmingJwts(hanging: Held): Answer {
  return (received, response) => {
    const token = new URLSearchParams(received.body).get('token') ?? ''
    return token.includes('.')
      ? json({ active: true })(received, response)
      : hanging.answer(received, response)
  }
}

async function goodCallers(
  gate: Parameters<typeof ask>[0],
  issuer: Pick<LocalIssuer, 'token'>,
): Promise<string[]> {
  const tokens = await Promise.all(Array.from({ length: GOOD }, () => issuer.token()))
  const decisions = await Promise.all(tokens.map((token) => ask(gate, token)))
  return decisions.map(({ outcome }) => outcome)
}

describe('callers with made-up opaque tokens', () => {
  it('RFC7662-3: do not delay the confirmation of JWTs', async ({ issuer }) => {
    const hanging = held(inactive())
    issuer.introspection.answers(confirmingJwts(hanging))
    const gate = issuer.gate(
      { introspection: CREDENTIALS, confirm: 'always' },
      { http: PATIENT_HTTP },
    )
    const strangers = Array.from({ length: STRANGERS }, (_, at) => ask(gate, `stranger-${at}`))
    await hanging.arrived
    expect(await goodCallers(gate, issuer)).toEqual(Array(GOOD).fill('allowed'))
    hanging.release()
    const reasons = (await Promise.all(strangers)).map((decision) =>
      'reason' in decision ? decision.reason : decision.outcome,
    )
    expect(new Set(reasons)).toEqual(new Set(['token_inactive', 'overloaded']))
  })

  it('S1.8: are refused without a call with the defaults of keycloak()', async () => {
    await using issuer = await startIssuer({ path: '/realms/acme' })
    issuer.introspection.answers(json({ active: true }))
    const gate = createResourceServer({
      resource: RESOURCE,
      authorizationServer: keycloak(issuer.issuer, { ...CREDENTIALS, confirm: 'always' }),
      clock: issuer.clock,
      http: PATIENT_HTTP,
    })
    for (const decision of await Promise.all(
      Array.from({ length: STRANGERS }, (_, at) => ask(gate, `stranger-${at}`)),
    )) {
      expect(decision).toMatchObject(refused('token_opaque'))
    }
    expect(issuer.server.count()).toBe(0)
    const good = { token: () => issuer.token({ typ: 'Bearer', azp: 'a-client' }, { typ: 'JWT' }) }
    expect(await goodCallers(gate, good)).toEqual(Array(GOOD).fill('allowed'))
    await gate.close()
  })
})

describe('a verifier without a resource server', () => {
  it.each([
    ['createHybridVerifier', createHybridVerifier],
    ['createIntrospectionVerifier', createIntrospectionVerifier],
  ])(
    'S1.8: %s refuses opaque tokens with introspection.opaqueTokens false',
    async (_name, create) => {
      await using issuer = await startIssuer()
      issuer.introspection.answers(inactive())
      const verifierWith = (opaqueTokens: boolean) =>
        create({
          issuer: issuer.issuer,
          audience: RESOURCE,
          introspection: { ...CREDENTIALS, opaqueTokens },
        })
      const reason = (verifier: TokenVerifier) =>
        verifier.verify('stranger').catch((error: ChallengeError) => error.reason)
      expect(await reason(verifierWith(false))).toBe('token_opaque')
      expect(issuer.server.count()).toBe(0)
      expect(await reason(verifierWith(true))).toBe('token_inactive')
    },
  )
})

describe('a realm', () => {
  /** A second realm at the origin of the first. */
  async function neighbour(issuer: LocalIssuer) {
    const signer = createTestKey()
    const { origin } = issuer.server
    const url = `${origin}/realms/neighbour`
    issuer.server.on(
      '/.well-known/oauth-authorization-server/realms/neighbour',
      json(
        issuer.metadata({
          issuer: url,
          jwks_uri: `${url}/keys`,
          introspection_endpoint: `${url}/introspect`,
        }),
      ),
    )
    issuer.server.on('/realms/neighbour/keys', json({ keys: [signer.publicKey] }))
    issuer.server.on('/realms/neighbour/introspect', json({ active: true }))
    return { issuer: url, token: () => signer.sign(issuer.claims({ iss: url }), AT_JWT) }
  }

  it.each<[string, 'introspection' | 'keys', string, Partial<IntrospectionOptions>]>([
    ['that hangs at introspection', 'introspection', 'introspection', {}],
    ['that hangs at its keys', 'keys', 'hybrid', { opaqueTokens: false }],
  ])(
    'RFC7662-3: %s does not delay another realm of the same origin',
    async (_what, endpoint, verification, more) => {
      await using issuer = await startIssuer({ path: '/realms/acme' })
      const other = await neighbour(issuer)
      const hanging = held(json({ active: false, keys: [issuer.signer.publicKey] }))
      issuer[endpoint].answers(hanging.answer)
      const gate = createResourceServer({
        resource: RESOURCE,
        authorizationServer: [
          {
            issuer: issuer.issuer,
            verification: verification as 'introspection' | 'hybrid',
            introspection: { ...CREDENTIALS, ...more },
          },
          {
            issuer: other.issuer,
            introspection: { ...CREDENTIALS, opaqueTokens: false },
            confirm: 'always',
          },
        ],
        clock: issuer.clock,
        http: { ...PATIENT_HTTP, connections: 1, maxPending: 5 },
      })
      const own = await Promise.all(Array.from({ length: 20 }, () => issuer.token()))
      const waiting = own.map((token) => ask(gate, token))
      await hanging.arrived
      for (let caller = 0; caller < GOOD; caller += 1) {
        expect(await ask(gate, await other.token())).toMatchObject(allowed)
      }
      // Until now the other realm has not answered.
      expect(hanging.abandoned).toBe(false)
      hanging.release()
      await Promise.all(waiting)
      await gate.close()
    },
  )
})
