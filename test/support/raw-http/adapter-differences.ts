/**
 * Where two adapters may make different things of the same bytes: the framework has changed the request, or has
 * not passed it on. Everything else is a failure. So is a request that only one adapter allows.
 */
import type { AdapterName } from './adapter-servers.ts'
import type { Observed } from './adapter-trial.ts'

export interface AdapterDifference {
  readonly name: string
  readonly adapters: readonly AdapterName[]
  /** Why the adapters must differ here. */
  readonly why: string
  /** The part of the connection that the difference needs. */
  readonly applies: (node: Sides, other: Sides, request: string) => boolean
}

/** What an adapter decided, in words that can be compared. */
interface Sides {
  readonly decisions: readonly string[]
  readonly calls: number
  readonly statuses: readonly number[]
}

/** A target that is no path. */
const ABSOLUTE = /^[A-Z]+ (?!\/[^/\\])\S*/m
/** A target with dot segments, before or after the name of the metadata. */
const DOTS = /^\S+ \S*(?:\.well-known\S*\/\.\.?\/|\/\.\.?\/\S*\.well-known)/m
/** What Node answers before it ends a connection. */
const ENDS: ReadonlySet<number> = new Set([400, 413, 431])
const CUT_OFF = 'unavailable 503 request_aborted'
const REPEATED = 'challenged 400 authorization_repeated'

export const ADAPTER_DIFFERENCES: readonly AdapterDifference[] = [
  {
    name: 'a repeated header arrives as one',
    adapters: ['Hono'],
    why: 'A `Headers` joins the lines of a field with a comma. The joined value is no token either.',
    applies: (node, other) =>
      node.decisions.length === other.decisions.length &&
      node.decisions.every(
        (decision, at) =>
          decision === other.decisions[at] ||
          (decision === REPEATED &&
            /authorization_malformed|scheme_unsupported/.test(other.decisions[at] ?? '')),
      ),
  },
  {
    name: 'the connection ends inside a request',
    adapters: ['Express 5', 'Express 4', 'Fastify', 'Hono'],
    why: 'Node ends a connection at the first byte that is no HTTP. A check that is still running ends with it, or not.',
    applies: (node, other) =>
      ([node, other].some(
        ({ statuses, decisions }) => ENDS.has(statuses.at(-1) ?? 0) && decisions.length > 0,
      ) &&
        [...node.decisions, ...other.decisions].some((decision) => decision === CUT_OFF)) ||
      // Chunk extensions or trailers of many bytes.
      ([413, 431].includes(other.statuses.at(-1) ?? 0) && isPart(other, node)),
  },
  {
    name: 'the framework refuses the target',
    adapters: ['Express 5', 'Express 4', 'Fastify', 'Hono'],
    why: 'A target or a `Host` that makes no URL, or no path, is a 400 or 404 of the framework. The gate never sees it.',
    applies: (node, other) =>
      isPart(other, node) &&
      other.decisions.length < node.decisions.length &&
      other.statuses.some((status) => status === 400 || status === 404),
  },
  {
    name: 'a path with dots leads to the metadata',
    adapters: ['Hono'],
    why: 'The URL of a `Request` has no dot segments, so the public metadata document answers, with 200, 204 or 405.',
    applies: (node, other, request) =>
      DOTS.test(request) &&
      isPart(other, node) &&
      other.decisions.length < node.decisions.length &&
      other.statuses.some((status) => [200, 204, 405].includes(status)),
  },
  {
    name: 'no body with TRACE',
    adapters: ['Hono'],
    why: 'A `Request` has no body with this method, so the message is missing.',
    applies: (node, other, request) => /^TRACE /m.test(request) && other.calls <= node.calls,
  },
  {
    name: 'a URL with a password',
    adapters: ['Hono'],
    why: 'No `Request` can have such a URL, so its body cannot be read.',
    applies: (node, other, request) =>
      ABSOLUTE.test(request) &&
      other.calls <= node.calls &&
      other.decisions.includes('refused 400 body_unreadable'),
  },
  {
    name: 'a method that the framework does not route',
    adapters: ['Fastify'],
    why: 'The gate decides the same, and then no route has the method.',
    applies: (node, other) =>
      other.calls < node.calls && other.decisions.join() === node.decisions.join(),
  },
]

/**
 * Compares what an adapter made of a connection with what `node:http` made of it.
 *
 * @returns the difference that explains it, or a failure; `undefined` if they agree
 */
export function differenceBetween(
  node: Observed,
  other: Observed,
  request: string,
): { readonly known: AdapterDifference } | { readonly failure: string } | undefined {
  const [one, two] = [node, other].map(sidesOf) as [Sides, Sides]
  if (one.decisions.join() === two.decisions.join() && one.calls === two.calls) return undefined
  const known = ADAPTER_DIFFERENCES.find(
    ({ adapters, applies }) => adapters.includes(other.adapter) && applies(one, two, request),
  )
  const laxer = allowed(two) > allowed(one) || two.calls > one.calls
  if (known !== undefined && !laxer) return { known }
  return { failure: `${other.adapter}: ${shown(two)}, but node:http: ${shown(one)}` }
}

function sidesOf({ decisions, calls, statuses }: Observed): Sides {
  return {
    // Requests on one connection are decided at the same time, so the order of the decisions is no property.
    decisions: decisions
      .map(({ outcome, status, reason }) =>
        [outcome, status, reason].filter((word) => word !== undefined).join(' '),
      )
      .sort(),
    calls: calls.length,
    statuses,
  }
}

const allowed = ({ decisions }: Sides) =>
  decisions.filter((decision) => decision.startsWith('allowed')).length

const shown = ({ decisions, calls, statuses }: Sides) =>
  `[${decisions.join(', ')}], ${calls} calls, statuses ${statuses.join(' ')}`

/** Whether the decisions of one are those of another, some left out. */
function isPart(one: Sides, whole: Sides): boolean {
  const rest = [...one.decisions]
  for (const decision of whole.decisions) {
    if (decision === rest[0] || isJoined(decision, rest[0])) rest.shift()
  }
  return rest.length === 0
}

const isJoined = (decision: string, other = ''): boolean =>
  decision === REPEATED && other === 'challenged 400 authorization_malformed'
