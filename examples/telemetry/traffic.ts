/**
 * Clients of every kind, good and bad, for the server of this example. Each round has all of them once.
 *
 * As a program, it goes on until Ctrl-C: `npm run example:telemetry:traffic`.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** Where the traffic goes. */
export interface TrafficOptions {
  /** The MCP server. */
  readonly resource?: string
  readonly issuer?: string
  /** Another resource of the same authorization server. Tokens for it are refused. */
  readonly otherResource?: string
}

export interface Traffic {
  /** Sends every kind of request. It goes on if the authorization server is down. */
  round(): Promise<void>
  /** How many answers had each status. */
  readonly statuses: ReadonlyMap<number, number>
}

/** After this many rounds, the clients get new tokens. Until then, the server's cache knows their tokens. */
const ROUNDS_PER_TOKEN = 20

export function createTraffic({
  resource = process.env.RESOURCE ?? 'http://127.0.0.1:3001/mcp',
  issuer = process.env.ISSUER ?? 'http://127.0.0.1:4000',
  otherResource = process.env.OTHER_RESOURCE ?? 'http://127.0.0.1:3000/mcp',
}: TrafficOptions = {}): Traffic {
  const statuses = new Map<number, number>()
  /** A client for each audience, as a client that loops is one that is never allowed. */
  const credentials = new Map<string, string>()
  let kept: { good: string; scopeless: string } | undefined
  let rounds = 0

  async function tokenFor(audience: string, scope?: string): Promise<string> {
    const authorization = credentials.get(audience) ?? (await register(issuer))
    credentials.set(audience, authorization)
    const body = await post(`${issuer}/token`, {
      headers: { authorization },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        resource: audience,
        ...(scope === undefined ? {} : { scope }),
      }),
    })
    return String(body.access_token)
  }

  async function send(body: string, token?: string, headers = {}): Promise<void> {
    const response = await fetch(resource, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      body,
    })
    await response.arrayBuffer()
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
  }

  const call = (token: string | undefined, name: string, input: object = {}): Promise<void> =>
    send(message('tools/call', { name, arguments: input }), token)

  /** Clients whose tokens the server knows: they notice no outage of the authorization server. */
  async function known(good: string, scopeless: string): Promise<void> {
    await send(message('tools/list'), good)
    for (const town of ['Bergen', 'Bogotá', 'Bamako', 'Atlantis']) {
      await call(good, 'forecast', { town })
    }
    await call(good, 'draw_map')
    await call(good, 'delete_station')
    await call(good, 'reset')
    await call(good, 'no_such_tool')
    await call(scopeless, 'forecast', { town: 'Bergen' })
  }

  /** Requests that nobody should send. */
  async function bad(good: string): Promise<void> {
    const [header = '', claims = '', signature = ''] = good.split('.')
    await call(undefined, 'forecast')
    await call(`nonsense-${rounds}`, 'forecast')
    await call([header, claims, withOtherBytes(signature)].join('.'), 'forecast')
    await call([withKeyId(header, 'unknown'), claims, signature].join('.'), 'forecast')
    await send('{"jsonrpc":', good)
    await send(message('tools/list'), good, { origin: 'https://elsewhere.example' })
  }

  /** Clients that get a new token each time. */
  async function fresh(): Promise<void> {
    await call(await tokenFor(otherResource, 'mcp:tools'), 'forecast', { town: 'Bergen' })
    const short = await tokenFor(resource, 'mcp:tools')
    await call(short, 'sign_out')
    await call(short, 'forecast', { town: 'Bergen' })
  }

  return {
    statuses,
    async round() {
      if (kept === undefined || rounds % ROUNDS_PER_TOKEN === 0) {
        const renewed = await renew().catch(() => kept)
        if (renewed === undefined) throw new Error(`${issuer} issues no tokens. Is it running?`)
        kept = renewed
      }
      rounds += 1
      await known(kept.good, kept.scopeless)
      await bad(kept.good)
      // In an outage of the authorization server there are no new tokens.
      await fresh().catch(() => {})
    },
  }

  async function renew(): Promise<{ good: string; scopeless: string }> {
    return { good: await tokenFor(resource, 'mcp:tools'), scopeless: await tokenFor(resource) }
  }
}

function message(method: string, params: object = {}): string {
  return JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
}

/** Registers a client. Returns its credentials for HTTP's Basic scheme. */
async function register(issuer: string): Promise<string> {
  const { client_id, client_secret } = await post(`${issuer}/register`, {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
    }),
  })
  return `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`
}

async function post(
  url: string,
  { headers, body }: { headers: Record<string, string>; body: string | URLSearchParams },
): Promise<Record<string, unknown>> {
  const response = await fetch(url, { method: 'POST', headers, body })
  const answer = await response.text()
  if (!response.ok) throw new Error(`${url}: ${response.status} ${answer}`)
  return JSON.parse(answer)
}

/** A signature that nobody made. */
function withOtherBytes(signature: string): string {
  return Buffer.from(signature, 'base64url').reverse().toString('base64url')
}

/** The same header with another `kid`. */
function withKeyId(header: string, kid: string): string {
  const members = JSON.parse(Buffer.from(header, 'base64url').toString())
  return Buffer.from(JSON.stringify({ ...members, kid })).toString('base64url')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const traffic = createTraffic()
  console.log('Sends requests until Ctrl-C.')
  for (;;) {
    await traffic.round()
    await delay(200 + Math.random() * 600)
  }
}
