import { globSync, readFileSync } from 'node:fs'
import { ORDER } from '../order.ts'
import { ROOT } from '../place.ts'
import { type Page, pathOf } from './page.ts'
import { firstParagraph, plainText } from './plain-text.ts'

/** The files that become pages. */
const SOURCES = ['*.md', 'docs/**/*.md', 'examples/**/*.md']

/** Every Markdown file that becomes a page, sorted by name. */
export function findSources(): string[] {
  const exclude = (path: string) => path.endsWith('node_modules')
  return globSync(SOURCES, { cwd: ROOT, exclude }).sort()
}

/** The pages in the order of the sidebar. A file without a place in `order.ts` comes last, under "More". */
export function readPages(): Page[] {
  const rest = new Set(findSources())
  const pages: Page[] = []
  const add = (source: string, section: string, label?: string) => {
    if (rest.delete(source)) pages.push(readPage(source, section, label))
  }
  for (const { title, pages: listed } of ORDER) {
    for (const [source, label] of Object.entries(listed)) add(source, title, label)
  }
  for (const source of rest) add(source, 'More')
  for (const { path, source } of pages) {
    const other = pages.find((each) => each.path === path && each.source !== source)
    if (other !== undefined) {
      throw new Error(`${source} and ${other.source} would both be the page /${path}.`)
    }
  }
  return pages
}

function readPage(source: string, section: string, label?: string): Page {
  const text = readFileSync(`${ROOT}${source}`, 'utf8')
  const heading = /^# (.*)$/m.exec(text)?.[1]
  if (heading === undefined)
    throw new Error(`${source} has no heading. Begin it with a line such as "# Title".`)
  const kind = source.startsWith('examples/') ? 'Example: ' : ''
  const title = source === 'README.md' ? 'Overview' : kind + plainText(heading)
  return {
    source,
    path: pathOf(source),
    title,
    label: label ?? title,
    description: firstParagraph(text),
    section,
    text,
  }
}
