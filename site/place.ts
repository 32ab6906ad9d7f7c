import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Where things are: on this machine, on the site, and in the repository. */

const folder = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** The root of the repository, with a slash at its end. */
export const ROOT = folder('../')
/** The folder of this file. VitePress finds `.vitepress/` in it. */
export const SITE = folder('./')
/** The Markdown that VitePress reads. Every build writes it anew. */
export const PAGES = folder('./.cache/pages/')
/** The sidebar, for `.vitepress/config.ts`. */
export const SIDEBAR = folder('./.cache/sidebar.json')
/** The finished site: `site/dist/`, or the folder of the variable DOCS_OUTPUT. */
export const OUTPUT = folder(process.env.DOCS_OUTPUT ? `../${process.env.DOCS_OUTPUT}` : './dist/')

interface PackageFile {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly license: string
  readonly repository: { readonly url: string }
  readonly exports: Readonly<Record<string, string>>
}

export const PACKAGE: PackageFile = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'))

/** The repository's page, without a slash at its end. */
export const REPOSITORY = PACKAGE.repository.url.replace(/^git\+/, '').replace(/\.git$/, '')

/**
 * Where the site will be: the variable DOCS_URL, such as `https://example.github.io/mcp-resource-server/` or only
 * `/mcp-resource-server/`. Without it the site is for the root of a host.
 */
const published = new URL(process.env.DOCS_URL || '/', 'http://unknown.invalid')

/** The path of the site's home page, with a slash at both ends. */
export const BASE = published.pathname.replace(/\/*$/, '/')
/** The origin of the published site, if DOCS_URL tells it. */
export const ORIGIN = published.hostname === 'unknown.invalid' ? '' : published.origin
