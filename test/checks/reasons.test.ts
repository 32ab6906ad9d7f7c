import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ChallengeError } from '../../src/errors/challenge-error.ts'
import type {
  ChallengeReason,
  NearMiss,
  RefusalReason,
  TokenExchangeReason,
} from '../../src/errors/reasons.ts'
import { RequestRefusedError } from '../../src/errors/request-refused-error.ts'
import { remedyFor } from '../../src/gate/loops/remedies.ts'
import { nearMissText } from '../../src/token/near-miss-texts.ts'
import { TokenExchangeError } from '../../src/token-exchange/token-exchange-error.ts'

const guide = readFileSync('docs/reasons.md', 'utf8')

/** The chapter of the guide with this title, without its heading. */
function chapter(title: string): string {
  const found = guide.split(/^## /m).find((part) => part.startsWith(`${title}\n`))
  if (found === undefined) throw new Error(`docs/reasons.md has no chapter "${title}"`)
  return found.slice(title.length)
}

/** The sections of a chapter by their names, each as one line of text. */
function sectionsOf(title: string): ReadonlyMap<string, string> {
  const sections = chapter(title)
    .split(/^#{3,4} /m)
    .slice(1)
  return new Map(
    sections.flatMap((section) => {
      const [name = '', ...lines] = section.split('\n')
      // A group of reasons has a title with blanks, or of one word with a capital letter.
      if (!/^(?:[a-z]+(?:_[a-z]+)*|MCP_[A-Z_]+)$/.test(name)) return []
      return [[name, lines.join(' ').replace(/\s+/g, ' ').trim()] as const]
    }),
  )
}

/** The string literals of a source between two texts, in their order, without those of comments. */
function literals(file: string, start: string, end: string): readonly string[] {
  const [, after = ''] = readFileSync(file, 'utf8').split(start)
  const source = after.slice(0, after.indexOf(end)).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
  return Array.from(source.matchAll(/'(\w+)'/g), ([, name = '']) => name)
}

/** The members of a union type that is declared as `export type Name = | 'a' | 'b'`. */
function unionOf(file: string, name: string): readonly string[] {
  return literals(file, `export type ${name} =`, '\n\n')
}

const REASONS = 'src/errors/reasons.ts'
const EVENTS = 'src/telemetry/events.ts'
const WARNINGS = 'src/telemetry/warnings.ts'

const CHAPTERS: readonly (readonly [title: string, members: readonly string[]])[] = [
  ['Challenges', unionOf(REASONS, 'ChallengeReason')],
  ['Refusals', unionOf(REASONS, 'RefusalReason')],
  ['Outages', unionOf(REASONS, 'UnavailableReason')],
  ['Near misses', unionOf(REASONS, 'NearMiss')],
  ['Refused token exchanges', unionOf(REASONS, 'TokenExchangeReason')],
  [
    'Events of revocations',
    literals(EVENTS, 'export interface RevocationEvent', 'readonly source').filter(
      (name) => name !== 'kind',
    ),
  ],
  [
    'Process warnings',
    [...unionOf(WARNINGS, 'SetUpWarningCode'), ...unionOf(WARNINGS, 'RepeatedWarningCode')],
  ],
]

const members = (title: string): readonly string[] =>
  CHAPTERS.find(([found]) => found === title)?.[1] ?? []

/** A text at the beginning of a sentence, and within one. */
const holds = (section: string | undefined, text: string): boolean =>
  section?.toLowerCase().includes(text.toLowerCase()) === true

describe('docs/reasons.md', () => {
  it.each(CHAPTERS)('%s: a section for every member of the union, and no other', (title, union) => {
    expect(union.length).toBeGreaterThan(0)
    expect([...sectionsOf(title).keys()].sort()).toEqual([...union].sort())
  })

  it('every section has a cause and a cure, in sentences, and a name of its own', () => {
    const names = CHAPTERS.flatMap(([title]) => [...sectionsOf(title).keys()])
    expect(new Set(names).size).toBe(names.length)
    for (const [title] of CHAPTERS) {
      for (const [name, text] of sectionsOf(title)) {
        expect(text, name).toMatch(/^\S.*\. \*\*Cause:\*\* \S.*[.)] \*\*Cure:\*\* \S.*\.$/)
      }
    }
  })

  it('a challenge has the status and the error code that the gate answers with', () => {
    for (const [name, text] of sectionsOf('Challenges')) {
      const { status, code } = new ChallengeError(name as ChallengeReason, '')
      const shown =
        code === undefined ? `${status} without an error code.` : `${status} \`${code}\`.`
      expect(text.startsWith(`${shown} At fault: `), `${name}: ${shown}`).toBe(true)
    }
  })

  it('a refusal has the status that the gate answers with, and an outage 503', () => {
    for (const [name, text] of sectionsOf('Refusals')) {
      const { status } = new RequestRefusedError(name as RefusalReason, '')
      expect(text, name).toMatch(new RegExp(`^${status}\\. At fault: `))
    }
    for (const [name, text] of sectionsOf('Outages')) {
      expect(text, name).toMatch(/^503\. At fault: /)
    }
  })

  it('the cure is the one that the events and warnings name', () => {
    const general = remedyFor('credentials_missing', undefined)
    let named = 0
    for (const [name, text] of sectionsOf('Challenges')) {
      const remedy = remedyFor(name as ChallengeReason, undefined)
      if (remedy === general) continue
      named += 1
      expect(holds(text, remedy), `${name}: ${remedy}`).toBe(true)
    }
    expect(named).toBeGreaterThan(20)
    for (const [name, text] of sectionsOf('Near misses')) {
      const [cause = '', cure = ''] = nearMissText(name as NearMiss)
        .slice(2)
        .split('. To mend it: ')
      expect(holds(text, `**Cause:** ${cause}. **Cure:** ${cure}.`), name).toBe(true)
    }
    for (const [name, text] of sectionsOf('Refused token exchanges')) {
      const { message } = new TokenExchangeError(name as TokenExchangeReason, '', [])
      const [, hint = '?'] = message.split('; ')
      expect(holds(text, `**Cure:** ${hint}.`), `${name}: ${hint}`).toBe(true)
    }
  })

  it('the table of hidden items has every reason, with the section of what a call gets', () => {
    const union = literals(EVENTS, 'export interface HiddenItem', '\n}')
    const rows = Array.from(
      chapter('Hidden items of lists').matchAll(/^\| `(\w+)` \| \[`(\w+)`\]\(#(\w+)\)/gm),
      ([, ...cells]) => cells,
    )
    expect(rows).toEqual(union.map((name) => [name, name, name]))
    const known = ['Challenges', 'Refusals', 'Outages'].flatMap(members)
    for (const name of union) expect(known).toContain(name)
  })

  it('the test reads the unions of the sources completely', () => {
    expect(members('Challenges')).toEqual(
      expect.arrayContaining(['credentials_missing', 'scope_missing']),
    )
    expect(members('Outages').at(-1)).toBe('closed')
    expect(members('Refused token exchanges').at(-1)).toBe('request_refused')
    expect(members('Events of revocations')[0]).toBe('revoked')
    expect(members('Process warnings').at(-1)).toBe('MCP_CLIENT_LOOPING')
  })
})
