import type { ChallengeReason, RefusalReason, UnavailableReason } from '../../errors/reasons.ts'
import { nearestName } from '../../nearest-name.ts'
import { isRecording } from './decision-record.ts'
import type { Outcome, OutcomeName } from './outcome.ts'

/** What a test expects of a request that is allowed. */
export interface ExpectedAllowed {
  readonly subject?: string
  readonly clientId?: string
  /** All scopes of the token, in any order. */
  readonly scopes?: readonly string[]
}

/** What a test expects of a request that is challenged. */
export interface ExpectedChallenge {
  readonly status?: 400 | 401 | 403
  readonly reason?: ChallengeReason
  /** All scopes that the challenge asks for, in any order. */
  readonly scopes?: readonly string[]
}

/** What a test expects of a request that is refused without a challenge. */
export interface ExpectedRefusal {
  readonly status?: 200 | 400 | 403 | 404 | 413 | 415
  readonly reason?: RefusalReason
}

/** What a test expects of a request that could not be checked. */
export interface ExpectedUnavailable {
  readonly reason?: UnavailableReason
}

type Expected = Readonly<Record<string, unknown>>

const MEMBERS: Readonly<Record<OutcomeName, readonly string[]>> = {
  allowed: ['subject', 'clientId', 'scopes'],
  challenged: ['status', 'reason', 'scopes'],
  refused: ['status', 'reason'],
  unavailable: ['reason'],
  preflight: [],
}

/** The result of a comparison. @internal */
export interface Comparison {
  readonly pass: boolean
  /** Explains the outcome, and what was expected instead. It never has a token. */
  readonly message: string
}

/**
 * Compares an outcome with what a test expects.
 *
 * @throws {TypeError} naming the expectation that does not exist
 * @internal
 */
export function compare(
  where: string,
  seen: Outcome | undefined,
  wanted: OutcomeName,
  expected: object = {},
): Comparison {
  assertMembers(where, wanted, expected)
  if (seen === undefined) {
    const subjects =
      'a decision of authenticate(), an error or a token of verify(), or a Response. Was an `await` forgotten?'
    return { pass: false, message: `${where}: the value is none of these: ${subjects}` }
  }
  const faults = Object.entries(expected as Expected).flatMap(([name, value]) =>
    value === undefined ? [] : faultOf(name, value, seen),
  )
  const pass = seen.outcome === wanted && faults.length === 0
  const found = `the request was ${WORDS[seen.outcome]}`
  const lead =
    seen.outcome === wanted
      ? `${found}${pass ? ', as it should not be' : ', but not as expected'}`
      : `${found}; expected was that it is ${WORDS[wanted]}`
  const lines = [`${where}: ${lead}`, ...(seen.outcome === wanted ? faults : []), ...told(seen)]
  return { pass, message: withoutTokens(lines.join('\n  ')) }
}

const WORDS: Readonly<Record<OutcomeName, string>> = {
  allowed: 'allowed',
  challenged: 'challenged (it needs another token)',
  refused: 'refused (another token would not help)',
  unavailable: 'not checked, because this server or the authorization server failed',
  preflight: 'answered as a CORS preflight',
}

function assertMembers(where: string, wanted: OutcomeName, expected: unknown): void {
  if (typeof expected !== 'object' || expected === null) {
    throw new TypeError(`${where}: what is expected must be an object; got ${typeof expected}`)
  }
  const names = MEMBERS[wanted]
  const wrong = Object.keys(expected).find((name) => !names.includes(name))
  if (wrong === undefined) return
  const nearest = nearestName(wrong, names)
  const hint = nearest === undefined ? '' : ` (did you mean \`${nearest}\`?)`
  throw new TypeError(
    `${where}: nothing can be expected of \`${wrong}\`${hint}; use ${names.map((name) => `\`${name}\``).join(', ')}`,
  )
}

function faultOf(name: string, value: unknown, seen: Outcome): readonly string[] {
  const actual = seen[name as keyof Outcome]
  if (shown(value) === shown(actual)) return []
  const advice =
    name === 'reason' && actual === undefined && !isRecording()
      ? '; a Response does not tell its reason: call recordDecisions() before the request'
      : ''
  return [`expected ${name} ${shown(value)}, found ${shown(actual)}${advice}`]
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(String).sort().join(' ')
  return value === undefined ? 'none' : String(value)
}

function told(seen: Outcome): readonly string[] {
  const { outcome, ...facts } = seen
  return Object.entries(facts).flatMap(([name, value]) =>
    value === undefined ? [] : [`${LABELS[name as keyof typeof facts]}: ${shown(value)}`],
  )
}

const LABELS: Readonly<Record<Exclude<keyof Outcome, 'outcome'>, string>> = {
  status: 'status',
  reason: 'reason',
  detail: 'detail',
  scopes: 'scopes',
  subject: 'subject',
  clientId: 'client',
  challenge: 'WWW-Authenticate',
  retryAfter: 'Retry-After',
  correlationId: 'correlation id',
}

/** Three parts with dots between them: a JWT, which another server may have put into its answer. */
const JWT = /(?<![\w-])[\w-]{16,}\.[\w-]{2,}\.[\w-]*/g

function withoutTokens(text: string): string {
  return text.replace(JWT, '[token]')
}
