import { execFileSync } from 'node:child_process'
import type { TestProject } from 'vitest/node'
import { serveFolder } from '../../../site/serve-folder.ts'

/** A path as on GitHub Pages: a link that forgets it leads nowhere. */
const BASE = '/mcp-resource-server/'
const OUTPUT = 'site/.cache/tested/'

declare module 'vitest' {
  interface ProvidedContext {
    /** The address of the site's home page. */
    readonly home: string
    /** The folder of the site. */
    readonly output: string
  }
}

/** Builds the site and serves it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  execFileSync(process.execPath, ['site/build.ts'], {
    stdio: 'inherit',
    env: { ...process.env, DOCS_URL: BASE, DOCS_OUTPUT: OUTPUT },
  })
  const { origin, close } = await serveFolder(OUTPUT, { base: BASE })
  project.provide('home', `${origin}${BASE}`)
  project.provide('output', OUTPUT)
  return close
}
