import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { BASE, ORIGIN, OUTPUT, PACKAGE, PAGES } from './place.ts'
import type { ReferenceGroup } from './reference/write-reference.ts'
import type { Page } from './tree/page.ts'

/**
 * Writes what language models read (llmstxt.org): `llms.txt` with a line for each page, `llms-full.txt` with all pages,
 * and each page as Markdown beside its HTML.
 */
export function writeForModels(pages: readonly Page[], groups: readonly ReferenceGroup[]): void {
  for (const { path } of [...pages, ...groups.flatMap((group) => [group, ...group.names])]) {
    mkdirSync(dirname(`${OUTPUT}${path}`), { recursive: true })
    writeFileSync(`${OUTPUT}${path}.md`, markdownOf(path))
  }
  const line = (title: string, path: string, description: string) =>
    `- [${title}](${ORIGIN}${BASE}${path}.md): ${description}`
  const sections = Map.groupBy(pages, ({ section }) => section)
  const parts = [
    `# ${PACKAGE.name}`,
    `> ${PACKAGE.description} It is a package for MCP servers in TypeScript and JavaScript, on Node, Bun and Deno.`,
    ...Array.from(sections, ([title, inside]) =>
      [
        `## ${title}`,
        '',
        ...inside.map((page) => line(page.title, page.path, page.description)),
      ].join('\n'),
    ),
    [
      '## API reference',
      '',
      ...groups.map(({ subpath, path, description }) => line(subpath, path, description)),
    ].join('\n'),
  ]
  writeFileSync(`${OUTPUT}llms.txt`, `${parts.join('\n\n')}\n`)
  const full = [...pages, ...groups].map(({ path }) => markdownOf(path))
  writeFileSync(`${OUTPUT}llms-full.txt`, full.join('\n\n'))
}

/** The Markdown of a page, without the lines for the site's generator. */
function markdownOf(path: string): string {
  return readFileSync(`${PAGES}${path}.md`, 'utf8').replace(/^---\n[\s\S]*?\n---\n+/, '')
}
