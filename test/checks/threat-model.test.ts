import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
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

describe(GUIDE, () => {
  const defences = rowsBelow('What is defended where')
  const defects = rowsBelow('Published defects of other verifiers')

  it('has both tables', () => {
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
    const identifiers = row.match(/CVE-\d+-\d+|GHSA(?:-\w{4}){3}/g) ?? []
    const tests = filesIn(row)
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n')
    expect(identifiers).not.toEqual([])
    expect(identifiers.filter((identifier) => !tests.includes(identifier))).toEqual([])
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
