/** Servers that get many secrets, and whose heaps are searched for them afterwards. */
import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { startTestIssuer, type TestIssuer } from '../../dist/testing/index.js'
import { freePort } from '../../scripts/keycloak/ports.ts'
import { QUICK } from '../harness.ts'
import { MODES, type Mode } from './modes.ts'
import { findSecrets } from './secret-search.ts'
import { requestsFor, type Shown, secretParts, secretsIn } from './shown-requests.ts'

const ROUNDS = QUICK ? 10 : 50
/** How the handler keeps a token on purpose. */
const CONTROLS = ['text', 'two-byte text', 'piece', 'bytes', 'two-byte bytes']

/** How each payload of a JWT begins: `{"`. */
const PAYLOAD = 'eyJ'

/** How the search of one server ended. */
export interface Searched {
  readonly mode: string
  /** How many secrets were shown. */
  readonly shown: number
  /** How many of them were found. */
  readonly found: number
  /** How many events and traces the server kept. */
  readonly published: number
  /** Bytes of all byte arrays, which were searched too. */
  readonly bytes: number
  /** The forms in which the handler kept a token on purpose, and which were not found. */
  readonly missed: readonly string[]
}

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export async function searchHeaps(): Promise<Searched[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-heap-'))
  try {
    const searched: Searched[] = []
    // In its short form the servers that nobody observes are left out: observed ones keep the same, and more.
    const modes = MODES.filter(({ observed, name }) => {
      return !QUICK || observed === true || !MODES.some((one) => one.name.startsWith(`${name},`))
    })
    for (const mode of modes) searched.push(await search(mode, join(folder, 'heap.heapsnapshot')))
    return searched
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function search(mode: Mode, file: string): Promise<Searched> {
  const resource = `http://127.0.0.1:${await freePort()}/mcp`
  const [first, second] = [1, 2].map(() => randomBytes(32).toString('hex')) as [string, string]
  const clientSecret = mode.secondSecret === true ? second : first
  const client = { clientId: 'bench', clientSecret }
  await using issuer = await startTestIssuer({ resource, scopes: ['mcp:tools'], client })
  const child = fork(new URL('server.ts', import.meta.url), {
    env: {
      ...process.env,
      MODE: JSON.stringify(mode),
      RESOURCE: resource,
      ISSUER: issuer.issuer,
      FIRST_SECRET: first,
      SECOND_SECRET: second,
    },
    execArgv: ['--expose-gc', '--no-warnings', '--heap-snapshot-string-limit=100000'],
  })
  await messageOf(child)
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  try {
    const replaced: string[] = []
    if (mode.secondSecret === true) {
      await replaceSecret(issuer, child, { agent, resource, first })
      replaced.push(first, Buffer.from(first).toString('base64').replaceAll('=', ''))
    }
    const context = { resource, ...(await helloFrom(issuer, agent, resource)) }
    const shown = await requestsFor(issuer, mode, ROUNDS, context)
    const half = mode.outage === true ? shown.length / 2 : shown.length
    const answers = await send(agent, resource, shown.slice(0, half))
    if (mode.outage === true) {
      await using _ = issuer.outage({ of: ['keys', 'introspection', 'metadata'] })
      answers.push(...(await send(agent, resource, shown.slice(half))))
    }
    for (const wanted of mode.outage === true ? [200, 401, 503] : [200, 401]) {
      if (!answers.some(({ status }) => status === wanted)) {
        throw new Error(`${mode.name}: no answer was ${wanted}`)
      }
    }
    const controls = await Promise.all(CONTROLS.map((form) => controlFor(issuer, form)))
    const kept = controls.map(({ shown: control }) => control)
    await send(agent, resource, kept)
    const counts = (await ask(child, { file })) as {
      kept: number
      published: number
      bytes: number
    }
    if (counts.kept !== CONTROLS.length)
      throw new Error(`${mode.name}: the handler kept too little`)
    const exchanged = mode.exchanged === 0 ? answers.flatMap(exchangedIn) : []
    if (mode.exchanged === 0 && exchanged.length === 0) {
      throw new Error(`${mode.name}: no token was exchanged`)
    }
    const parts = [...shown, ...kept].flatMap(({ headers }) => secretsIn(headers))
    const secrets = [...new Set([...parts, ...exchanged, ...replaced])]
    const inText = await findSecrets(file, secrets)
    // A payload without its signature is of no use to a thief. It stays in the bytes that were verified, until
    // the process uses their memory again.
    const usable = secrets.filter((secret) => !secret.startsWith(PAYLOAD))
    const inBytes = await findSecrets(`${file}.bytes`, usable)
    const onPurpose = new Set(kept.flatMap(({ headers }) => secretsIn(headers)))
    return {
      mode: mode.name,
      shown: secrets.filter((secret) => !onPurpose.has(secret)).length,
      found: secrets.filter(
        (secret) => !onPurpose.has(secret) && (inText.has(secret) || inBytes.has(secret)),
      ).length,
      published: counts.published,
      bytes: counts.bytes,
      missed: controls
        .filter(({ form, shown: { headers } }) => {
          const searched = form.includes('bytes') ? inBytes : inText
          return !secretsIn(headers).some((secret) => searched.has(secret))
        })
        .map(({ form }) => form),
    }
  } finally {
    agent.destroy()
    child.disconnect()
  }
}

/** A token that the handler keeps in a form. */
async function controlFor(issuer: TestIssuer, form: string) {
  const token = await issuer.token({ subject: 'control', claims: { nonce: crypto.randomUUID() } })
  return { form, shown: { headers: { authorization: `Bearer ${token}`, 'x-keep': form } } }
}

/** A session of the usual caller, and a nonce if the server gives one. */
async function helloFrom(issuer: TestIssuer, agent: Agent, resource: string) {
  const authorization = `Bearer ${await issuer.token()}`
  const [opened, refused] = await send(agent, resource, [
    { headers: { authorization, 'x-open': '1' } },
    { headers: { authorization: authorization.replace('Bearer', 'DPoP'), dpop: 'none' } },
  ])
  const nonce = refused?.headers['dpop-nonce']
  return {
    session: String(opened?.headers['mcp-session-id']),
    nonce: typeof nonce === 'string' ? nonce : undefined,
  }
}

/** Uses a client secret, and then lets the authorization server refuse it. */
async function replaceSecret(
  issuer: TestIssuer,
  child: ChildProcess,
  { agent, resource, first }: { agent: Agent; resource: string; first: string },
): Promise<void> {
  let refused = 0
  let replaced = false
  issuer.replaceAnswer('introspection', ({ headers }, usual) => {
    const [, credentials = ''] = headers.authorization?.split(' ') ?? []
    if (!Buffer.from(credentials, 'base64').toString().includes(first)) return usual()
    refused += 1
    return replaced
      ? { status: 401, body: { error: 'invalid_client' } }
      : { body: { active: false } }
  })
  const early = `Bearer ${await issuer.token()}`
  await send(agent, resource, [{ headers: { authorization: early } }])
  replaced = true
  await ask(child, {})
  const authorization = `Bearer ${await issuer.token({ claims: { nonce: crypto.randomUUID() } })}`
  const [answer] = await send(agent, resource, [{ headers: { authorization } }])
  if (refused < 2 || answer?.status !== 200) {
    throw new Error(`the client secret was not replaced: ${refused} calls, HTTP ${answer?.status}`)
  }
}

function exchangedIn({ status, body }: Answer): string[] {
  if (status !== 200 || body === '') return []
  const { accessToken = '' } = JSON.parse(body).result as { accessToken?: string }
  return secretParts(accessToken)
}

async function send(agent: Agent, resource: string, shown: readonly Shown[]): Promise<Answer[]> {
  const answers: Answer[] = []
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
    let body = ''
    if (method === 'GET' && response.statusCode === 200) {
      await once(response, 'data')
      sent.destroy()
    } else {
      body = await text(response)
    }
    answers.push({ status: response.statusCode, headers: response.headers, body })
  }
  return answers
}

async function ask(child: ChildProcess, message: { readonly file?: string }): Promise<unknown> {
  child.send(message)
  return messageOf(child)
}

async function messageOf(child: ChildProcess): Promise<unknown> {
  const exit = once(child, 'exit').then(([code]) => {
    throw new Error(`the server ended with ${code}`)
  })
  const [message] = await Promise.race([once(child, 'message'), exit])
  return message
}
