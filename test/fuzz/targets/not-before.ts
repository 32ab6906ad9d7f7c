import fc from 'fast-check'
import type { Edit } from '../../support/mutators/edit.ts'
import { mutateDocument } from '../../support/mutators/mutate-token.ts'
import {
  bearer,
  ecKey,
  ISSUER,
  NOW,
  rsaKey,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'
import { edits } from '../support/arbitraries.ts'
import { check, checkDecision, watchEvents } from '../support/properties.ts'
import { depthOf, isStrictJson, parsed } from '../support/strict-json.ts'
import type { Target } from '../support/target.ts'
import { Upstream } from '../support/upstream.ts'

const MEMBER = 'tokens-not-before'
const URL_OF_DOCUMENT = `${ISSUER}/realm-document`
const ISSUED = NOW - 60
const DONOR = { [MEMBER]: NOW, 'not-before': NOW, [`${MEMBER} `]: NOW, notBefore: 1e300 }

/**
 * Damaged documents with a not-before time. A token is refused exactly if a document that can be read names a
 * time at or after its issue. A damaged document, a redirect, or an error revokes nothing.
 */
export const notBefore: Target<Input> = {
  name: 'not-before',
  executions: 800,
  inputs: fc.record({
    status: fc.constantFrom(200, 200, 200, 200, 204, 301, 308, 404, 503),
    age: fc.constantFrom(0, 59, 60, 61, 3600, -3600),
    edits: edits(3, 0),
  }),
  async start() {
    const token = await signToken({ key: ecKey })
    const checkEvents = watchEvents()
    return async ({ status, age, edits: changes }) => {
      const document = { realm: 'acme', public_key: 'MIIB', [MEMBER]: age === 0 ? 0 : NOW - age }
      const body = mutateDocument(document, changes, DONOR)
      const upstream = new Upstream()
      upstream.replies = {
        '/realm-document': { body, status, location: 'https://evil.example/realm' },
        '/openid-configuration': {
          body: JSON.stringify({ issuer: ISSUER, jwks_uri: `${ISSUER}/keys` }),
        },
        '/keys': { body: JSON.stringify({ keys: [rsaKey.publicKey, ecKey.publicKey] }) },
      }
      const server = testResourceServer({
        server: { notBefore: { member: MEMBER, url: URL_OF_DOCUMENT } },
        http: { fetch: upstream.fetch },
      })
      const failed = await server.ready().then(
        () => false,
        () => true,
      )
      const decision = await server.authenticate(bearer(token))
      await server.close()
      checkDecision(decision, [token])
      checkEvents([token])
      const named = isStrictJson(body) ? (parsed(body) as Record<string, unknown> | null) : null
      const time = status === 200 && !Array.isArray(named) ? named?.[MEMBER] : undefined
      const counts = Number.isSafeInteger(time) && (time as number) >= 0 && depthOf(named) <= 64
      check(failed === !counts, 'a document that should fail does not, or the reverse', body)
      const revoked = counts && (time as number) >= ISSUED
      const { outcome } = decision
      check((outcome === 'challenged') === revoked, 'revoked, or not revoked', [body, decision])
      check(outcome === 'allowed' || outcome === 'challenged', 'outcome', decision)
      check(!upstream.asked.some((url) => url.includes('evil')), 'a redirect', upstream.asked)
    }
  },
}

interface Input {
  readonly status: number
  readonly age: number
  readonly edits: readonly Edit[]
}
