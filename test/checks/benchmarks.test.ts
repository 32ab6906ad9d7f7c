import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findSecrets } from '../../bench/memory/secret-search.ts'
import { BENCHMARKS, benchmarksOf } from '../../bench/tool/benchmarks.ts'
import { failedTwice } from '../../bench/tool/check.ts'
import { describeFall, fallsOf } from '../../bench/tool/falls.ts'
import { isReached, type Measurement, type Range } from '../../bench/tool/goals.ts'
import { goalSummary } from '../../bench/tool/summary.ts'

const range = (median: number, least: number, most: number): Range => ({ median, least, most })
const goal = (measured: Measurement['measured'], more: Partial<Measurement> = {}): Measurement => ({
  benchmark: 'P1',
  text: 'verify ÷ it',
  least: 1.4,
  measured,
  ...more,
})

describe('npm run bench', () => {
  it('has a script for each benchmark, and names the benchmarks when it is asked for another', () => {
    expect(BENCHMARKS.filter(({ script }) => !existsSync(`bench/${script}`))).toEqual([])
    expect(benchmarksOf([], false)).toEqual(BENCHMARKS)
    expect(benchmarksOf(['P1'], true).map(({ id }) => id)).toEqual(['P1'])
    expect(() => benchmarksOf(['P99'], false)).toThrow(/no benchmark is called P99; there are P1, /)
  })

  it('shows every goal with ours, the peer or the limit, and whether it is reached', () => {
    const figure = { name: 'verify', version: '', limit: false, rate: 1e5, cost: 4.04 }
    const limit = { name: 'crypto.hash', version: 'Node 24', limit: true, rate: 1e6, cost: 2 }
    const cpu = range(0.5, 0.45, 0.5)
    const table = goalSummary([
      goal({ ...range(1.5, 1.2, 1.9), ours: figure, theirs: { ...limit, limit: false } }),
      goal({ ...range(1, 0.9, 1.1), ours: figure, theirs: limit, cpu }),
      goal(range(1, 1, 1), { text: 'calls', least: undefined, most: 1, unit: 'calls' } as never),
    ])
    expect(table.split('\n').slice(2)).toEqual([
      '| P1 | verify ÷ it | verify: 4 µs | crypto.hash (Node 24): 2 µs |  | ≥ 1.4 | 1.50 (1.20–1.90) |  | yes |',
      '| P1 | verify ÷ it | verify: 4 µs |  | crypto.hash (Node 24): 2 µs | ≥ 1.4 | 1.00 (0.90–1.10) | 0.50 (0.45–0.50) | **no** |',
      '| P1 | calls |  |  |  | ≤ 1 calls | 1 calls |  | yes |',
    ])
  })

  it('calls a goal reached by its median, and never without a number', () => {
    expect(isReached(goal(range(1.4, 1, 2)))).toBe(true)
    expect(isReached(goal(range(Number.NaN, Number.NaN, Number.NaN)))).toBe(false)
  })
})

describe('the search of a heap', () => {
  it('finds a part of a secret at any place, and nothing that several secrets share', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bench-search-'))
    try {
      const issuer = 'eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxl'
      const [first, second, third] = [1, 2, 3].map((at) => {
        return issuer + createHash('sha512').update(String(at)).digest('base64url')
      }) as [string, string, string]
      const file = join(folder, 'heap')
      writeFileSync(
        file,
        `{"strings":["Bearer x${first.slice(45, 95)}y","${issuer}",\n"${second}"]}`,
      )
      expect(await findSecrets(file, [first, second, third])).toEqual(new Set([first, second]))
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('npm run bench -- --check', () => {
  const was = goal(range(1.5, 1.2, 1.9))
  const isFall = (now: Measurement, quick = false, earlier = was): boolean =>
    fallsOf([now], [earlier], quick).length === 1

  it('fails if every round is worse than every earlier round', () => {
    expect(isFall(goal(range(1, 0.9, 1.1)))).toBe(true)
    expect(isFall(goal(range(1, 0.9, 1.18))), 'within the margin').toBe(false)
    expect(isFall(goal(range(1, 0.9, 1.3))), 'the rounds overlap').toBe(false)
    expect(isFall(goal(range(9, 8, 10))), 'better').toBe(false)
    expect(isFall(goal(range(Number.NaN, Number.NaN, Number.NaN))), 'no number').toBe(true)
  })

  it('fails if a ratio that should be small grew', () => {
    const { least: _, ...rest } = was
    const small = { ...rest, most: 1.3 }
    expect(isFall({ ...small, measured: range(2.2, 2.1, 2.4) }, false, small)).toBe(true)
    expect(isFall({ ...small, measured: range(2.2, 1.8, 2.4) }, false, small)).toBe(false)
    expect(isFall({ ...small, measured: range(2.2, 2.1, 2.4) }, true, small)).toBe(false)
    expect(isFall({ ...small, measured: range(3.2, 3.1, 3.4) }, true, small)).toBe(true)
  })

  it('in its short form fails only if every round is less than half as good, in processor time', () => {
    expect(isFall(goal(range(0.7, 0.6, 0.74)), true)).toBe(true)
    expect(isFall(goal(range(0.7, 0.6, 0.8)), true)).toBe(false)
    const earlier = goal({ ...was.measured, cpu: range(1, 0.9, 1.1) })
    const busy = { ...range(0.1, 0.1, 0.1), cpu: range(0.9, 0.4, 1) }
    expect(isFall(goal(busy), true, earlier)).toBe(false)
    expect(isFall(goal({ ...busy, cpu: range(0.4, 0.3, 0.49) }), true, earlier)).toBe(true)
  })

  it('fails if a count grew, on every machine', () => {
    const { least: _, ...rest } = goal(range(1, 1, 1), { kind: 'count', most: 1 })
    expect(isFall({ ...rest, measured: range(2, 2, 2) }, true, rest)).toBe(true)
    expect(isFall(rest, true, rest)).toBe(false)
    const bytes = { ...rest, measured: range(680, 680, 680) }
    expect(isFall({ ...rest, measured: range(720, 720, 720) }, false, bytes)).toBe(false)
    expect(isFall({ ...rest, measured: range(800, 800, 800) }, false, bytes)).toBe(true)
    const right = goal(range(100, 100, 100), { kind: 'count', least: 100 })
    expect(isFall({ ...right, measured: range(80, 80, 80) }, true, right)).toBe(true)
  })

  it('compares no times, and nothing that is new', () => {
    const worse = goal(range(0.1, 0.1, 0.1))
    expect(isFall({ ...worse, kind: 'time' }, false, { ...was, kind: 'time' })).toBe(false)
    expect(isFall({ ...worse, text: 'new' })).toBe(false)
    expect(isFall({ ...worse, benchmark: 'P2' })).toBe(false)
  })

  it('names the benchmark, what was, what is, and what to do', () => {
    const now = goal(range(1, 0.9, 1.1))
    expect(describeFall({ now, was })).toBe(
      'P1: verify ÷ it fell: it was 1.50 (1.20–1.90), and is 1.00 (0.90–1.10). Find the commit with ' +
        '`git bisect run npm run bench -- --check P1`. If the cost is wanted, run `npm run bench` on a ' +
        'quiet machine, commit bench/baseline.json and bench/RESULTS.md, and say why',
    )
  })

  it('is red only for what failed in both runs', () => {
    const good = { title: 'a', failure: undefined }
    const bad = { title: 'a', failure: 'fell' }
    expect(failedTwice([good], [])).toEqual([good])
    expect(failedTwice([bad], [good])).toEqual([good])
    expect(failedTwice([bad], [{ ...bad, failure: 'again' }])).toEqual([
      { ...bad, failure: 'again' },
    ])
    expect(failedTwice([bad], []), 'the second run ended early').toEqual([bad])
  })
})
