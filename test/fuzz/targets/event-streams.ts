import fc from 'fast-check'
import { wantedEvents } from '../../../src/revocation/stream/managed-stream.ts'
import type { Edit } from '../../support/mutators/edit.ts'
import { mutateDocument } from '../../support/mutators/mutate-token.ts'
import { AUDIENCE, signSet } from '../../support/security-events.ts'
import {
  attackerKey,
  bearer,
  ecKey,
  ISSUER,
  rsaKey,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'
import { edits } from '../support/arbitraries.ts'
import { check, checkDecision, watchEvents } from '../support/properties.ts'
import { parsed } from '../support/strict-json.ts'
import type { Target } from '../support/target.ts'
import { CLIENT, Upstream } from '../support/upstream.ts'

const POLL = 'urn:ietf:rfc:8936'
const CLIENT_TOKEN = 'token-of-this-servers-client-0123456789'
const HERE = `${ISSUER}/ssf`

const DOCUMENTS = {
  metadata: {
    issuer: ISSUER,
    configuration_endpoint: `${HERE}/streams`,
    status_endpoint: `${HERE}/status`,
    verification_endpoint: `${HERE}/verify`,
    delivery_methods_supported: ['urn:ietf:rfc:8935', POLL],
  },
  token: { access_token: CLIENT_TOKEN, token_type: 'Bearer', expires_in: 300 },
  streams: [
    {
      stream_id: 'stream-1',
      iss: ISSUER,
      aud: [AUDIENCE],
      delivery: { method: POLL, endpoint_url: `${HERE}/poll` },
      events_requested: wantedEvents({
        onCredentialChange: 'revoke',
        onTokenClaimsChange: 'revoke',
      }),
      description: 'mcp-resource-server https://mcp.example.com/mcp',
    },
  ],
  poll: { sets: {}, moreAvailable: false },
} as const

const DONOR = {
  issuer: 'https://evil.example',
  configuration_endpoint: 'http://127.0.0.1:1/streams',
  stream_id: '../../x',
  delivery: { method: POLL, endpoint_url: 'http://127.0.0.1:1/poll' },
  endpoint_url: 'https://sso.example.com@evil.example/',
  aud: 'somebody',
  iss: `${ISSUER}/`,
  access_token: 'a\r\nb',
  token_type: 'DPoP',
  moreAvailable: true,
  sets: { 'set-1': 'a.b.c' },
}

/**
 * Damaged answers of a transmitter of security events: its metadata (SSF 1.0 §7), the client's token, the list of
 * streams (§8.1.1) and polls (RFC 8936). Only a whole event of the issuer revokes. This server's token and secret
 * go only to URLs that a document names, over TLS.
 */
export const eventStreams: Target<Input> = {
  name: 'event-streams',
  executions: 600,
  inputs: fc.record({
    damaged: fc.constantFrom('metadata', 'token', 'streams', 'poll', 'poll'),
    byHand: fc.boolean(),
    forged: fc.boolean(),
    status: fc.constantFrom(200, 200, 200, 200, 200, 202, 204, 302, 401, 404, 410, 429, 500),
    edits: edits(3, 0),
  }),
  async start() {
    const claims = { sub: 'bob', sid: 'session-2', jti: 'b' }
    const alice = await signToken({ key: ecKey })
    const bystander = await signToken({ key: ecKey, claims })
    const good = await signSet({}, {}, ecKey)
    const forged = await signSet({}, {}, attackerKey)
    const secrets = [alice, bystander, CLIENT.clientSecret, CLIENT_TOKEN]
    const checkEvents = watchEvents()
    return async ({ damaged, byHand, forged: isForged, status, edits: changes }) => {
      const sets = { 'set-1': isForged ? forged : good }
      const body = (name: keyof typeof DOCUMENTS): string => {
        const document = name === 'poll' ? { ...DOCUMENTS.poll, sets } : DOCUMENTS[name]
        return mutateDocument(document, name === damaged ? changes : [], DONOR)
      }
      const reply = (name: keyof typeof DOCUMENTS) => ({
        body: body(name),
        location: 'https://evil.example/elsewhere',
        ...(name === damaged ? { status } : {}),
      })
      const upstream = new Upstream()
      upstream.replies = {
        '/ssf-configuration': reply('metadata'),
        '/ssf-configuration/realms/acme': reply('metadata'),
        '/token': reply('token'),
        '/streams': reply('streams'),
        '/poll': reply('poll'),
        '/status?stream_id=stream-1': { body: '{"stream_id":"stream-1","status":"enabled"}' },
        '/verify': { body: '', status: 204 },
        '/openid-configuration': {
          body: JSON.stringify({
            issuer: ISSUER,
            jwks_uri: `${ISSUER}/keys`,
            token_endpoint: `${ISSUER}/token`,
          }),
        },
        '/keys': { body: JSON.stringify({ keys: [rsaKey.publicKey, ecKey.publicKey] }) },
      }
      const { clientId, clientSecret } = CLIENT
      const server = testResourceServer({
        server: {
          securityEvents: {
            delivery: 'poll',
            client: { clientId, clientSecret },
            ...(byHand ? { pollEndpoint: `${HERE}/poll`, audience: AUDIENCE } : {}),
          },
        },
        http: { fetch: upstream.fetch },
      })
      await server.ready().catch(() => undefined)
      const [first, second] = [
        await server.authenticate(bearer(alice)),
        await server.authenticate(bearer(bystander)),
      ]
      await server.close()
      checkDecision(first, secrets)
      check(second.outcome === 'allowed', 'a bystander is refused', second)
      checkEvents(secrets)
      const isRevoked = first.outcome === 'challenged'
      check(isRevoked || first.outcome === 'allowed', 'outcome', first)
      if (isRevoked) {
        const polled = Object.values((parsed(body('poll')) as { sets: object }).sets)
        check(
          polled.some((set) => String(set).trim() === good),
          'revoked without an event',
          polled,
        )
      }
      const untouched = changes.length === 0 && status === 200
      check(isRevoked || !untouched || isForged, 'a good event does not count', upstream.asked)
      const named = new Set([
        `${HERE}/poll`,
        ...textsIn(Object.keys(DOCUMENTS).map((name) => parsed(body(name as 'poll')))),
      ])
      for (const url of upstream.asked) {
        const known =
          url.startsWith(`${ISSUER}/`) || url.startsWith('https://sso.example.com/.well-known/')
        const base = url.replace(/[?&]stream_id=[^&]*$/, '')
        check(known || (url.startsWith('https://') && named.has(base)), 'another URL', url)
        check(!url.includes('elsewhere'), 'a redirect', url)
      }
    }
  },
}

/** Every text in a document, as a URL where it is one. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value, URL.parse(value)?.href ?? value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(textsIn)
}

interface Input {
  readonly damaged: keyof typeof DOCUMENTS
  readonly byHand: boolean
  readonly forged: boolean
  readonly status: number
  readonly edits: readonly Edit[]
}
