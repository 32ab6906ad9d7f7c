import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { PAGES, REPOSITORY } from '../place.ts'
import { frontMatter } from './front-matter.ts'
import { rewriteLinks } from './links.ts'
import type { Page } from './page.ts'
import { rewritePictures } from './pictures.ts'

/** Writes the pages as the site's generator wants them. */
export function writePages(pages: readonly Page[]): void {
  const sources = new Set(pages.map(({ source }) => source))
  for (const { source, path, title, description, text } of pages) {
    const head = { title, description, editAddress: `${REPOSITORY}/edit/main/${source}` }
    const body = rewriteLinks(rewritePictures(text, source), source, sources)
    const file = `${PAGES}${path}.md`
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, frontMatter(head) + body)
  }
}
