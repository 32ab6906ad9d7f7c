/**
 * How many introspection calls an authorization server gets: a model, and a measurement that checks it.
 *
 * `node bench/scaling-model.ts`, after `npm run build`, runs 1, 4 and 16 resource servers in this process,
 * with and without the shared tier, against one introspection endpoint that counts. The load is open:
 * requests arrive at their time, whether or not earlier ones have been answered.
 *
 * The code is the real one, and the time is made: the servers get their clock from here, and an answer
 * of the endpoint arrives when that clock says so. So the figures do not depend on the machine.
 */
import { randomBytes } from 'node:crypto'
import { createResourceServer, type ResourceServer } from '../dist/index.js'
import { createLocalStore } from './memory/local-store.ts'

/** A load, and what the model needs to know about the servers. */
interface Load {
  readonly instances: number
  /** Seconds for which an introspection answer is reused. */
  readonly maxAge: number
  /** Requests a second with each token, at all instances together. */
  readonly rates: readonly number[]
}

/** The part of the life of a shared result in which an instance may renew it early. */
const EARLIEST = 0.1

/**
 * Introspection calls a second. Every instance has a cache of its own. Requests arrive at random (as a
 * Poisson process), so after an answer has ended, an instance waits `instances / rate` for the next
 * request with the token, and introspects.
 */
export function callsAlone({ instances, maxAge, rates }: Load): number {
  return sum(rates.map((rate) => instances / (maxAge + instances / rate)))
}

/**
 * The same with the shared tier: all instances are like one. The first of them that gives up a result
 * renews it for all, at a random moment of its last tenth.
 */
export function callsShared({ instances, maxAge, rates }: Load): number {
  const age = maxAge * (1 - (EARLIEST * instances) / (instances + 1))
  return sum(rates.map((rate) => 1 / (age + 1 / rate)))
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)

const INSTANCES = [1, 4, 16] as const
const MAX_AGE = 30
/** Seconds that are counted, after two lives of an answer. */
const SECONDS = Number(process.env.SCALING_SECONDS ?? 600)
const REQUESTS = 100
const TOKENS = 200
/** Seconds that the endpoint takes for an answer. */
const LATENCY = 0.02
const RESOURCE = 'https://mcp.example.com/mcp'
const ISSUER = 'https://sso.example.com'
const START = Date.UTC(2030, 0) / 1000

const WEIGHTS: Readonly<Record<string, readonly number[]>> = {
  uniform: Array.from({ length: TOKENS }, () => 1),
  'Zipf, s = 1': Array.from({ length: TOKENS }, (_, at) => 1 / (at + 1)),
}

/** Random numbers that are the same in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The authorization server: calls every token active, takes its time, and counts. */
class Endpoint {
  calls = 0
  now = START
  #waiting: { readonly due: number; readonly answer: () => void }[] = []

  readonly fetch: typeof fetch = async (_url, { body } = {}) => {
    const active = new URLSearchParams(String(body)).get('token')?.startsWith('opaque-') === true
    if (!active) return Response.json({ active })
    this.calls += 1
    await new Promise<void>((answer) => this.#waiting.push({ due: this.now + LATENCY, answer }))
    return Response.json({ active, aud: RESOURCE, sub: 'user', exp: START + 86_400 })
  }

  /** Moves the time on, and answers what is due before. */
  async advance(to: number): Promise<void> {
    for (;;) {
      const [next] = this.#waiting
      if (next === undefined || next.due > to) break
      this.#waiting.shift()
      this.now = next.due
      next.answer()
      await settled()
    }
    this.now = to
  }
}

/** Waits until everything has happened that needs no time. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** Runs one load on real resource servers, and returns the introspection calls a second. */
async function measure({ instances, maxAge, rates }: Load, isShared: boolean): Promise<number> {
  const endpoint = new Endpoint()
  const store = createLocalStore()
  const sealingKeys = randomBytes(32).toString('base64')
  const introspection = { clientId: 'mcp', clientSecret: 's', endpoint: `${ISSUER}/introspect` }
  const servers: ResourceServer[] = Array.from({ length: instances }, () =>
    createResourceServer({
      resource: RESOURCE,
      authorizationServer: { issuer: ISSUER, verification: 'introspection', introspection },
      cache: { introspectionMaxAge: maxAge },
      clock: () => endpoint.now * 1000,
      http: { fetch: endpoint.fetch },
      ...(isShared && {
        sharedStore: { store, onOutage: 'local', introspection: true, sealingKeys },
      }),
    }),
  )
  await Promise.all(servers.map((server) => server.ready()))
  const limits: number[] = []
  for (const rate of rates) limits.push((limits.at(-1) ?? 0) + rate)
  const decisions: Promise<{ readonly outcome: string }>[] = []
  const from = START + 2 * maxAge
  let before: number | undefined
  // The time between two arrivals is exponential.
  const gap = (): number => -Math.log(1 - Math.random()) / REQUESTS
  for (let due = START + gap(); due < from + SECONDS; due += gap()) {
    await endpoint.advance(due)
    if (due >= from) before ??= endpoint.calls
    const at = Math.random() * REQUESTS
    const token = limits.findIndex((limit) => at < limit)
    const server = servers[Math.floor(Math.random() * instances)] as ResourceServer
    const headers = { authorization: `Bearer opaque-token-${token}` }
    decisions.push(server.authenticate({ method: 'POST', url: '/mcp', headers }))
    await settled()
  }
  const calls = endpoint.calls - (before ?? 0)
  await endpoint.advance(Number.POSITIVE_INFINITY)
  const refused = (await Promise.all(decisions)).filter(({ outcome }) => outcome !== 'allowed')
  if (refused.length > 0) throw new Error(`${refused.length} requests were not allowed`)
  await Promise.all(servers.map((server) => server.close()))
  return calls / SECONDS
}

async function main(): Promise<void> {
  Math.random = seeded(1)
  console.log('| tokens | instances | shared tier | calls a minute | model | ratio |')
  console.log('|---|---|---|---|---|---|')
  for (const [name, weights] of Object.entries(WEIGHTS)) {
    const rates = weights.map((weight) => (weight / sum(weights)) * REQUESTS)
    for (const instances of INSTANCES) {
      for (const isShared of [false, true]) {
        const load = { instances, maxAge: MAX_AGE, rates }
        const measured = (await measure(load, isShared)) * 60
        const model = (isShared ? callsShared(load) : callsAlone(load)) * 60
        const tier = isShared ? 'yes' : 'no'
        const figures = [Math.round(measured), Math.round(model), (measured / model).toFixed(2)]
        console.log(`| ${[name, instances, tier, ...figures].join(' | ')} |`)
      }
    }
  }
}

if (import.meta.main) await main()
