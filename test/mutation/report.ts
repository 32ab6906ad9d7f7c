/** Writes REPORT.md from the figures of all files. */
import { globSync, writeFileSync } from 'node:fs'
import { EXPLAINED } from './explained.ts'
import { type Figures, readFigures } from './figures.ts'
import { ROOMS } from './rooms.ts'

const HEAD = `# Mutants

Stryker changes one expression of the source at a time. A test must fail then. \`npm run test:mutation\` writes
this page; \`npm run test:mutation -- src/token\` tries one room, and \`src/token/scope.ts\` one file.

- **killed**: a test failed, and passed again straight afterwards without the mutant.
- **timed out**: a test waited for something that never came. It counts as killed.
- **explained**: no test fails, and [explained.json](explained.json) says why none needs to.
- **open**: no test fails, and nobody has said why. They are listed below. A new one fails
  \`npm run test:mutation:changed\`. **not covered** are the open ones that no test of the room runs.
- **unclear**: the run has no verdict, for example because its time was up.
- **score**: killed and timed out, of all that were made.

No mutants are made of texts for people: a text or template with three words in a row, or one with a space in the
arguments of a constructor whose name ends in \`Error\`. [prose.ts](prose.ts) is this rule. Codes, algorithms, claims,
header names and the lists in header fields are no such texts, so their mutants are made. The operators are all those of Stryker.
`

type Row = readonly (string | number)[]
const line = (cells: Row): string => `| ${cells.join(' | ')} |`
const code = (text: string): string => {
  const flat = text.replace(/\s+/g, ' ').replaceAll('|', '\\|')
  const short = flat.length > 90 ? `${flat.slice(0, 89)}…` : flat
  return short.includes('`') ? `\`\` ${short} \`\`` : `\`${short}\``
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`
}

function row(name: string, files: readonly Figures[], note: string): Row {
  const sum = (count: (figures: Figures) => number) =>
    files.reduce((total, figures) => total + count(figures), 0)
  const made = sum((figures) => figures.made)
  const killed = sum((figures) => figures.killed)
  const timedOut = sum((figures) => figures.timedOut)
  return [
    name,
    made,
    killed,
    timedOut,
    sum((figures) => figures.explained),
    sum((figures) => figures.open.length),
    sum((figures) => figures.notCovered),
    sum((figures) => figures.unclear),
    percent(killed + timedOut, made),
    note,
  ]
}

export function writeReport(): void {
  const figures = readFigures()
  const all: Figures[] = []
  const rows: Row[] = []
  const open: string[] = []
  for (const room of ROOMS) {
    const sources = globSync(room.sources as string[]).sort()
    const tried = sources.flatMap((file) => figures[file] ?? [])
    const dates = tried.map(({ date }) => date).sort()
    const missing = sources.filter((file) => figures[file] === undefined)
    const note =
      tried.length === 0
        ? 'not run'
        : [
            dates[0],
            ...(missing.length > 0 ? [`not run: ${missing.length} files`] : []),
            ...(tried.some(({ others }) => !others)
              ? ['not finished: open ones were not tried with the tests of other rooms']
              : []),
          ].join('; ')
    all.push(...tried)
    rows.push(row(`\`${room.name}/\``, tried, note))
    for (const file of sources) {
      for (const { mutator, line: text, becomes } of figures[file]?.open ?? []) {
        open.push(line([file, mutator, code(text), code(becomes)]))
      }
    }
  }
  rows.push(row('**all**', all, ''))
  const explained = new Map<string, number>()
  for (const { reason } of EXPLAINED) explained.set(reason, (explained.get(reason) ?? 0) + 1)
  const titles = 'room|made|killed|timed out|explained|open|not covered|unclear|score|tried'
  const text = [
    HEAD,
    line(titles.split('|')),
    line(titles.split('|').map((_, index) => (index === 0 || index === 9 ? '---' : '---:'))),
    ...rows.map(line),
    '',
    '## Explained',
    '',
    ...Array.from(explained, ([reason, count]) => `- ${reason} (entries: ${count})`).sort(),
    '',
    '## Open',
    '',
    ...(open.length === 0
      ? ['None.']
      : ['| file | operator | line | becomes |', '|---|---|---|---|', ...open]),
    '',
  ].join('\n')
  writeFileSync(`${import.meta.dirname}/REPORT.md`, text)
}
