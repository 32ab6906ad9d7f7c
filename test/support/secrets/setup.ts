/**
 * A setup file of vitest. A test fails if a secret that any test made so far comes out of the library: in an
 * event, a log, an error, an answer, a store, a call, or by `inspect`. vitest.config.ts says for which tests.
 */
import * as crypto from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import { relative } from 'node:path'
import { CompactSign } from 'jose'
import { afterAll, afterEach, expect } from 'vitest'
import * as events from '../../../src/telemetry/events.ts'
import * as traces from '../../../src/telemetry/traces.ts'
import { COUNTS } from './counts.ts'
import { isPublic } from './known-secrets.ts'
import { type SecretWatch, secretWatch } from './watch.ts'
import { collectTelemetry, searchCollected } from './watched-telemetry.ts'
import { wrapWith } from './wrap.ts'

/** Files that test what happens if nobody listens to a channel. Then there is no correlation id, for instance. */
const UNOBSERVED: ReadonlySet<string> = new Set([
  'test/unit/adapters/express.test.ts',
  'test/unit/adapters/fetch.test.ts',
  'test/unit/adapters/mcp-gate.test.ts',
  'test/unit/gate/authenticate.test.ts',
  'test/unit/opentelemetry/instrumentation.test.ts',
  'test/unit/telemetry/traces.test.ts',
  'test/unit/verification/observed-verification.test.ts',
])

/** Files that have an SDK of OpenTelemetry of their own. There is one instrumentation in a process. */
const OWN_TELEMETRY = /support\/(?:spans|metrics)\.ts|opentelemetry/

/** Tests that put a secret where the library cannot know it: a part of the test's name, and the place. */
const KNOWN: readonly (readonly [name: string, place: string])[] = [
  // A piece of one token is a claim of another token, which somebody made up.
  ['say nothing raw: no control characters', 'the channel mcp-resource-server:client-looping'],
  // Each option in turn is a token, for instance the address of the issuer. The message quotes what it found.
  [
    'names what is wrong, or explains; it never fails',
    'the message of the error of createResourceServer',
  ],
  [
    'names what is wrong, or explains; it never fails',
    'inspect of the error of createResourceServer',
  ],
  [
    'names what is wrong, or explains; it never fails',
    'the stack of the error of createResourceServer',
  ],
  // The option `signed_metadata` of the test is a token. It is meant for everybody.
  ['holds every registered member, and names in other languages', ''],
]

const WRAP = Symbol.for('mcp-resource-server/test/secret-wrap')
const global = globalThis as { [WRAP]?: unknown }

const watch = secretWatch()
if (global[WRAP] === undefined) {
  global[WRAP] = wrapWith(watch)
  registerKeysAndTokens(watch)
  watchStreams(watch)
  searchCollected(watch)
}
watch.begin()
const file = relative(process.cwd(), expect.getState().testPath ?? '')
const isObserved = !UNOBSERVED.has(file)
const subscriptions = isObserved ? watchChannels(watch) : []
const isCollected = isObserved && !OWN_TELEMETRY.test(readFileSync(file, 'utf8'))
const endTelemetry = isCollected ? collectTelemetry(watch) : undefined

afterEach(({ task }) => {
  const known = KNOWN.filter(([name]) => task.name.includes(name)).map(([, place]) => place)
  const found = watch.leaks.splice(0)
  const leaks = found.filter(({ place }) => !known.some((one) => place.startsWith(one)))
  watch.explained += found.length - leaks.length
  if (leaks.length === 0) return
  const lines = leaks
    .slice(0, 10)
    .map(({ place, kind, before }) => `${place}: a ${kind} after ${JSON.stringify(before)}`)
  throw new Error(`${leaks.length} texts with secrets left the library:\n${lines.join('\n')}`)
})

afterAll(async () => {
  for (const unsubscribe of subscriptions) unsubscribe()
  await endTelemetry?.()
  mkdirSync(COUNTS, { recursive: true })
  writeFileSync(
    `${COUNTS}/${process.pid}-${performance.timeOrigin}.json`,
    JSON.stringify(watch.counts),
  )
})

/** Marks tokens, proofs, assertions and keys where the tests and the library make them. */
function registerKeysAndTokens(to: SecretWatch): void {
  const sign = CompactSign.prototype.sign
  CompactSign.prototype.sign = async function signed(...args: Parameters<typeof sign>) {
    const jws = await sign.apply(this, args)
    const header = String(Buffer.from(jws.split('.', 1)[0] ?? '', 'base64url'))
    if (!isPublic(jws)) to.token(jws, kindOf(header))
    return jws
  }
  const builtin = createRequire(import.meta.url)('node:crypto') as Record<string, unknown>
  const generate = crypto.generateKeyPairSync as (
    ...args: unknown[]
  ) => crypto.KeyPairKeyObjectResult
  builtin.generateKeyPairSync = (...args: unknown[]) => {
    const pair = generate(...args)
    if (pair.privateKey instanceof crypto.KeyObject) to.privateKey(pair.privateKey)
    return pair
  }
  // Tests sign with node:crypto what jose refuses to sign, and so does the library itself.
  const signBytes = crypto.sign as (...args: unknown[]) => unknown
  builtin.sign = (...args: unknown[]) => {
    const signature = signBytes(...args)
    const input = args[1] instanceof Uint8Array ? Buffer.from(args[1]).toString('latin1') : ''
    if (signature instanceof Uint8Array && JWS_INPUT.test(input)) {
      const jws = `${input}.${Buffer.from(signature).toString('base64url')}`
      if (!isPublic(jws)) to.token(jws, 'token signed with node:crypto')
    }
    return signature
  }
  syncBuiltinESMExports()
  const { subtle } = globalThis.crypto
  const generateKey = subtle.generateKey.bind(subtle) as (...args: unknown[]) => Promise<unknown>
  subtle.generateKey = (async (...args: unknown[]) => {
    const made = (await generateKey(...args)) as { privateKey?: crypto.webcrypto.CryptoKey }
    const { privateKey } = made
    if (privateKey?.extractable) to.privateKey(crypto.KeyObject.from(privateKey))
    return made
  }) as typeof subtle.generateKey
}

/** What is signed of a JWS: header and payload. */
const JWS_INPUT = /^eyJ[\w-]+\.[\w-]+$/

const kindOf = (header: string): string =>
  /"typ":"([^"]{1,40})"/.exec(header)?.[1]?.toLowerCase() ?? 'token without type'

/** Subscribes to every channel of the library, also those of its traces. Returns the ends of the subscriptions. */
function watchChannels(to: SecretWatch): readonly (() => void)[] {
  const named = (names: object, end: string) =>
    Object.entries(names).flatMap(([name, value]) => (name.endsWith(end) ? [String(value)] : []))
  const phases = ['start', 'end', 'asyncStart', 'asyncEnd', 'error']
  const channels = [
    ...named(events, '_CHANNEL'),
    ...named(traces, '_TRACE').flatMap((name) => phases.map((phase) => `tracing:${name}:${phase}`)),
  ]
  return channels.map((channel) => {
    const search = (message: unknown): void => to.leaves(`the channel ${channel}`, message)
    subscribe(channel, search)
    return () => void unsubscribe(channel, search)
  })
}

/** Searches what the process prints, and its warnings. */
function watchStreams(to: SecretWatch): void {
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    const print = console[method].bind(console)
    console[method] = (...args: unknown[]) => {
      for (const arg of args) to.leaves(`console.${method}`, arg)
      print(...args)
    }
  }
  const warn = process.emitWarning.bind(process) as (...args: unknown[]) => void
  process.emitWarning = ((...args: unknown[]) => {
    for (const arg of args.slice(0, 2)) to.leaves('a process warning', arg)
    warn(...args)
  }) as typeof process.emitWarning
}
