import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAst } from 'rolldown/parseAst'
import { describe, expect, it } from 'vitest'

const GUIDE = 'docs/security.md'
const text = readFileSync(GUIDE, 'utf8')

/** The rows of the table below a heading, without its head. */
function rowsBelow(heading: string): readonly string[] {
  const [, below = ''] = text.split(`\n## ${heading}\n`)
  const [section = ''] = below.split('\n## ')
  return section
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(1)
}

const filesIn = (row: string): string[] =>
  Array.from(row.matchAll(/\]\((\.\.\/[^)]+)\)/g), ([, path = '']) => join('docs', path))

const identifiersIn = (some: string): readonly string[] =>
  some.match(/CVE-\d+-\d+|GHSA(?:-\w{4}){3}/g) ?? []

/** The texts of a test file without its comments: names of tests, and rows that go into names. */
function textsOf(file: string): string {
  const texts: string[] = []
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    const { type, value } = node as { type?: string; value?: unknown }
    if (type === 'Literal' && typeof value === 'string') texts.push(value)
    if (type === 'TemplateElement') texts.push((value as { raw: string }).raw)
    for (const part of Object.values(node)) visit(part)
  }
  visit(parseAst(readFileSync(file, 'utf8'), { lang: 'ts' }))
  return texts.join('\n')
}

describe(GUIDE, () => {
  const bounds = rowsBelow('What an input may cost')
  const defences = rowsBelow('What is defended where')
  const defects = rowsBelow('Published defects of other verifiers')

  it('has its tables', () => {
    expect(bounds.length).toBeGreaterThan(10)
    expect(defences.length).toBeGreaterThan(25)
    expect(defects.length).toBeGreaterThan(10)
  })

  it.each(defences)('names a file that decides, and a test: %s', (row) => {
    const files = filesIn(row)
    expect(files.filter((file) => !existsSync(file))).toEqual([])
    expect(files.filter((file) => file.startsWith('src/'))).not.toEqual([])
    expect(files.filter((file) => file.startsWith('test/'))).not.toEqual([])
  })

  it.each(defects)('names identifiers that its test names too: %s', (row) => {
    const identifiers = identifiersIn(row)
    const tests = filesIn(row).map(textsOf).join('\n')
    expect(identifiers).not.toEqual([])
    expect(identifiers.filter((identifier) => !tests.includes(identifier))).toEqual([])
  })

  it('names every published defect in the table', () => {
    const listed = identifiersIn(defects.join('\n'))
    expect(identifiersIn(text).filter((identifier) => !listed.includes(identifier))).toEqual([])
  })

  it.each(bounds)('names a test of a bound: %s', (row) => {
    expect(filesIn(row).filter((file) => !existsSync(file))).toEqual([])
    expect(filesIn(row)).not.toEqual([])
  })

  it('shows each boundary of its table in both pictures', () => {
    const numbers = rowsBelow('Trust boundaries').flatMap(
      (row) => /^\| (\d) \|/.exec(row)?.[1] ?? [],
    )
    expect(numbers).toHaveLength(6)
    for (const picture of ['docs/trust-boundaries-light.svg', 'docs/trust-boundaries-dark.svg']) {
      const drawn = readFileSync(picture, 'utf8')
      expect(drawn).toMatch(/<title id="title">.+<\/title>\n<desc id="desc">.+<\/desc>/)
      expect(Array.from(drawn.matchAll(/>(\d)<\/text>/g), ([, number]) => number)).toEqual(numbers)
    }
  })
})
