import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FLOORS } from './floors.ts'

/**
 * A room may import from the floors below it. On its own floor it may import only from the rooms that
 * are listed here.
 */
const NEIGHBOURS: Readonly<Record<string, readonly string[]>> = {
  // Options that are clocks and URLs are checked by the rules for clocks and URLs.
  options: ['http', 'redaction', 'storage'],
  // The store on Redis takes options.
  storage: ['options'],
}

/** Who may import which package, types included. A package that is not named here is not for src/. */
const IMPORTERS: Readonly<Record<string, readonly string[]>> = {
  // Makes the keys that signatures are checked with, and signs.
  // The testing kit signs tokens with it.
  jose: [
    'src/jws/signer.ts',
    'src/jws/signing-key.ts',
    'src/jws/verification-key.ts',
    'src/testing/create-test-key.ts',
    'src/testing/dpop-key.ts',
    'src/testing/forged-token.ts',
    'src/testing/test-key.ts',
  ],
  'lru-cache': ['src/storage/bounded-cache.ts'],
  undici: [
    // For the type of an option alone.
    'src/authorization-server/http/options.ts',
    'src/authorization-server/http/connections.ts',
    'src/authorization-server/http/undici-transport.ts',
    // The issuer of the testing kit as a dispatcher.
    'src/testing/issuer-dispatcher.ts',
    'src/testing/test-issuer.ts',
    // The doctor's connections: they open none into the network of whoever runs it.
    'src/doctor/outside/guarded-connector.ts',
    'src/doctor/outside/probe.ts',
  ],
  zod: [
    // Schemas of options, in the room that takes the options.
    'src/authorization-server/http/options.ts',
    'src/authorization-server/options-schema.ts',
    'src/gate/options.ts',
    'src/keycloak/realm-options-schema.ts',
    'src/mcp/policy/options-schema.ts',
    'src/mcp/session-options.ts',
    'src/metadata/options.ts',
    'src/options/options-schema.ts',
    'src/options/read-options.ts',
    'src/options/schema-parts.ts',
    'src/opentelemetry/options-schema.ts',
    'src/profiles/options-schema.ts',
    'src/resource-server/authorization-server-options.ts',
    'src/resource-server/options-schema.ts',
    'src/resource-server/shared-store-options.ts',
    'src/revocation/options-schema.ts',
    'src/sender-constraint/options-schema.ts',
    'src/storage/redis/options-schema.ts',
    'src/testing/options-schema.ts',
    'src/testing/request-options-schema.ts',
    'src/token/profile-schema.ts',
    'src/token-exchange/options.ts',
    'src/verification/options-schema.ts',
    'src/verification/verified-token-schema.ts',
  ],
  '@modelcontextprotocol/sdk': ['src/adapters/mcp-sdk.ts'],
  '@modelcontextprotocol/server': ['src/adapters/mcp-server.ts'],
  // The issuer of the testing kit as handlers.
  msw: ['src/testing/msw.ts'],
  '@opentelemetry/api': [
    'src/opentelemetry/create-instrumentation.ts',
    'src/opentelemetry/instruments.ts',
    'src/opentelemetry/metric-recorder.ts',
    // For the type of attributes alone.
    'src/opentelemetry/span-attributes.ts',
    'src/opentelemetry/span-runner.ts',
    'src/opentelemetry/trace-context.ts',
  ],
  fastify: ['src/adapters/fastify.ts'],
  hono: ['src/adapters/hono.ts'],
}

const LONGEST_FILE = 300
const BANNED_NAME = /(^|\/)(utils?|helpers?|misc|common)(\/|\.|$)/i

type Tree = Readonly<Record<string, string>>

// The formatter puts every statement at the start of a line and quotes with ', so these four forms
// are all there are: import/export … from 'x', import 'x', import('x') in a value or a type.
const FROM =
  /^(?:import|export)\s+(?:type\s+)?(?:[\w$]+\s*,?\s*)?(?:\*(?:\s+as\s+[\w$]+)?|\{[^}]*\})?\s*from\s+'([^']+)'/gm
const BARE = /^import\s+'([^']+)'/gm
const CALL = /\b(?:import|require)\(\s*'([^']+)'/g

function importsOf(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
  return [FROM, BARE, CALL].flatMap((form) =>
    Array.from(code.matchAll(form), (match) => match[1] ?? ''),
  )
}

const roomOf = (file: string): string => (file.split('/')[1] ?? '').replace(/\.ts$/, '')
const floorOf = (file: string): number => FLOORS.findIndex((floor) => floor.includes(roomOf(file)))
const isSideways = (file: string, target: string): boolean =>
  floorOf(file) === floorOf(target) &&
  roomOf(file) !== roomOf(target) &&
  NEIGHBOURS[roomOf(file)]?.includes(roomOf(target)) !== true
const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')

/** Everything that is wrong with a tree of source files, in words. */
function faults(tree: Tree, importers = IMPORTERS): string[] {
  const found: string[] = []
  const edges = new Map<string, string[]>()
  const entries = new Map<string, Set<string>>()
  const packagesSeen = new Set<string>()

  for (const [file, source] of Object.entries(tree)) {
    const parts = file.split('/')
    for (let depth = 1; depth < parts.length; depth += 1) {
      const folder = parts.slice(0, depth).join('/')
      entries.set(folder, (entries.get(folder) ?? new Set()).add(parts[depth] ?? ''))
    }

    if (floorOf(file) < 0)
      found.push(`${file}: ${roomOf(file)} has no floor; give it one in FLOORS`)
    if (BANNED_NAME.test(file)) found.push(`${file}: name it after what it does`)
    const lines = source.trimEnd().split('\n').length
    if (lines > LONGEST_FILE) found.push(`${file}: ${lines} lines, more than ${LONGEST_FILE}`)

    const targets: string[] = []
    for (const specifier of importsOf(source)) {
      if (specifier.startsWith('.')) {
        const target = posix.join(posix.dirname(file), specifier)
        targets.push(target)
        if (tree[target] === undefined) found.push(`${file}: imports ${target}, which is not there`)
        else if (floorOf(target) > floorOf(file)) found.push(`${file}: imports upwards, ${target}`)
        else if (isSideways(file, target)) found.push(`${file}: imports sideways, ${target}`)
      } else if (!specifier.startsWith('node:')) {
        const name = packageOf(specifier)
        packagesSeen.add(name)
        const allowed = importers[name]
        if (allowed === undefined) found.push(`${file}: imports ${name}, unknown to IMPORTERS`)
        else if (!allowed.includes(file)) found.push(`${file}: imports ${name}, not its to import`)
      }
    }
    edges.set(file, targets)
  }

  for (const [folder, inside] of entries) {
    if (inside.size === 1) found.push(`${folder}: a folder that holds one thing`)
  }
  for (const name of Object.keys(importers)) {
    if (!packagesSeen.has(name)) found.push(`${name}: in IMPORTERS, and nobody imports it`)
  }
  return [...found, ...cycles(edges)]
}

/** Every way from a file back to itself, each once. */
function cycles(edges: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = []
  const done = new Set<string>()
  const walk = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file)
    if (start >= 0) found.push(`a cycle: ${[...path.slice(start), file].join(' → ')}`)
    if (start >= 0 || done.has(file)) return
    for (const target of edges.get(file) ?? []) walk(target, [...path, file])
    done.add(file)
  }
  for (const file of edges.keys()) walk(file, [])
  return found
}

function sourceTree(): Tree {
  const files = readdirSync('src', { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => posix.join(entry.parentPath.replaceAll('\\', '/'), entry.name))
  return Object.fromEntries(files.sort().map((file) => [file, readFileSync(file, 'utf8')]))
}

describe('the floors of src/', () => {
  it('has imports that only point down, packages in their own files, and no file out of line', () => {
    const tree = sourceTree()
    expect(Object.keys(tree)).toContain('src/errors/reasons.ts')
    const files = readdirSync('src', { recursive: true, withFileTypes: true })
    expect(files.filter((entry) => entry.isFile() && !entry.name.endsWith('.ts'))).toEqual([])
    expect(faults(tree)).toEqual([])
  })

  it('S1.1: has no cryptography of its own: digests, random ids, and one seam where the platform verifies', () => {
    for (const [file, source] of Object.entries(sourceTree())) {
      const taken = Array.from(
        source.matchAll(/^import .*\{([^}]*)\} from 'node:crypto'/gm),
        (match) => match[1]?.split(',').map((name) => name.replace('type ', '').trim()) ?? [],
      ).flat()
      const allowed = [
        'hash',
        'randomUUID',
        ...(file === 'src/sender-constraint/nonces.ts'
          ? ['createHmac', 'randomBytes', 'timingSafeEqual']
          : []),
        // Compares the digests of secrets.
        ...(file === 'src/revocation/events/push-endpoint.ts' ? ['timingSafeEqual'] : []),
        // Seals values for a store that others can read.
        ...(file === 'src/storage/sealing.ts'
          ? ['createCipheriv', 'createDecipheriv', 'hkdfSync', 'randomBytes']
          : []),
        // Reads the certificate of a client.
        ...(file === 'src/sender-constraint/client-certificates.ts' ? ['X509Certificate'] : []),
        // Reads the private keys that jose signs with: jose reads none without waiting.
        ...(file === 'src/jws/signing-key.ts'
          ? ['createPrivateKey', 'createPublicKey', 'KeyObject']
          : []),
        // Makes the keys of an authorization server for tests.
        ...(/^src\/testing\/(create-)?test-key.ts$/.test(file)
          ? ['generateKeyPairSync', 'KeyObject']
          : []),
        // Verifies with the keys and algorithms of the seam, without the way through another thread.
        ...(file === 'src/jws/node-verifier.ts' ? ['KeyObject', 'verify'] : []),
        // Gives a key the type that needs no options.
        ...(file === 'src/jws/rsa-pss-key.ts' ? ['createPublicKey', 'KeyObject'] : []),
      ]
      expect(allowed, file).toEqual(expect.arrayContaining(taken))
      expect(source, file).not.toMatch(/\* as \w+ from 'node:crypto'|\bcrypto\.verify/)
      // jose is its oracle: test/unit/jws/signature-oracle.test.ts.
      const subtle = source.match(/\bcrypto\.subtle\.\w+\(/g) ?? []
      expect(subtle, file).toEqual(file === 'src/jws/signature.ts' ? ['crypto.subtle.verify('] : [])
    }
  })

  it('reads every form of import', () => {
    const source = `
import 'a'
import b from 'b'
import c, { type C } from 'c'
import type {
  D,
} from 'd'
import * as e from 'e'
export * from 'f'
export * as g from 'g'
export type { H } from 'h'
export const none = 'not an import'
/** import 'in-a-comment' */
// import 'in-another'
const i = await import('i')
const j = undefined as unknown as import('j').J
`
    expect(importsOf(source).sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'])
  })
})

describe('the check itself', () => {
  const sound: Tree = {
    'src/errors.ts': "import { hash } from 'node:crypto'\nexport {}\n",
    'src/token/rules.ts': "import { E } from '../errors.ts'\nexport {}\n",
    'src/token/profile.ts': 'export {}\n',
    'src/verification/jwt.ts': "import { jwtVerify } from 'jose'\nimport '../token/rules.ts'\n",
    'src/verification/hybrid.ts': "export { createJwtVerifier } from './jwt.ts'\n",
    'src/verification/cached.ts': 'export {}\n',
  }
  const importers = { jose: ['src/verification/jwt.ts'] }
  const judge = (changes: Tree): string[] => faults({ ...sound, ...changes }, importers)

  it('passes a sound tree', () => expect(judge({})).toEqual([]))

  it.each<[what: string, changes: Tree, fault: string]>([
    [
      'an import upwards',
      { 'src/token/rules.ts': "import { verify } from '../verification/cached.ts'\n" },
      'src/token/rules.ts: imports upwards, src/verification/cached.ts',
    ],
    [
      'a type imported upwards',
      { 'src/errors.ts': "import type { Cached } from './verification/cached.ts'\n" },
      'src/errors.ts: imports upwards, src/verification/cached.ts',
    ],
    [
      'a re-export upwards',
      { 'src/errors.ts': "export type {\n  Cached,\n} from './verification/cached.ts'\n" },
      'src/errors.ts: imports upwards, src/verification/cached.ts',
    ],
    [
      'a package outside its own files',
      { 'src/token/rules.ts': "import type { JWK } from 'jose'\n" },
      'src/token/rules.ts: imports jose, not its to import',
    ],
    [
      'an unknown package, by a deep path',
      { 'src/token/rules.ts': "import { x } from '@acme/kit/deep'\n" },
      'src/token/rules.ts: imports @acme/kit, unknown to IMPORTERS',
    ],
    [
      'a package that is allowed and unused',
      { 'src/verification/jwt.ts': 'export {}\n' },
      'jose: in IMPORTERS, and nobody imports it',
    ],
    [
      'an import from another room of the same floor',
      {
        'src/verification/cached.ts': "import '../token-exchange/endpoint.ts'\n",
        'src/token-exchange/endpoint.ts': 'export {}\n',
        'src/token-exchange/exchanger.ts': 'export {}\n',
      },
      'src/verification/cached.ts: imports sideways, src/token-exchange/endpoint.ts',
    ],
    [
      'a missing file',
      { 'src/errors.ts': "import './gone.ts'\n" },
      'src/errors.ts: imports src/gone.ts, which is not there',
    ],
    [
      'a cycle',
      {
        'src/token/rules.ts': "import './profile.ts'\n",
        'src/token/profile.ts': "import type { R } from './rules.ts'\n",
      },
      'a cycle: src/token/rules.ts → src/token/profile.ts → src/token/rules.ts',
    ],
    [
      'a room without a floor',
      { 'src/cellar.ts': 'export {}\n' },
      'src/cellar.ts: cellar has no floor; give it one in FLOORS',
    ],
    [
      'a folder with one file',
      { 'src/storage/only.ts': 'export {}\n' },
      'src/storage: a folder that holds one thing',
    ],
    [
      'a name that says nothing',
      { 'src/token/utils.ts': 'export {}\n' },
      'src/token/utils.ts: name it after what it does',
    ],
    [
      'a long file',
      { 'src/errors.ts': 'export {}\n'.repeat(301) },
      'src/errors.ts: 301 lines, more than 300',
    ],
  ])('catches %s', (_what, changes, fault) => {
    expect(judge(changes)).toEqual([fault])
  })
})
