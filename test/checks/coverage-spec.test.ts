import { describe, expect, it } from 'vitest'
import {
  citationsIn,
  type Requirement,
  report,
  reportOfProject,
} from '../../scripts/coverage-spec.ts'

// Invented ids: the real scan reads this file too, and they look like none of the real ones.
const requirements: Requirement[] = [
  { id: 'DEMO-1', text: 'The first.' },
  { id: 'DEMO-2', text: 'The second.' },
  { id: 'Q1', text: 'The whole.' },
  { id: 'Q1.1', text: 'A part.' },
]

const cited = (source: string): string[] =>
  citationsIn('a.test.ts', source, requirements).map(({ id, test }) => `${id} in ${test}`)

describe('finding citations', () => {
  it('reads titles, templates and rows of a table', () => {
    const source = [
      "describe('DEMO-1: a group', () => {",
      '  it(`DEMO-2: over ' + '$' + "{count} rows, it's fine`, () => {",
      '  it("Q1.1 and DEMO-1 in one", () => {',
      "  it.each([['DEMO-2 as a row', 1]])('%s', () => {",
      "  it('Q1: don\\'t stop at a quote', () => {",
    ].join('\n')
    expect(cited(source)).toEqual([
      'DEMO-1 in DEMO-1: a group',
      `DEMO-2 in DEMO-2: over ${'$'}{count} rows, it's fine`,
      'Q1.1 in Q1.1 and DEMO-1 in one',
      'DEMO-1 in Q1.1 and DEMO-1 in one',
      'DEMO-2 in DEMO-2 as a row',
      "Q1 in Q1: don't stop at a quote",
    ])
  })

  it('passes over comments and what only looks like an id', () => {
    const source = [
      "// it('DEMO-1: switched off')",
      " * it('DEMO-1: an example')",
      "it('Q256, x5t#Q1, DEMO-1x, MYDEMO-1, DEMO-1-2, Q1.1.1 and Q10', () => {",
      'const DEMO = 1 // DEMO-1',
    ].join('\n')
    expect(cited(source)).toEqual([])
  })

  it('finds ids that do not exist', () => {
    expect(cited("it('DEMO-99 and Q1.77', () => {")).toEqual([
      'DEMO-99 in DEMO-99 and Q1.77',
      'Q1.77 in DEMO-99 and Q1.77',
    ])
  })
})

describe('judging them', () => {
  const test = (id: string) => ({ id, file: 'test/a.test.ts', test: `${id}: holds` })
  const first: Requirement = { id: 'DEMO-1', text: 'The first.' }

  it('prints each id with its tests, then the open ones with their reasons', () => {
    const { lines, faults } = report(
      [
        first,
        { id: 'DEMO-2', text: 'The second.', open: 'comes later' },
        { id: 'DEMO-3', text: 'The third.', partly: 'the rest comes later' },
      ],
      [test('DEMO-1'), test('DEMO-3')],
    )
    expect(faults).toEqual([])
    expect(lines.join('\n')).toBe(
      [
        'DEMO-1  The first.',
        '    test/a.test.ts  DEMO-1: holds',
        'DEMO-3  The third.',
        '    test/a.test.ts  DEMO-3: holds',
        '',
        '2 of 3 with tests. Open, with the reason:',
        'DEMO-2  The second.',
        '    open: comes later',
        'DEMO-3  The third.',
        '    partly: the rest comes later',
      ].join('\n'),
    )
  })

  it.each<[fault: string, requirements: Requirement[], cited: string[]]>([
    ['DEMO-1 has no test: The first.', [first], []],
    ['DEMO-1 has no test: The first.', [{ ...first, partly: 'the rest comes later' }], []],
    [
      'DEMO-1 is marked open and has tests: drop the mark, or make it "partly"',
      [{ ...first, open: 'comes later' }],
      ['DEMO-1'],
    ],
    [
      'DEMO-9 is no requirement, and is named in test/a.test.ts: DEMO-9: holds',
      [first],
      ['DEMO-1', 'DEMO-9'],
    ],
    ['DEMO-1 stands twice in the requirements', [first, first], ['DEMO-1']],
    ['DEMO-1 is both open and partly', [{ ...first, open: 'later', partly: 'later' }], []],
  ])('finds: %s', (fault, given, ids) => {
    expect(report(given, ids.map(test)).faults).toEqual([fault])
  })
})

it('no requirement of this project is without a test or a reason', () => {
  expect(reportOfProject().faults).toEqual([])
})
