/**
 * Holds a policy against what really happens to a URI: random rules and URIs, the dispatch of both
 * majors of the MCP SDK, and what handlers read of the URI that they are given.
 */
import { posix } from 'node:path'
import {
  McpServer as McpServerV1,
  ResourceTemplate as ResourceTemplateV1,
} from '@modelcontextprotocol/sdk/server/mcp.js'
import {
  McpServer as McpServerV2,
  ResourceTemplate as ResourceTemplateV2,
} from '@modelcontextprotocol/server'
import type { PolicyOptions, PolicyRule } from '../../src/mcp/policy/options.ts'
import type { Policy } from '../../src/mcp/policy/policy.ts'
import type { VerifiedToken } from '../../src/token/verified-token.ts'

export interface Differential {
  /** URIs judged, and how they came out. */
  readonly judged: number
  readonly refused: number
  /** Handlers that ran in the SDKs, and resources that handlers read. */
  readonly ran: number
  readonly reached: number
  /** What ran or was read without its rule. */
  readonly leaks: readonly string[]
}

type MakePolicy = (options: PolicyOptions) => Pick<Policy, 'check'>

/** Rules by URI or template; every rule asks for a scope of its own, so the answer says which were judged. */
interface Setup {
  readonly texts: readonly string[]
  readonly fallback: PolicyRule
}

const NOBODY = { scopes: [], claims: {} } as unknown as VerifiedToken

/** Numbers that look random and are the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

type Random = () => number
const pick = <T>(random: Random, list: readonly T[]): T =>
  list[Math.floor(random() * list.length)] as T
const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make)

const SCHEMES = ['docs', 'docs', 'docs', 'notes', 'https', 'file', 'x0x']
const HOSTS = ['', '', '', 'a', 'b', 'team', 'x', 'x0x', 'localhost', 'h.example']
const WORDS = [
  'a',
  'b',
  'team',
  'pay',
  'x',
  'x0x',
  '0',
  '3x3x',
  'caf%C3%A9',
  'cafe%CC%81',
  'A',
  'a.b',
  'a%2Fb',
  'a,b',
  'v1.',
  'c++',
  'a b',
]
const EXPRESSIONS = ['{x}', '{y}', '{+p}', '{+q}', '{x0x}', '{a.b}']

function template(random: Random): string {
  const authority = pick(random, ['//', '//', '//', '', '/'])
  const host =
    authority !== '//' ? '' : random() < 0.15 ? pick(random, EXPRESSIONS) : pick(random, HOSTS)
  const segment = () => {
    const fixed = random()
    if (fixed < 0.45) return pick(random, WORDS)
    if (fixed < 0.85) return pick(random, EXPRESSIONS)
    return pick(random, WORDS) + pick(random, EXPRESSIONS) + pick(random, ['', '.txt', ',b', 'x'])
  }
  const path = times(1 + Math.floor(random() * 3), segment).join('/')
  const query =
    random() < 0.15
      ? pick(random, ['?q={x}', '?q=a', '#a', '?{+q}', '?q=a/{+p}', '?q={x}&r={y}'])
      : ''
  const slash = authority === '//' ? '/' : ''
  return `${pick(random, SCHEMES)}:${authority}${host}${slash}${path}${query}`
}

const filled = (random: Random, text: string) =>
  text.replace(/\{(\+?)[^{}]*\}/g, (_all, plus: string) =>
    times(1 + Math.floor(random() * (plus === '+' ? 3 : 1)), () =>
      pick(random, [...WORDS, 'pay', 'team']),
    ).join(plus === '+' ? '/' : ''),
  )

/** Changes of a URI that somebody could hope to slip through by. */
const TWISTS: readonly ((uri: string, random: Random) => string)[] = [
  (uri) => uri,
  (uri) => uri,
  (uri, random) =>
    uri +
    pick(random, [
      '?',
      '#',
      '/',
      '?q=a',
      '#a',
      '?/',
      '#/',
      '.',
      '%20',
      ' ',
      '%3F',
      '%23',
      ',b',
      '%2C',
      '?r=1&q=a',
      '?q=b&q=a',
      '.%20',
      '%2F',
      '\u00e9',
      '?q=a+b',
    ]),
  (uri, random) =>
    uri.replace(
      '//',
      pick(random, [
        '//x',
        '//x:1',
        '//u@x',
        '//x.',
        '//a',
        '//A',
        '/',
        '',
        '////',
        '//%61',
        '//x%2F',
        '//:1',
        '//team:9',
      ]),
    ),
  (uri, random) =>
    uri.replace(/([a-z])(?=[^:]*$)/, (letter) =>
      pick(random, [
        letter.toUpperCase(),
        `%${letter.charCodeAt(0).toString(16)}`,
        `%25${letter.charCodeAt(0).toString(16)}`,
      ]),
    ),
  (uri, random) =>
    uri.replace(
      /\/(?=[^/]*$)/,
      pick(random, [
        '%2F',
        '%2f',
        '//',
        '/./',
        '/x/../',
        '/%2e/',
        '\\',
        '%5C',
        '/a%2F..%2F',
        './',
        '%20/',
        '/.%20/',
      ]),
    ),
  (uri, random) => uri.replace(/[^:]+/, pick(random, SCHEMES)),
  (uri, random) =>
    uri.replace(/caf%C3%A9|cafe%CC%81/g, () =>
      pick(random, ['caf%C3%A9', 'cafe%CC%81', 'caf\u00e9', 'CAF%C3%89']),
    ),
  (uri, random) => uri.replace(/x/g, () => pick(random, ['x', 'x0x', 'x1x', '{x}'])),
  (uri, random) => {
    const at = Math.floor(random() * uri.length)
    return (
      uri.slice(0, at) +
      pick(random, [
        '%',
        ',',
        ';',
        ':',
        '@',
        '?',
        '#',
        '%2F',
        '%2e',
        '%00',
        'x0x',
        '+',
        '=/',
        '\u0301',
        '{',
        '\uffff',
        '%EF%BF%BF',
        '|',
        '!',
        '&q=a',
      ]) +
      uri.slice(at)
    )
  },
]

function uriFor(random: Random, { texts }: Setup): string {
  const ruled = random() < 0.9 ? pick(random, texts) : template(random)
  let uri = filled(random, ruled)
  const twists = Math.floor(random() * 3)
  for (let twist = 0; twist <= twists; twist += 1) uri = pick(random, TWISTS)(uri, random)
  // Most attackers know how a URL is written.
  return random() < 0.6 ? (URL.parse(uri)?.href ?? uri) : uri
}

function setupFor(random: Random): Setup {
  const texts = new Set(
    times(2 + Math.floor(random() * 4), () => {
      const text = template(random)
      return random() < 0.3 ? filled(random, text) : text
    }),
  )
  const fallback = pick<PolicyRule>(random, ['deny', 'allow', { scopes: ['default'] }])
  return { texts: [...texts], fallback }
}

/** What RFC 6570 can expand a template to, written apart from the code under test. */
function expansions(text: string, flags = ''): RegExp {
  const escaped = (literal: string) => literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const parts = text.split(/(\{[^{}]*\})/).map((part) => {
    if (part.startsWith('{+')) return "(?:[A-Za-z0-9._~:/[\\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+"
    return part.startsWith('{') ? '(?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})+' : escaped(part)
  })
  return new RegExp(`^${parts.join('')}$`, flags)
}

/** What handlers make of a URI: the name of the resource that they then read. */
const HANDLERS: Readonly<Record<string, (uri: URL) => string>> = {
  href: (uri) => uri.href,
  'without query': (uri) => uri.href.replace(/[?#].*/, ''),
  'without fragment': (uri) => uri.href.replace(/#.*/, ''),
  decodeURI: (uri) => encodeURI(decodeURI(uri.href)),
  decodeURIComponent: (uri) => encodeURI(decodeURIComponent(uri.href)),
  'decoded without query': (uri) => encodeURI(decodeURIComponent(uri.href).replace(/[?#].*/, '')),
  'path, decoded': (uri) =>
    uri.protocol +
    (uri.href.slice(uri.protocol.length).startsWith('//') ? `//${uri.host}` : '') +
    encodeURI(decodeURIComponent(uri.pathname)),
  'path, normalised': (uri) =>
    uri.protocol +
    (uri.href.slice(uri.protocol.length).startsWith('//') ? `//${uri.host}` : '') +
    encodeURI(posix.normalize(decodeURIComponent(uri.pathname || '/'))),
  'without trailing slash': (uri) => uri.href.replace(/\/$/, ''),
  'without trailing dots and blanks': (uri) => encodeURI(decodeURI(uri.href).replace(/[. ]+$/, '')),
  'without port': (uri) => uri.href.replace(/^([^:]*:\/\/[^/:]*):\d+/, '$1'),
  'composed letters': (uri) => encodeURI(decodeURI(uri.href).normalize('NFC')),
  'first parameter named q': (uri) => parameter(uri, uri.searchParams.get('q')),
  'last parameter named q': (uri) => parameter(uri, uri.searchParams.getAll('q').at(-1)),
}

function parameter(uri: URL, value: string | null | undefined): string {
  if (typeof value !== 'string') throw new TypeError('there is no such parameter')
  return `${uri.href.replace(/[?#].*/, '')}?q=${encodeURI(value)}`
}

/** The same of handlers that do not look at the host. */
const HOSTLESS: typeof HANDLERS = {
  pathname: (uri) => `${uri.protocol}//${uri.pathname}`,
  'pathname, decoded': (uri) => `${uri.protocol}//${encodeURI(decodeURIComponent(uri.pathname))}`,
  'pathname, joined': (uri) =>
    `${uri.protocol}//${encodeURI(posix.join('/', decodeURIComponent(uri.pathname)))}`,
}

const read = (handler: (uri: URL) => string, uri: URL): string | undefined => {
  try {
    return handler(uri)
  } catch {
    return undefined
  }
}

interface Dispatcher {
  /** Which of the registered texts ran. */
  read(uri: string): Promise<string | undefined>
}

type Handlers = Map<string, (request: unknown, extra: unknown) => unknown>

/** Both SDKs, with all the texts registered in a random order. */
function dispatchers(random: Random, { texts }: Setup): readonly Dispatcher[] {
  const order = [...texts].sort(() => random() - 0.5)
  let ran: string | undefined
  const make = (
    server: McpServerV1 | McpServerV2,
    templateOf: (text: string) => unknown,
  ): Dispatcher => {
    for (const text of order) {
      const callback = async (uri: URL) => {
        ran = text
        return { contents: [{ uri: uri.href, text: '' }] }
      }
      const target = /[{}]/.test(text) ? templateOf(text) : text
      ;(server as unknown as { registerResource(...args: unknown[]): unknown }).registerResource(
        text,
        target,
        {},
        callback,
      )
    }
    const handlers = (server.server as unknown as { _requestHandlers: Handlers })._requestHandlers
    const handle = handlers.get('resources/read')
    return {
      async read(uri) {
        ran = undefined
        try {
          const params = { uri }
          await handle?.(
            { jsonrpc: '2.0', id: 1, method: 'resources/read', params },
            { mcpReq: { requestState: () => undefined } },
          )
        } catch {}
        return ran
      },
    }
  }
  const info = { name: 'differential', version: '1' }
  return [
    make(new McpServerV1(info), (text) => new ResourceTemplateV1(text, { list: undefined })),
    make(new McpServerV2(info), (text) => new ResourceTemplateV2(text, { list: undefined })),
  ]
}

/** A template or URI whose host is no expression: a rule that grants by it has looked at the host. */
const fixesHost = (text: string) => /^[^:/?#{]+:(\/\/[^/?#{]*[/?#]|\/?[^/{])/.test(text)

/** A template or URI as `new URL()` writes blanks and letters beyond ASCII. */
const withEscapes = (text: string) => text.replace(/[^\x21-\x7e]/gu, encodeURIComponent)

/** A handler that drops a query cannot tell apart what is ruled by it. */
const dropsPartOf = (handler: string, name: string, text: string) =>
  handler.includes('parameter')
    ? !/^[^?#]*\?q=[^&#]*$/.test(text)
    : /[?#]/.test(text) && (!/[?#]/.test(name) || (text.includes('#') && !name.includes('#')))

/** What a rule without a host is written with. */
const isHostless = (text: string) => /^(?!https)[^:/?#{]+:\/\/\//.test(text)

export async function differential(
  count: number,
  seed: number,
  makePolicy: MakePolicy,
): Promise<Differential> {
  const random = randomFrom(seed)
  const result = { judged: 0, refused: 0, ran: 0, reached: 0, leaks: [] as string[] }
  while (result.judged < count) {
    const setup = setupFor(random)
    let policy: ReturnType<MakePolicy>
    const resources = Object.fromEntries(
      setup.texts.map((text) => [text, { scopes: [scopeOf(setup, text)] }]),
    )
    try {
      policy = makePolicy({ resources, default: setup.fallback })
    } catch {
      // Two spellings of one URI, or a template that URL rewrites.
      continue
    }
    const servers = dispatchers(random, setup)
    for (let at = 0; at < 40 && result.judged < count; at += 1) {
      await probe(result, setup, policy, servers, uriFor(random, setup))
    }
  }
  return result
}

const scopeOf = ({ texts }: Setup, text: string) => `rule-${texts.indexOf(text)}`

type Counts = { -readonly [Key in keyof Differential]: Differential[Key] } & { leaks: string[] }

async function probe(
  result: Counts,
  setup: Setup,
  policy: ReturnType<MakePolicy>,
  servers: readonly Dispatcher[],
  sent: string,
): Promise<void> {
  result.judged += 1
  const judgement = await policy.check({ method: 'resources/read', params: { uri: sent } }, NOBODY)
  if (judgement.outcome === 'denied') {
    result.refused += 1
    return
  }
  // The operator named this very URI, whatever becomes of it.
  if (setup.texts.includes(sent)) return
  const judged = new Set(judgement.scopes)
  const leak = (what: string, text: string) => {
    if (judged.has(scopeOf(setup, text))) return
    result.leaks.push(
      `${JSON.stringify(sent)} ${what} ${text}; judged: ${[...judged].map((scope) => setup.texts[Number(scope.slice(5))] ?? scope).join(' , ')}; rules: ${setup.texts.join(' , ')}; default ${JSON.stringify(setup.fallback)}`,
    )
  }
  for (const [at, server] of servers.entries()) {
    const ran = await server.read(sent)
    if (ran === undefined) continue
    result.ran += 1
    leak(`runs, in v${at + 1}, the handler of`, ran)
  }
  const uri = URL.parse(sent)
  if (uri === null) return
  const literals = setup.texts.filter((text) => !text.includes('{'))
  // What only lacks escapes is granted as it is written with them.
  const written = uri.href
  const bare = written.replace(/[?#].*/, '')
  const standing = setup.texts.some(
    (text) =>
      fixesHost(text) &&
      judged.has(scopeOf(setup, text)) &&
      [written, bare].some(
        (each) =>
          (URL.parse(text)?.href ?? text) === each || expansions(withEscapes(text)).test(each),
      ),
  )
  for (const [handlers, hostless] of [
    [HANDLERS, false],
    [HOSTLESS, true],
  ] as const) {
    if (hostless && standing) continue
    for (const [what, handler] of Object.entries(handlers)) {
      const name = read(handler, uri)
      if (name === undefined) continue
      for (const text of setup.texts) {
        if ((hostless && !isHostless(text)) || dropsPartOf(what, name, text)) continue
        const itself = literals.includes(text)
          ? read((url) => handler(new URL(url)), text as unknown as URL)
          : undefined
        const same = itself === undefined ? expansions(text).test(name) : itself === name
        if (!same) continue
        result.reached += 1
        leak(`reads, by ${what}, what is of`, text)
      }
    }
  }
}
