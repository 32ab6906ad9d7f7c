/**
 * Compares a policy with what really happens to a URI: with random rules and URIs, in the dispatch of
 * both majors of the MCP SDK, and in what handlers read for the URI that they get.
 */
import type { PolicyOptions, PolicyRule } from '../../../src/mcp/policy/options.ts'
import type { Policy } from '../../../src/mcp/policy/policy.ts'
import type { VerifiedToken } from '../../../src/token/verified-token.ts'
import { HANDLERS, HOSTLESS, read } from './handlers.ts'
import { filled, pick, type Random, randomFrom, template, times, uriFor } from './random-uris.ts'
import { type Dispatcher, dispatchers } from './sdk-dispatch.ts'

export interface Differential {
  /** URIs that the policy judged, and how many of them it refused. */
  readonly judged: number
  readonly refused: number
  /** Handlers that ran in the SDKs, and resources that handlers read. */
  readonly ran: number
  readonly reached: number
  /** What ran or was read although its rule was not checked. */
  readonly leaks: readonly string[]
}

type Counts = { -readonly [Key in keyof Differential]: Differential[Key] } & { leaks: string[] }
type MakePolicy = (options: PolicyOptions) => Pick<Policy, 'check'>

/**
 * Rules by URI or template. Every rule demands a scope of its own, so the scopes of an answer say
 * which rules were checked.
 */
interface Setup {
  readonly texts: readonly string[]
  readonly fallback: PolicyRule
}

const NOBODY = { scopes: [], claims: {} } as unknown as VerifiedToken

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

const scopeOf = ({ texts }: Setup, text: string) => `rule-${texts.indexOf(text)}`

/** What RFC 6570 can expand a template to, written apart from the code under test. */
function expansions(text: string, flags = ''): RegExp {
  const escaped = (literal: string) => literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const parts = text.split(/(\{[^{}]*\})/).map((part) => {
    if (part.startsWith('{+')) return "(?:[A-Za-z0-9._~:/[\\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+"
    return part.startsWith('{') ? '(?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})+' : escaped(part)
  })
  return new RegExp(`^${parts.join('')}$`, flags)
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
    const servers = dispatchers(random, setup.texts)
    for (let at = 0; at < 40 && result.judged < count; at += 1) {
      await probe(result, setup, policy, servers, uriFor(random, setup.texts))
    }
  }
  return result
}

/** What the policy answered about one URI. */
interface Judgement {
  readonly setup: Setup
  /** Whether the rule for this URI or template was checked. */
  wasChecked(text: string): boolean
  /** Notes a leak if the rule for `text` was not checked. */
  reach(what: string, text: string): void
}

/** Sends one URI through the policy, both SDKs and all handlers. */
async function probe(
  result: Counts,
  setup: Setup,
  policy: ReturnType<MakePolicy>,
  servers: readonly Dispatcher[],
  sent: string,
): Promise<void> {
  result.judged += 1
  const answer = await policy.check({ method: 'resources/read', params: { uri: sent } }, NOBODY)
  if (answer.outcome === 'denied') {
    result.refused += 1
    return
  }
  // The operator named this very URI, whatever becomes of it.
  if (setup.texts.includes(sent)) return
  const checked = new Set(answer.scopes)
  const wasChecked = (text: string) => checked.has(scopeOf(setup, text))
  const reach = (what: string, text: string) => {
    if (wasChecked(text)) return
    const rules = setup.texts.filter(wasChecked).join(' , ')
    result.leaks.push(
      `${JSON.stringify(sent)} ${what} ${text}; checked: ${rules}; rules: ${setup.texts.join(' , ')}; default ${JSON.stringify(setup.fallback)}`,
    )
  }
  for (const [at, server] of servers.entries()) {
    const ran = await server.read(sent)
    if (ran === undefined) continue
    result.ran += 1
    reach(`runs, in v${at + 1}, the handler of`, ran)
  }
  const uri = URL.parse(sent)
  if (uri !== null) result.reached += readByHandlers(uri, { setup, wasChecked, reach })
}

/** Gives a URI to every handler, and counts the resources with a rule that they read. */
function readByHandlers(uri: URL, { setup: { texts }, wasChecked, reach }: Judgement): number {
  let reached = 0
  const probeAll = (handlers: typeof HANDLERS, hasRule: (text: string) => boolean) => {
    for (const [what, handler] of Object.entries(handlers)) {
      const name = read(handler, uri)
      if (name === undefined) continue
      for (const text of texts) {
        if (!hasRule(text) || dropsPartOf(what, name, text)) continue
        if (!reads(handler, name, text)) continue
        reached += 1
        reach(`reads, by ${what}, what is of`, text)
      }
    }
  }
  probeAll(HANDLERS, () => true)
  const grantedByHost = texts.some(
    (text) => fixesHost(text) && wasChecked(text) && grants(text, uri),
  )
  if (!grantedByHost) probeAll(HOSTLESS, isHostless)
  return reached
}

/** Whether the resource with this name is one of the rule for `text`. */
function reads(handler: (uri: URL) => string, name: string, text: string): boolean {
  const literal = text.includes('{')
    ? undefined
    : read((url) => handler(new URL(url)), text as never)
  return literal === undefined ? expansions(text).test(name) : literal === name
}

/** Whether a rule grants a URI as it is written, with its query or without. */
function grants(text: string, { href }: URL): boolean {
  const rule = expansions(withEscapes(text))
  const literal = URL.parse(text)?.href ?? text
  return [href, href.replace(/[?#].*/, '')].some((each) => literal === each || rule.test(each))
}
