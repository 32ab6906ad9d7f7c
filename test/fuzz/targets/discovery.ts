import fc from 'fast-check'
import type { Edit } from '../../support/mutators/edit.ts'
import { mutateDocument } from '../../support/mutators/mutate-token.ts'
import { bearer, rsaKey, signToken, testResourceServer } from '../../support/tokens.ts'
import { edits } from '../support/arbitraries.ts'
import { check, checkDecision, watchEvents } from '../support/properties.ts'
import { depthOf, isStrictJson, parsed } from '../support/strict-json.ts'
import type { Target } from '../support/target.ts'
import { type Reply, Upstream } from '../support/upstream.ts'

/** Issuers of every form, and where each may publish its metadata. They are written out, not computed. */
const ISSUERS = [
  {
    issuer: 'https://sso.example.com/realms/acme',
    urls: [
      'https://sso.example.com/.well-known/oauth-authorization-server/realms/acme',
      'https://sso.example.com/realms/acme/.well-known/openid-configuration',
      'https://sso.example.com/.well-known/openid-configuration/realms/acme',
    ],
  },
  {
    issuer: 'https://sso.example.com:8443/realms/a%2Fb%20c/',
    urls: [
      'https://sso.example.com:8443/.well-known/oauth-authorization-server/realms/a%2Fb%20c',
      'https://sso.example.com:8443/realms/a%2Fb%20c/.well-known/openid-configuration',
      'https://sso.example.com:8443/.well-known/openid-configuration/realms/a%2Fb%20c',
    ],
  },
  {
    issuer: 'https://sso.example.com',
    urls: [
      'https://sso.example.com/.well-known/oauth-authorization-server',
      'https://sso.example.com/.well-known/openid-configuration',
    ],
  },
] as const

const KEYS = 'https://keys.example.net/jwks'

/**
 * Metadata at each URL that RFC 8414 §3.1 and OpenID Connect Discovery 1.0 §4 know, each with its own damage, status
 * and redirect. The keys come from the first document that names the issuer exactly. A redirect is never followed,
 * and an answer from elsewhere never counts, whatever the document says.
 */
export const discovery: Target<Input> = {
  name: 'discovery',
  executions: 1200,
  inputs: fc.record({
    issuer: fc.nat(ISSUERS.length - 1),
    answers: fc.array(
      fc.record({
        status: fc.constantFrom(200, 200, 200, 200, 204, 301, 302, 307, 308, 401, 404, 500),
        followed: fc.constantFrom(false, false, false, true),
        other: fc.constantFrom('', '', '/', 'https://evil.example'),
        edits: edits(3, 0),
      }),
      { minLength: 3, maxLength: 3 },
    ),
    keys: fc.constantFrom('', '', '', '', 'redirect', 'followed'),
  }),
  async start() {
    const tokens = new Map<string, string>()
    for (const { issuer } of ISSUERS) {
      tokens.set(issuer, await signToken({ claims: { iss: issuer } }))
    }
    const checkEvents = watchEvents()
    return async ({ issuer: at, answers, keys }) => {
      const { issuer, urls } = ISSUERS[at] as (typeof ISSUERS)[number]
      const token = tokens.get(issuer) ?? ''
      const replies = urls.map((_, index) => replyOf(issuer, answers[index] as Answer))
      const upstream = new Upstream()
      upstream.replies = {
        ...Object.fromEntries(urls.map((url, index) => [url, replies[index] as Reply])),
        [KEYS]: {
          body: JSON.stringify({ keys: [rsaKey.publicKey] }),
          ...(keys === 'redirect' ? { status: 302, location: 'https://evil.example/keys' } : {}),
          followed: keys === 'followed',
        },
      }
      const server = testResourceServer({
        server: { issuer, keys: undefined as never },
        http: { fetch: upstream.fetch },
      })
      const decision = await server.authenticate(bearer(token))
      await server.close()
      checkDecision(decision, [token])
      checkEvents([token])
      const first = replies.findIndex((reply) => counts(issuer, reply))
      const chosen = replies[first]
      const named = chosen && (parsed(String(chosen.body)) as Record<string, unknown>).jwks_uri
      const { outcome } = decision
      const expected = named === KEYS && keys === '' ? 'allowed' : 'unavailable'
      check(outcome === expected, `${outcome}, expected ${expected}`, [replies, decision])
      const documents = first < 0 ? urls : urls.slice(0, first + 1)
      const [rest, ...more] = upstream.asked.slice(documents.length)
      check(
        documents.every((url, index) => upstream.asked[index] === url) && more.length === 0,
        'other calls than expected',
        upstream.asked,
      )
      check(rest === undefined || rest === named, 'keys from another URL', upstream.asked)
      check(!upstream.asked.some((url) => url.includes('evil')), 'a redirect', upstream.asked)
    }
  },
}

function replyOf(issuer: string, { status, followed, other, edits: changes }: Answer): Reply {
  const said = other === '/' ? `${issuer}/` : other || issuer
  const document = { issuer: said, jwks_uri: KEYS, token_endpoint: `${issuer}/token` }
  const donor = { issuer, jwks_uri: 'http://127.0.0.1:1/keys', ' issuer': issuer }
  const location = 'https://evil.example/.well-known/openid-configuration'
  return { body: mutateDocument(document, changes, donor), status, followed, location }
}

/** Whether an answer is metadata of the issuer, by rules that are written here a second time. */
function counts(issuer: string, { body, status, followed }: Reply): boolean {
  const text = String(body)
  if (status !== 200 || followed === true || !isStrictJson(text)) return false
  const value = parsed(text)
  if (typeof value !== 'object' || value === null || depthOf(value) > 64) return false
  return (value as Record<string, unknown>).issuer === issuer
}

interface Answer {
  readonly status: number
  readonly followed: boolean
  readonly other: string
  readonly edits: readonly Edit[]
}

interface Input {
  readonly issuer: number
  readonly answers: readonly Answer[]
  readonly keys: string
}
