import fc from 'fast-check'
import { cpuSecondsOf } from '../../support/cpu-time.ts'
import { toolCall } from '../../support/mcp-messages.ts'
import { MARKS } from '../../support/mutators/mutate-text.ts'
import {
  bearer,
  ecKey,
  ISSUER,
  request,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'
import { choice } from '../support/arbitraries.ts'
import { countWork } from '../support/counted-work.ts'
import { NO_SECRETS } from '../support/harmless.ts'
import { check } from '../support/properties.ts'
import type { Target } from '../support/target.ts'
import { CLIENT, KEYS_URL, Upstream } from '../support/upstream.ts'

/** The beginnings of what the readers of this package look for, so that a pattern gets past the first character. */
const STARTS = [
  '',
  ...MARKS,
  'Bearer ',
  'DPoP ',
  'a.b.',
  'docs://open/',
  'https://a',
  '{"a":',
  '["',
  '2026-07-28',
  'for=',
]
const PIECES = [
  ...MARKS,
  'a,',
  ', ',
  ' ,',
  '="',
  '%2',
  '..',
  './',
  '[[',
  '{"a":',
  '",',
  '\\u',
  '::',
  'docs://',
]

/** Characters of the long input. Work that grows with the square of it takes a second or more. */
const LONG = 20_000
/** The short input is shorter by this. */
const FACTOR = 10
/** Seconds of processor time that are no problem, however they grow. */
const HARMLESS = 0.05
/** Between what is linear (10) and what is quadratic (100). */
const STEEPEST = 25
const TRIALS = 3

/** Generous limits for one request, whatever it holds. JSON writes a character in up to six. */
const MOST = { parses: 12, parsedCharacters: 15 * LONG, signatureChecks: 2, calls: 4 }

/**
 * Long inputs of a repeated pattern, in every place that a caller or an authorization server fills. The work grows
 * with the length, not with its square. No clock is read: processor time counts only as a ratio, and what is
 * too steep is measured again before it counts. The number of JSON texts, signatures and calls has limits.
 */
export const growth: Target<Input> = {
  name: 'growth',
  executions: 500,
  inputs: fc.record({
    place: choice,
    start: choice,
    unit: fc.array(choice, { minLength: 1, maxLength: 3 }),
    end: choice,
  }),
  async start() {
    const upstream = new Upstream()
    const places = await placesOf(upstream)
    return async ({ place, start, unit, end }) => {
      const [name, work] = places[place % places.length] as (typeof places)[number]
      const piece = unit.map((number) => PIECES[number % PIECES.length]).join('')
      const textOf = (length: number) =>
        (STARTS[start % STARTS.length] ?? '') +
        piece.repeat(Math.ceil(length / piece.length)) +
        (MARKS[end % MARKS.length] ?? '')
      const long = textOf(LONG)
      upstream.asked.length = 0
      const { parses, parsedCharacters, signatureChecks } = await countWork(() => work(long))
      const calls = upstream.asked.length
      const counted = { parses, parsedCharacters, signatureChecks, calls }
      for (const [what, most] of Object.entries(MOST)) {
        const count = counted[what as keyof typeof MOST]
        check(count <= most, `${name}: too many ${what}`, counted)
      }
      if ((await cpuSecondsOf(() => work(long))) < HARMLESS) return
      const short = textOf(LONG / FACTOR)
      const ratio = (await quickest(() => work(long))) / (await quickest(() => work(short)))
      check(ratio < STEEPEST, `${name}: the work grows too fast`, { ratio, piece })
    }
  },
}

async function quickest(work: () => unknown): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let trial = 0; trial < TRIALS; trial += 1) least = Math.min(least, await cpuSecondsOf(work))
  return least
}

type Place = readonly [name: string, work: (text: string) => Promise<unknown>]

async function placesOf(upstream: Upstream): Promise<readonly Place[]> {
  const good = await signToken({ key: ecKey })
  const server = testResourceServer({
    policy: NO_SECRETS,
    dpop: 'accepted',
    sessions: {},
    allowedOrigins: ['https://app.example.com'],
    clientCertificate: { header: 'client-cert', format: 'rfc9440', trustedProxies: ['10.0.0.7'] },
  })
  const asking = testResourceServer({
    server: { introspection: CLIENT, verification: 'introspection' },
    http: { fetch: upstream.fetch },
    cache: false,
  })
  const inHeader = (name: string): Place => [
    `header ${name}`,
    (text) =>
      server.authenticate({
        method: 'POST',
        url: '/mcp',
        headers: { authorization: `Bearer ${good}`, [name]: text },
        connection: { remoteAddress: '10.0.0.7' },
        message: toolCall('open'),
      }),
  ]
  const message = (of: (text: string) => object): Place['1'] => {
    return (text) => server.authenticate({ ...bearer(good), message: of(text) })
  }
  const read = (uri: string) => ({
    jsonrpc: '2.0',
    id: 1,
    method: 'resources/read',
    params: { uri },
  })
  return [
    ['authorization', (text) => server.authenticate(request(text))],
    ['token', (text) => server.authenticate(bearer(text))],
    ['url', (text) => server.authenticate(request(`Bearer ${good}`, { url: text }))],
    ...[
      ...['dpop', 'origin', 'mcp-session-id', 'mcp-protocol-version', 'mcp-name', 'client-cert'],
      ...['content-type', 'last-event-id', 'access-control-request-headers', 'content-length'],
    ].map(inHeader),
    ['body', message((text) => Buffer.from(text))],
    ['body as JSON', message((text) => Buffer.from(JSON.stringify(toolCall(text))))],
    ['uri', message(read)],
    ['uri below a rule', message((text) => read(`docs://open/${text}`))],
    [
      'claim',
      async (text) => {
        const token = await signToken({ key: ecKey, claims: { scope: text.slice(0, 4000) } })
        return server.authenticate(bearer(token))
      },
    ],
    [
      'introspection answer',
      (text) => {
        upstream.replies = {
          '/introspect': { body: JSON.stringify({ active: true, scope: text }) },
        }
        return asking.authenticate(bearer('opaque-token'))
      },
    ],
    [
      'key set',
      async (text) => {
        const keys = [{ ...ecKey.publicKey, x: text, kid: text }, ecKey.publicKey]
        upstream.replies = { '/keys': { body: JSON.stringify({ keys }) } }
        const fetching = testResourceServer({
          server: { keys: undefined as never, jwksUri: KEYS_URL },
          http: { fetch: upstream.fetch },
        })
        await fetching.authenticate(bearer(good))
        await fetching.close()
      },
    ],
    [
      'metadata',
      async (text) => {
        upstream.replies = {
          '/openid-configuration': { body: JSON.stringify({ issuer: ISSUER, jwks_uri: text }) },
        }
        const fetching = testResourceServer({
          server: { keys: undefined as never },
          http: { fetch: upstream.fetch },
        })
        await fetching.authenticate(bearer(good))
        await fetching.close()
      },
    ],
  ]
}

interface Input {
  readonly place: number
  readonly start: number
  readonly unit: readonly number[]
  readonly end: number
}
