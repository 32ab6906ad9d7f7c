/**
 * Every regular expression of `src/`, against long inputs made from its own parts. An expression that takes
 * more than linear time is found by the ratio of two times in one process: of an input and of one twice as
 * long. There is no limit in seconds.
 */
import { globSync, readFileSync } from 'node:fs'
import { parseAst } from 'rolldown/parseAst'
import { describe, expect, it } from 'vitest'

/** Lengths of inputs, in characters: of every input, and of the slowest ones. */
const [SHORT, LONG] = [1024, 1_048_576]
/** A shorter time, in milliseconds of the processor, says nothing about a ratio. */
const MEASURABLE = 2
/** Linear is 2, quadratic is 4. Two in a row are no accident. */
const STEEP = 3.2
/** How many of the slowest inputs of an expression are made longer. */
const TRIED = 1

interface Expression {
  readonly pattern: string
  readonly flags: string
  readonly places: string[]
}

/** All literals of `src/`, by pattern. */
function expressionsOf(files: readonly string[]): readonly Expression[] {
  const found = new Map<string, Expression>()
  for (const file of files) {
    const visit = (node: unknown): void => {
      if (typeof node !== 'object' || node === null) return
      const { type, regex } = node as { type?: string; regex?: Expression }
      if (type === 'Literal' && regex !== undefined) {
        const { pattern, flags } = regex
        const known = found.get(`/${pattern}/${flags}`) ?? { pattern, flags, places: [] }
        known.places.push(file)
        found.set(`/${pattern}/${flags}`, known)
      }
      for (const value of Object.values(node)) visit(value)
    }
    visit(parseAst(readFileSync(file, 'utf8'), { lang: 'ts' }))
  }
  return [...found.values()]
}

const CLASSES: Readonly<Record<string, string>> = {
  d: '0',
  w: 'a',
  s: ' ',
  S: 'a',
  D: 'a',
  W: ' ',
  t: '\t',
  n: '\n',
  r: '\r',
}

/** The characters that a pattern names: its letters, and the first of each class and range. */
function charactersOf(pattern: string): readonly string[] {
  const named = new Set<string>()
  const words = /\\x([0-9a-f]{2})|\\u\{?([0-9a-f]{4})\}?|\\p\{[^}]*\}|\\(.)|([^\\()[\]{}^$?*+|])/gi
  for (const [, byte, unit, escaped, plain] of pattern.matchAll(words)) {
    const code = byte ?? unit
    if (code !== undefined) named.add(String.fromCharCode(Number.parseInt(code, 16)))
    else if (escaped !== undefined) named.add(CLASSES[escaped] ?? escaped)
    else if (plain !== undefined) named.add(plain)
  }
  return [...named].slice(0, 8)
}

/** Texts to repeat: the parts of the pattern, alone and in pairs, and what a class of it leaves out. */
function pumpsOf(pattern: string): readonly string[] {
  const single = [...new Set([...charactersOf(pattern), 'a', '0', ' ', '.'])]
  const literals = pattern.match(/[a-z0-9:/ "=-]{2,}/gi) ?? []
  const pairs = single.slice(0, 3).flatMap((one) => single.slice(0, 3).map((two) => one + two))
  return [...new Set([...single, ...pairs, ...literals])]
}

/** What stands before and after the repeated text. The last character makes the match fail late. */
const ENDS = ['', '\0']

/** Milliseconds of the processor. Other processes do not count. */
function timeOf(run: (text: string) => void, text: string): number {
  const before = process.cpuUsage()
  run(text)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

function runOf({ pattern, flags }: Expression): (text: string) => void {
  const expression = new RegExp(pattern, flags)
  if (flags.includes('g')) return (text) => void text.replace(expression, '')
  return (text) => void expression.test(text)
}

/** Doubles an input until the time is steep twice in a row, or the input has 1 MB. */
function isLinear(run: (text: string) => void, input: (length: number) => string): boolean {
  let steep = 0
  let before = Number.POSITIVE_INFINITY
  for (let length = SHORT; length <= LONG; length *= 2) {
    const text = input(length)
    const isSteep = (): boolean => {
      const time = timeOf(run, text)
      const result = time > STEEP * before
      before = time
      return result
    }
    const previous = before
    if (!isSteep() || previous < MEASURABLE) steep = 0
    else {
      // A second look: the compiler or the garbage collector may have run.
      const first = before
      before = previous
      steep = isSteep() ? steep + 1 : 0
      before = Math.min(first, before)
    }
    if (steep >= 2) return false
  }
  return true
}

function inputsOf(pattern: string): readonly ((length: number) => string)[] {
  return pumpsOf(pattern).flatMap((pump) =>
    ENDS.map(
      (end) => (length: number) =>
        pump.repeat(Math.ceil(length / pump.length)).slice(0, length) + end,
    ),
  )
}

/** An input for which the time grows faster than the input; `undefined` if there is none. */
function slowInputOf(expression: Expression): string | undefined {
  const run = runOf(expression)
  const timed = inputsOf(expression.pattern).map((input) => {
    const text = input(SHORT)
    run(text)
    const before = performance.now()
    run(text)
    return { input, time: performance.now() - before }
  })
  const slowest = timed.sort((one, other) => other.time - one.time).slice(0, TRIED)
  return slowest.find(({ input }) => !isLinear(run, input))?.input(20)
}

const files = globSync('src/**/*.ts')
const expressions = expressionsOf(files)

describe('regular expressions of src/', () => {
  it.each(['\\s+$', '^a*b?a*c$', 'a+b'])(
    'CVE-2026-35041 GHSA-cjw9-ghj4-fwxf CVE-2026-0621: the slow /%s/ is found',
    (pattern) => {
      expect(slowInputOf({ pattern, flags: 'g', places: [] })).toBeDefined()
    },
  )

  // A verdict by ratio needs no limit in seconds, but a busy machine needs more than a minute.
  it('CVE-2026-35041 GHSA-cjw9-ghj4-fwxf CVE-2026-0621: each takes linear time for 1 MB of its worst input', {
    timeout: 600_000,
  }, () => {
    expect(expressions.length).toBeGreaterThan(80)
    const slow = expressions.flatMap((expression) => {
      const input = slowInputOf(expression)
      const { pattern, flags, places } = expression
      return input === undefined
        ? []
        : [`/${pattern}/${flags} with ${JSON.stringify(input)}: ${places}`]
    })
    expect(slow).toEqual([])
  })

  it('CVE-2026-35041: none is made of a text that somebody sends', () => {
    const made = files.filter((file) => /new RegExp\(|\bRegExp\(/.test(readFileSync(file, 'utf8')))
    // It escapes the delimiters that it puts into a class.
    expect(made).toEqual(['src/mcp/resource-uri/uri-readings.ts'])
  })
})
