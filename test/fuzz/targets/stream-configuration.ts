import fc from 'fast-check'
import { wantedEvents } from '../../../src/revocation/stream/managed-stream.ts'
import type { Edit } from '../../support/mutators/edit.ts'
import { mutateDocument } from '../../support/mutators/mutate-token.ts'
import { AUDIENCE } from '../../support/security-events.ts'
import { ISSUER, RESOURCE, testResourceServer } from '../../support/tokens.ts'
import { edits } from '../support/arbitraries.ts'
import { check, documented, watchEvents } from '../support/properties.ts'
import { parsed } from '../support/strict-json.ts'
import type { Target } from '../support/target.ts'
import { CLIENT } from '../support/upstream.ts'

const HERE = `${ISSUER}/ssf`
const PUSH = 'urn:ietf:rfc:8935'
const POLL = 'urn:ietf:rfc:8936'
const PUSH_URL = 'https://mcp.example.com/mcp/security-events'
const DESCRIPTION = `mcp-resource-server ${RESOURCE}`
const AUTHORIZATION = 'Bearer secret-of-the-pushes-0123456789'
const CLIENT_TOKEN = 'token-of-this-servers-client-0123456789'
const SECRETS = [AUTHORIZATION, CLIENT_TOKEN, CLIENT.clientSecret]
const EVENTS = wantedEvents({ onCredentialChange: 'revoke', onTokenClaimsChange: 'revoke' })

const stream = (id: string, delivery: object, members: object = {}) => ({
  stream_id: id,
  iss: ISSUER,
  aud: [AUDIENCE],
  delivery,
  events_requested: EVENTS,
  ...members,
})

/** The streams of this server's client. Only some of them belong to this server. */
const STREAMS = {
  none: [],
  ours: [stream('ours', { method: PUSH, endpoint_url: PUSH_URL }, { description: DESCRIPTION })],
  'ours, by poll': [
    stream('polled', { method: POLL, endpoint_url: `${HERE}/poll` }, { description: DESCRIPTION }),
  ],
  'of others': [
    stream('others', { method: PUSH, endpoint_url: 'https://other.example/events' }),
    stream('named', { method: POLL, endpoint_url: `${HERE}/poll` }, { description: 'other' }),
  ],
  both: [
    stream('others', { method: PUSH, endpoint_url: 'https://other.example/events' }),
    stream('ours', { method: PUSH, endpoint_url: PUSH_URL, authorization_header: AUTHORIZATION }),
  ],
} as const

const DONOR = {
  ...stream('../../others', { method: PUSH, endpoint_url: PUSH_URL }, { description: DESCRIPTION }),
  status: 'disabled',
  reason: AUTHORIZATION,
  error: 'invalid',
  error_description: `${AUTHORIZATION} ${CLIENT_TOKEN}`,
  iss: 'https://evil.example',
}

/**
 * Damaged answers of a transmitter while a stream is looked for, created, changed and switched on (SSF 1.0 §8.1.1 and
 * §8.1.2). A stream of somebody else is never changed. What cannot be read is a documented error, and no message, event
 * or URL shows the secret that pushes are known by.
 */
export const streamConfiguration: Target<Input> = {
  name: 'stream-configuration',
  executions: 500,
  inputs: fc.record({
    delivery: fc.constantFrom('push', 'poll'),
    streams: fc.constantFrom('none', 'ours', 'ours, by poll', 'of others', 'both'),
    damaged: fc.constantFrom('list', 'created', 'changed', 'status'),
    code: fc.constantFrom(
      200,
      200,
      200,
      201,
      202,
      204,
      302,
      400,
      401,
      403,
      404,
      405,
      409,
      500,
      501,
    ),
    edits: edits(3, 0),
  }),
  start() {
    const checkEvents = watchEvents()
    return async (input) => {
      const { clientId, clientSecret } = CLIENT
      const transmitter = new FakeTransmitter(input)
      const server = testResourceServer({
        server: {
          securityEvents:
            input.delivery === 'push'
              ? { client: { clientId, clientSecret }, authorization: AUTHORIZATION }
              : { client: { clientId, clientSecret }, delivery: 'poll' },
        },
        http: { fetch: transmitter.fetch },
      })
      await documented(() => server.ready(), SECRETS)
      await server.close()
      checkEvents(SECRETS)
      for (const { method, url, body } of transmitter.calls) {
        check(
          SECRETS.every((secret) => !decodeURIComponent(url).includes(secret)),
          'a URL',
          url,
        )
        if (body?.includes(AUTHORIZATION)) {
          check(url === `${HERE}/streams`, 'the secret of the pushes is sent elsewhere', url)
        }
        const id = changedStream(method, url, body)
        if (id === undefined) continue
        check(transmitter.may(id, input.delivery), 'a stream of somebody else is changed', [
          url,
          body,
        ])
      }
    }
  },
}

/** The stream that a call changes; `undefined` if it changes none. */
function changedStream(method: string, url: string, body: string | undefined): unknown {
  if (method === 'DELETE') return new URL(url).searchParams.get('stream_id')
  const isChange = method === 'PATCH' || method === 'PUT'
  const isStatus = method === 'POST' && (url === `${HERE}/status` || url === `${HERE}/verify`)
  return isChange || isStatus
    ? (parsed(body ?? '') as { stream_id?: unknown }).stream_id
    : undefined
}

/** A transmitter in memory. One kind of its answers is damaged. */
class FakeTransmitter {
  readonly calls: { readonly method: string; readonly url: string; readonly body?: string }[] = []
  readonly #input: Input
  readonly #list: unknown[]
  /** The ids that this server has been told: of its own streams, and of those that it has created. */
  readonly #told: unknown[] = []

  constructor(input: Input) {
    this.#input = input
    this.#list = [...STREAMS[input.streams]]
  }

  readonly fetch: typeof globalThis.fetch = async (given, init) => {
    const url = String(given instanceof Request ? given.url : given)
    const method = init?.method ?? 'GET'
    const body = typeof init?.body === 'string' ? init.body : undefined
    this.calls.push({ method, url, ...(body === undefined ? {} : { body }) })
    return this.#answer(method, url, parsed(body ?? '') as Record<string, unknown> | undefined)
  }

  /** Whether this server may change a stream, by rules that are written here a second time. */
  may(id: unknown, delivery: string): boolean {
    return this.#told.some((one) => {
      const { stream_id, delivery: how, description } = (one ?? {}) as Record<string, unknown>
      if (stream_id !== id) return false
      if (description === DESCRIPTION || one === CREATED.get(one as object)) return true
      const { method, endpoint_url } = (how ?? {}) as Record<string, unknown>
      return delivery === 'push'
        ? method === PUSH && endpoint_url === PUSH_URL
        : method === POLL &&
            (typeof description !== 'string' || description.length > 2048 || description === '')
    })
  }

  #answer(method: string, url: string, body: Record<string, unknown> | undefined): Response {
    if (url.includes('/.well-known/ssf-configuration')) return Response.json(METADATA)
    if (url.includes('/.well-known/')) {
      return Response.json({ issuer: ISSUER, token_endpoint: `${ISSUER}/token` })
    }
    if (url === `${ISSUER}/token`) {
      return Response.json({ access_token: CLIENT_TOKEN, token_type: 'Bearer', expires_in: 300 })
    }
    if (url.startsWith(`${HERE}/status`)) {
      return this.#reply('status', { stream_id: 'ours', status: 'paused', ...body }, 200)
    }
    if (url === `${HERE}/streams` && method === 'GET') return this.#reply('list', this.#list, 200)
    if (url === `${HERE}/streams` && method === 'POST') {
      const made = stream('made', { method: POLL, endpoint_url: `${HERE}/poll` }, body)
      this.#list.push(made)
      return this.#reply('created', made, 201)
    }
    if (method === 'PATCH' || method === 'PUT') {
      return this.#reply('changed', stream('ours', {}, body), 200)
    }
    return new Response(null, { status: 204 })
  }

  #reply(kind: Input['damaged'], value: unknown, usual: number): Response {
    const isDamaged = kind === this.#input.damaged
    const text = isDamaged ? mutateDocument(value, this.#input.edits, DONOR) : JSON.stringify(value)
    const status = isDamaged && this.#input.code !== 200 ? this.#input.code : usual
    const said = parsed(text)
    if (kind !== 'status') this.#told.push(...[said].flat())
    if (kind === 'created' && typeof said === 'object' && said !== null) CREATED.set(said, said)
    const headers = { 'content-type': 'application/json', location: 'https://evil.example/' }
    return new Response(status === 204 ? null : text, { status, headers })
  }
}

/** What a transmitter has answered to the creation of a stream. */
const CREATED = new WeakMap<object, unknown>()

const METADATA = {
  issuer: ISSUER,
  configuration_endpoint: `${HERE}/streams`,
  status_endpoint: `${HERE}/status`,
  verification_endpoint: `${HERE}/verify`,
  delivery_methods_supported: [PUSH, POLL],
}

interface Input {
  readonly delivery: 'push' | 'poll'
  readonly streams: keyof typeof STREAMS
  readonly damaged: 'list' | 'created' | 'changed' | 'status'
  readonly code: number
  readonly edits: readonly Edit[]
}
