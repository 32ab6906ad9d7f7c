import fc from 'fast-check'
import type { Edit } from '../../support/mutators/edit.ts'
import { mutateDocument } from '../../support/mutators/mutate-token.ts'
import { bearer, ISSUER, rsaKey, signToken, testResourceServer } from '../../support/tokens.ts'
import { edits } from '../support/arbitraries.ts'
import { check, checkDecision, watchEvents } from '../support/properties.ts'
import { isStrictJson, parsed } from '../support/strict-json.ts'
import type { Target } from '../support/target.ts'
import { CLIENT, Upstream } from '../support/upstream.ts'

const DOCUMENT = {
  issuer: ISSUER,
  jwks_uri: `${ISSUER}/keys`,
  introspection_endpoint: `${ISSUER}/introspect`,
  token_endpoint: `${ISSUER}/token`,
  introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
  introspection_signing_alg_values_supported: ['RS256'],
  mtls_endpoint_aliases: { introspection_endpoint: 'https://mtls.example.com/introspect' },
}

const DONOR = {
  issuer: 'https://evil.example',
  jwks_uri: 'http://127.0.0.1:1/keys',
  introspection_endpoint: 'http://sso.example.com/introspect',
  introspection_endpoint_auth_methods_supported: ['none', 'tls_client_auth'],
  mtls_endpoint_aliases: { introspection_endpoint: 'file:///etc/passwd' },
}

/** Plain http only on this machine. */
const MAY_BE_CALLED = /^(?:https:\/\/|http:\/\/(?:127\.|localhost|\[::1\]))/i

/**
 * Damaged metadata (RFC 8414 §3.2, OpenID Connect Discovery 1.0 §4.2) is never the caller's fault, and leads
 * nowhere but to a URL in it that may be called.
 */
export const metadata: Target<Input> = {
  name: 'metadata',
  executions: 2000,
  inputs: fc.record({ introspects: fc.boolean(), edits: edits(4) }),
  async start() {
    const token = await signToken()
    const checkEvents = watchEvents()
    return async ({ introspects, edits: changes }) => {
      const upstream = new Upstream()
      const body = mutateDocument(DOCUMENT, changes, DONOR)
      upstream.replies = {
        '/realms/acme': { body },
        '/openid-configuration': { body },
        '/keys': { body: JSON.stringify({ keys: [rsaKey.publicKey] }) },
        '/introspect': { body: '{"active":false}' },
      }
      const { endpoint: _, ...client } = CLIENT
      const server = testResourceServer({
        server: {
          keys: undefined as never,
          ...(introspects ? { introspection: client, verification: 'introspection' as const } : {}),
        },
        http: { fetch: upstream.fetch },
      })
      const decision = await server.authenticate(bearer(token))
      checkDecision(decision, [token, CLIENT.clientSecret])
      const named = new Set(textsIn(parsed(body)))
      const documents = upstream.asked.filter((url) => url.includes('/.well-known/'))
      const others = upstream.asked.filter((url) => !url.includes('/.well-known/'))
      check(
        documents.every((url) => url.startsWith('https://sso.example.com/')),
        'documents',
      )
      check(
        others.every((url) => MAY_BE_CALLED.test(url) && named.has(url)),
        'URLs',
        others,
      )
      if (decision.outcome !== 'unavailable') {
        const expected = introspects ? 'challenged' : 'allowed'
        check(decision.outcome === expected, 'outcome', decision)
        check(isStrictJson(body), 'metadata that readers disagree about', body)
        check((parsed(body) as { issuer: unknown }).issuer === ISSUER, 'another issuer', body)
        if (decision.outcome === 'challenged') {
          check(decision.reason === 'token_inactive', 'reason', decision.reason)
        }
      }
      await server.close()
      checkEvents([token, CLIENT.clientSecret])
    }
  },
}

interface Input {
  readonly introspects: boolean
  readonly edits: readonly Edit[]
}

/** Every text in a document. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(textsIn)
}
