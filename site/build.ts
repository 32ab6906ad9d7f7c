import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { build } from 'vitepress'
import { BASE, OUTPUT, PAGES, ROOT, SIDEBAR, SITE } from './place.ts'
import { writeReference } from './reference/write-reference.ts'
import { guidesSidebar, referenceSidebars } from './sidebar.ts'
import { readPages } from './tree/read-pages.ts'
import { writeHome } from './tree/write-home.ts'
import { writePages } from './tree/write-pages.ts'
import { writeForModels } from './write-for-models.ts'

// esbuild reads the tsconfig.json of the working folder.
process.chdir(SITE)
const start = performance.now()
rmSync(PAGES, { recursive: true, force: true })
mkdirSync(PAGES, { recursive: true })

const pages = readPages()
writePages(pages)
writeHome()
const groups = await writeReference()
const sidebar = { guides: guidesSidebar(pages), reference: referenceSidebars(groups) }
writeFileSync(SIDEBAR, JSON.stringify(sidebar, null, 2))

await build(SITE)
writeForModels(pages, groups)

const seconds = ((performance.now() - start) / 1000).toFixed(0)
const names = groups.reduce((sum, group) => sum + group.names.length, 0)
console.log(
  `The site is in ${relative(ROOT, OUTPUT)}/, for the path ${BASE}: ${pages.length} pages of the repository, ` +
    `and ${names} names of ${groups.length} subpaths. It took ${seconds} s. npm run docs:serve shows it.`,
)
