import fc from 'fast-check'
import { ChallengeError, createJwtVerifier } from '../../../src/index.ts'
import { adapterOf } from '../../../src/resource-server/adapter.ts'
import { signLogoutToken } from '../../support/logout-tokens.ts'
import { mutateToken } from '../../support/mutators/mutate-token.ts'
import { signSet } from '../../support/security-events.ts'
import {
  attackerKey,
  bearer,
  clock,
  ecKey,
  INTROSPECTION,
  ISSUER,
  NOW,
  noNetwork,
  RESOURCE,
  request,
  rsaKey,
  signKeycloakToken,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'
import { choice, edits } from '../support/arbitraries.ts'
import { check, checkDecision, documented, watchEvents } from '../support/properties.ts'
import type { Target } from '../support/target.ts'

const KEYS = { keys: [rsaKey.publicKey, ecKey.publicKey] }

/**
 * Mutants of tokens that are not signed anew. A token is accepted only if it is, to the letter, one that the
 * issuer has signed.
 */
export const tokens: Target<Input> = {
  name: 'tokens',
  executions: 6000,
  inputs: fc.record({
    base: choice,
    scheme: fc.constantFrom('Bearer', 'DPoP', 'bearer'),
    edits: edits(),
  }),
  async start() {
    const valid = [
      await signToken(),
      await signToken({ key: ecKey }),
      await signToken({ claims: { sub: 'bob', scope: 'mcp:tools mcp:admin', jti: 'token-2' } }),
    ]
    const bad = [
      await signKeycloakToken({ claims: { typ: 'ID' } }),
      await signToken({ claims: { exp: NOW - 3600, sub: 'carol' } }),
      await signToken({ claims: { aud: 'https://other.example.com', sub: 'carol' } }),
      await signToken({ key: attackerKey, claims: { sub: 'mallory' } }),
      await signLogoutToken(),
      await signSet(),
      'opaque-token-of-alice-0123456789',
    ]
    const genuine = new Set(valid)
    const donors = [...valid, ...bad]
    const verifier = createJwtVerifier({
      issuer: ISSUER,
      audience: RESOURCE,
      keys: KEYS,
      clock,
      http: { fetch: noNetwork },
    })
    const servers = [
      testResourceServer(),
      testResourceServer({ dpop: 'accepted', cache: false }),
      // An authorization server that calls whatever it is asked about inactive.
      testResourceServer({
        server: { introspection: { ...INTROSPECTION, opaqueTokens: true } },
        http: { fetch: async () => Response.json({ active: false }) },
      }),
    ] as const
    const checkEvents = watchEvents()

    return async ({ base, scheme, edits: changes }) => {
      const mutant = mutateToken(valid[base % valid.length] ?? '', changes, donors)
      const secrets = [mutant, ...valid]
      const accepted = genuine.has(mutant)
      for (let time = 0; time < 2; time += 1) {
        const verified = await documented(() => verifier.verify(mutant), secrets)
        check(!(verified instanceof Error) === accepted, 'verify', verified)
        check(!(verified instanceof Error) || verified.status === 401, 'verify', verified)
        check(!(verified instanceof Error) || verified instanceof ChallengeError, 'verify is a 503')
      }
      const server = servers[base % servers.length] ?? servers[0]
      // The third server's authorization server calls every token inactive.
      const good = accepted && server !== servers[2]
      const direct = await documented(() => server.verify(mutant), secrets)
      check(!(direct instanceof Error) === good, 'verify of a resource server', direct)
      const asked = scheme === 'Bearer' ? bearer(mutant) : request(`${scheme} ${mutant}`)
      const decision = await server.authenticate(asked)
      checkDecision(decision, secrets)
      check(decision.outcome === 'allowed' || decision.outcome === 'challenged', decision.outcome)
      if (decision.outcome === 'allowed') {
        const used = adapterOf('fuzz', server).tokenText(decision)
        check(genuine.has(used) && scheme !== 'DPoP', 'authenticate accepts a mutant', mutant)
        check(decision.token.issuer === ISSUER, 'another issuer', decision.token)
      } else check(!good || scheme === 'DPoP', 'authenticate refuses a good token', decision)
      checkEvents(secrets)
    }
  },
}

interface Input {
  readonly base: number
  readonly scheme: string
  readonly edits: Parameters<typeof mutateToken>[1]
}
