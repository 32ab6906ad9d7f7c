import { CREDENTIALS, type LocalIssuer } from './local-issuer.ts'
import type { Answer, Received } from './loopback-server.ts'

/** The methods of delivery, by the names that the specification gives them. */
export const PUSH = 'urn:ietf:rfc:8935'
export const POLL = 'urn:ietf:rfc:8936'

const VERIFICATION = 'https://schemas.openid.net/secevent/ssf/event-type/verification'

export interface RegisteredStream {
  readonly stream_id: string
  aud: readonly string[]
  delivery: Record<string, string>
  events_requested: readonly string[]
  description?: string
  status: string
}

export interface TransmitterOptions {
  /** The push URLs that the client may register; default all. */
  readonly validPushUrls?: readonly string[]
  /** Whether one client can have several streams; Keycloak's cannot. */
  readonly severalStreams?: boolean
  /** Whether PATCH is answered with 405. */
  readonly withoutPatch?: boolean
  /** Whether the answers keep the header `Authorization` to themselves. */
  readonly hidesAuthorization?: boolean
}

/** A transmitter of security events at a {@link LocalIssuer}, as strict as Keycloak's. */
export interface FakeTransmitter {
  readonly streams: RegisteredStream[]
  /** The events that wait to be polled, by `jti`. */
  readonly outbox: Map<string, unknown>
  readonly acknowledged: string[]
  readonly refused: Record<string, { err: string; description: string }>
  /** The bodies of the polls. */
  readonly polls: Record<string, unknown>[]
  /** The `state` of each request for a verification event. */
  readonly states: string[]
  /** The scopes that the client gets. */
  scopes: string
  /** Seconds for which a token is valid, as the answer says. */
  lifetime: number
  /** How a path answers in place of the transmitter: `token`, `streams`, `status`, `verify`, `poll`. */
  readonly instead: Partial<Record<Path, Answer | undefined>>
  /** Makes every token invalid that was issued so far. */
  forgetTokens(): void
  /** How many calls came to a path. */
  count(path: Path): number
  received(path: Path): readonly Received[]
  /** Puts an event in the outbox. @returns its `jti` */
  send(claims?: object, header?: Record<string, unknown>): Promise<string>
  /** Signs an event. */
  sign(claims?: object, header?: Record<string, unknown>): Promise<string>
  /** A stream that somebody else has made. */
  register(stream: Partial<RegisteredStream>): RegisteredStream
  metadata(changes?: object): Record<string, unknown>
}

export type Path = 'token' | 'streams' | 'status' | 'verify' | 'poll'

export function addTransmitter(
  issuer: LocalIssuer,
  options: TransmitterOptions = {},
): FakeTransmitter {
  const { server, signer, clock } = issuer
  const paths = {
    token: '/token',
    streams: '/ssf/streams',
    status: '/ssf/streams/status',
    verify: '/ssf/streams/verify',
    poll: '/ssf/poll',
  } as const
  const url = (path: Path) => `${server.origin}${paths[path]}`
  const tokens = new Map<string, string>()
  let next = 1

  const metadata = (changes: object = {}) => ({
    issuer: issuer.issuer,
    jwks_uri: issuer.keys.url,
    configuration_endpoint: url('streams'),
    status_endpoint: url('status'),
    verification_endpoint: url('verify'),
    delivery_methods_supported: [PUSH, POLL],
    ...changes,
  })

  const fake: FakeTransmitter = {
    streams: [],
    outbox: new Map(),
    acknowledged: [],
    refused: {},
    polls: [],
    states: [],
    scopes: 'ssf.manage ssf.read',
    lifetime: 300,
    instead: {},
    forgetTokens: () => tokens.clear(),
    count: (path) => server.count(paths[path]),
    received: (path) => server.received(paths[path]),
    async send(claims = {}, header = {}) {
      const jti = (claims as { jti?: string }).jti ?? crypto.randomUUID()
      fake.outbox.set(jti, await fake.sign({ ...claims, jti }, header))
      return jti
    },
    sign: (claims = {}, header = {}) =>
      signer.sign(
        {
          iss: issuer.issuer,
          aud: fake.streams[0]?.aud[0],
          iat: clock.seconds,
          jti: crypto.randomUUID(),
          sub_id: { format: 'iss_sub', iss: issuer.issuer, sub: 'alice' },
          events: { 'https://schemas.openid.net/secevent/caep/event-type/session-revoked': {} },
          ...claims,
        },
        { typ: 'secevent+jwt', ...header },
      ),
    register(stream) {
      const id = stream.stream_id ?? `stream-${next++}`
      const registered: RegisteredStream = {
        stream_id: id,
        aud: [`${CREDENTIALS.clientId}/${id}`],
        delivery: { method: PUSH, endpoint_url: 'https://other.example.com/events' },
        events_requested: [],
        status: 'enabled',
        ...stream,
      }
      fake.streams.push(registered)
      return registered
    },
    metadata,
  }

  const reply = (status: number, body?: object): Answer =>
    body === undefined ? () => ({ status, headers: {}, body: '' }) : () => ({ status, body })
  const refuse = (description: string) =>
    reply(400, { error: 'stream_error', error_description: description })
  const shown = ({ status: _, delivery, ...stream }: RegisteredStream) => {
    const { authorization_header: _header, ...rest } = delivery
    return {
      iss: issuer.issuer,
      ...stream,
      delivery: options.hidesAuthorization ? rest : delivery,
      events_delivered: stream.events_requested,
      min_verification_interval: 0,
    }
  }
  const find = (id: unknown) => fake.streams.find(({ stream_id }) => stream_id === id)

  /** Checks what a receiver may set, as Keycloak does. @returns the fault */
  function fault(body: Record<string, unknown>): string | undefined {
    for (const name of Object.keys(body)) {
      if (!['stream_id', 'delivery', 'events_requested', 'description'].includes(name)) {
        return `unknown field ${name}`
      }
    }
    const delivery = body.delivery as Record<string, string> | undefined
    if (delivery === undefined) return undefined
    if (delivery.method === POLL) return undefined
    if (delivery.method !== PUSH) return 'unsupported delivery method'
    if (delivery.endpoint_url === undefined) return 'missing delivery endpoint push URL'
    const { validPushUrls } = options
    if (validPushUrls === undefined || validPushUrls.includes(delivery.endpoint_url)) return
    return "delivery method 'push' requires the receiver client to declare ssf.validPushUrls"
  }

  function change(stream: RegisteredStream, body: Record<string, unknown>, whole: boolean): void {
    const before = stream.delivery.method
    if (whole || body.delivery !== undefined) stream.delivery = body.delivery as never
    // Keycloak chooses the URL again only when the method changes.
    if (stream.delivery.method === POLL && before !== POLL) {
      stream.delivery = { method: POLL, endpoint_url: url('poll') }
    }
    if (body.events_requested !== undefined)
      stream.events_requested = body.events_requested as never
    if (body.description !== undefined) stream.description = body.description as string
  }

  function manage(received: Received): Answer {
    const streamId = new URL(received.url, server.origin).searchParams.get('stream_id')
    if (received.method === 'GET') {
      if (streamId === null) return reply(200, fake.streams.map(shown))
      const stream = find(streamId)
      return stream === undefined ? reply(404) : reply(200, shown(stream))
    }
    if (received.method === 'DELETE') {
      if (streamId === null) return refuse('Stream ID is required')
      const at = fake.streams.findIndex(({ stream_id }) => stream_id === streamId)
      if (at === -1) return reply(404)
      fake.streams.splice(at, 1)
      return reply(204)
    }
    const body = JSON.parse(received.body)
    const wrong = fault(body)
    if (wrong !== undefined) return refuse(wrong)
    if (received.method === 'POST') {
      if (fake.streams.length > 0 && !options.severalStreams) return reply(409, {})
      const stream = fake.register({ ...body })
      if (stream.delivery.method === POLL) {
        stream.delivery = { method: POLL, endpoint_url: url('poll') }
      }
      return reply(201, shown(stream))
    }
    if (received.method === 'PATCH' && options.withoutPatch) return reply(405)
    const stream = find(body.stream_id)
    if (stream === undefined) return reply(404)
    change(stream, body, received.method === 'PUT')
    return reply(200, shown(stream))
  }

  function status(received: Received): Answer {
    const body = received.method === 'POST' ? JSON.parse(received.body) : undefined
    const id = body?.stream_id ?? new URL(received.url, server.origin).searchParams.get('stream_id')
    const stream = find(id)
    if (stream === undefined) return reply(404)
    if (body !== undefined) stream.status = body.status
    return reply(200, { stream_id: id, status: stream.status })
  }

  async function verify(received: Received): Promise<Answer> {
    const { stream_id, state } = JSON.parse(received.body)
    const stream = find(stream_id)
    if (stream === undefined) return reply(404)
    fake.states.push(state)
    if (stream.delivery.method === PUSH) return reply(204)
    await fake.send({
      aud: stream.aud[0],
      sub_id: { format: 'opaque', id: stream_id },
      events: { [VERIFICATION]: { state } },
    })
    return reply(204)
  }

  function poll(received: Received): Answer {
    if (find(fake.streams[0]?.stream_id)?.delivery.method !== POLL) return reply(404)
    const body = JSON.parse(received.body)
    fake.polls.push(body)
    for (const jti of body.ack ?? []) {
      fake.acknowledged.push(jti)
      fake.outbox.delete(jti)
    }
    for (const [jti, error] of Object.entries(body.setErrs ?? {})) {
      fake.refused[jti] = error as { err: string; description: string }
      fake.outbox.delete(jti)
    }
    const waiting = [...fake.outbox]
    const sets = Object.fromEntries(waiting.slice(0, body.maxEvents))
    return reply(200, { sets, moreAvailable: waiting.length > body.maxEvents })
  }

  const guarded =
    (path: Path, scope: string, answer: (received: Received) => Answer | Promise<Answer>): Answer =>
    async (received, response) => {
      const instead = fake.instead[path]
      if (instead !== undefined) return instead(received, response)
      const token = received.authorization?.replace(/^Bearer /, '') ?? ''
      const scopes = tokens.get(token)?.split(' ') ?? []
      if (!scopes.includes(scope)) return reply(401)(received, response)
      return (await answer(received))(received, response)
    }

  server.on(paths.token, (received, response) => {
    const instead = fake.instead.token
    if (instead !== undefined) return instead(received, response)
    const form = new URLSearchParams(received.body)
    const basic = Buffer.from(`${CREDENTIALS.clientId}:${CREDENTIALS.clientSecret}`)
    if (received.authorization !== `Basic ${basic.toString('base64')}`) {
      return reply(401, { error: 'unauthorized_client' })(received, response)
    }
    if (form.get('grant_type') !== 'client_credentials') {
      return reply(400, { error: 'unsupported_grant_type' })(received, response)
    }
    const asked = form.get('scope')?.split(' ') ?? []
    if (asked.some((scope) => !fake.scopes.split(' ').includes(scope))) {
      return reply(400, { error: 'invalid_scope' })(received, response)
    }
    const token = `management-token-${crypto.randomUUID()}`
    tokens.set(token, asked.join(' '))
    const answer = { access_token: token, token_type: 'Bearer', expires_in: fake.lifetime }
    return reply(200, answer)(received, response)
  })
  const { pathname } = new URL(issuer.issuer)
  const suffix = pathname === '/' ? '' : pathname
  server.on(`/.well-known/ssf-configuration${suffix}`, (received, response) =>
    reply(200, metadata())(received, response),
  )
  server.on(paths.streams, guarded('streams', 'ssf.manage', manage))
  server.on(paths.status, guarded('status', 'ssf.manage', status))
  server.on(paths.verify, guarded('verify', 'ssf.manage', verify))
  server.on(paths.poll, guarded('poll', 'ssf.read', poll))
  issuer.discovery.answers((received, response) =>
    reply(200, issuer.metadata({ token_endpoint: url('token') }))(received, response),
  )
  return fake
}
