/** Servers that get many tokens, and whose heaps are searched for them afterwards. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDpopKey, startTestIssuer, type TestIssuer } from '../../dist/testing/index.js'
import { freePort } from '../../scripts/keycloak/ports.ts'
import { QUICK } from '../harness.ts'
import { findSecrets } from './secret-search.ts'

const MODES = ['jwt', 'introspection', 'hybrid', 'shared store'] as const
const EACH = QUICK ? 10 : 50

/** How the search of one server ended. */
export interface Searched {
  readonly mode: string
  /** How many secrets were shown. */
  readonly shown: number
  /** How many of them were found. */
  readonly found: number
  /** Whether the token was found that the handler keeps on purpose. */
  readonly control: boolean
}

/** A request that shows secrets. */
interface Shown {
  readonly headers: Readonly<Record<string, string>>
  readonly method?: 'GET'
}

export async function searchHeaps(): Promise<Searched[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-heap-'))
  try {
    const searched: Searched[] = []
    for (const mode of MODES) searched.push(await search(mode, join(folder, 'heap.heapsnapshot')))
    return searched
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function search(mode: (typeof MODES)[number], file: string): Promise<Searched> {
  const resource = `http://127.0.0.1:${await freePort()}/mcp`
  const client = { clientId: 'bench', clientSecret: 'secret' }
  await using issuer = await startTestIssuer({ resource, scopes: ['mcp:tools'], client })
  const child = fork(new URL('server.ts', import.meta.url), {
    env: { ...process.env, MODE: mode, RESOURCE: resource, ISSUER: issuer.issuer },
    execArgv: ['--expose-gc', '--heap-snapshot-string-limit=100000'],
  })
  await messageOf(child)
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  try {
    const shown = await requestsFor(issuer, resource, mode)
    const control = await issuer.token({ subject: 'control' })
    const statuses = await send(agent, resource, shown)
    for (const wanted of [200, 401]) {
      if (!statuses.includes(wanted)) throw new Error(`${mode}: no answer was ${wanted}`)
    }
    await send(agent, resource, [
      { headers: { authorization: `Bearer ${control}`, 'x-keep': '1' } },
    ])
    if ((await snapshot(child, file)) !== 1) throw new Error(`${mode}: the handler kept no token`)
    const secrets = shown.flatMap(({ headers }) => secretsIn(headers))
    const expected = secretsIn({ authorization: control })
    const found = await findSecrets(file, [...secrets, ...expected])
    return {
      mode,
      shown: secrets.length,
      found: secrets.filter((secret) => found.has(secret)).length,
      control: expected.every((secret) => found.has(secret)),
    }
  } finally {
    agent.destroy()
    child.disconnect()
  }
}

/** Good tokens and bad ones, alone, with a session, with a stream, and with DPoP proofs. */
async function requestsFor(issuer: TestIssuer, resource: string, mode: string): Promise<Shown[]> {
  const shown: Shown[] = []
  const dpop = await createDpopKey()
  const bearer = (token: string, more = {}): Shown => ({
    headers: { authorization: `Bearer ${token}`, ...more },
  })
  for (let at = 0; at < EACH; at += 1) {
    const claims = { nonce: crypto.randomUUID() }
    const [token, forged] = [await issuer.token({ claims }), await issuer.forgedToken({ claims })]
    shown.push(
      bearer(token),
      bearer(token, { 'mcp-session-id': 'unknown' }),
      bearer(await issuer.token({ claims }), { 'x-open': '1' }),
      { ...bearer(await issuer.token({ claims })), method: 'GET' },
      bearer(await issuer.token({ claims, expiresIn: -600 })),
      bearer(await issuer.token({ claims, audience: 'https://other.example.com' })),
      bearer(await issuer.token({ claims, header: { kid: `unknown-${at}` } })),
      bearer(forged),
      bearer(`${forged}.${forged.slice(-40)}`),
      bearer(forged.slice(0, -3)),
      { headers: { authorization: `Basic ${forged.split('.')[2]}` } },
    )
    const bound = await issuer.token({ claims, dpop: { thumbprint: dpop.thumbprint } })
    const { authorization, dpop: proof } = await dpop.headers({ token: bound, url: resource })
    shown.push(
      { headers: { authorization, dpop: proof } },
      { headers: { authorization, dpop: proof } },
    )
    if (mode === 'introspection') {
      shown.push(bearer(issuer.opaqueToken()), bearer(crypto.randomUUID().repeat(2)))
    }
  }
  return shown
}

/** What must not be found: payloads and signatures of JWTs, and opaque tokens. Headers are the same for all. */
function secretsIn(headers: Readonly<Record<string, string>>): string[] {
  return [headers.authorization, headers.dpop].flatMap((value = '') => {
    const text = value.replace(/^\w+ /, '')
    const parts = text.split('.')
    return (parts.length > 2 ? parts.slice(1) : [text]).filter(({ length }) => length >= 24)
  })
}

async function send(agent: Agent, resource: string, shown: readonly Shown[]): Promise<number[]> {
  const statuses: number[] = []
  for (const { headers, method = 'POST' } of shown) {
    const sent = request(resource, {
      agent,
      method,
      headers: {
        ...headers,
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        'mcp-protocol-version': '2025-11-25',
      },
    })
    sent.end(method === 'POST' ? '{"jsonrpc":"2.0","id":1,"method":"ping"}' : undefined)
    const [response] = await once(sent, 'response')
    statuses.push(response.statusCode)
    if (method === 'GET' && response.statusCode === 200) {
      await once(response, 'data')
      sent.destroy()
    } else {
      response.resume()
      await once(response, 'end')
    }
  }
  return statuses
}

async function snapshot(child: ChildProcess, file: string): Promise<unknown> {
  child.send(file)
  return messageOf(child)
}

async function messageOf(child: ChildProcess): Promise<unknown> {
  const exit = once(child, 'exit').then(([code]) => {
    throw new Error(`the server ended with ${code}`)
  })
  const [message] = await Promise.race([once(child, 'message'), exit])
  return message
}
