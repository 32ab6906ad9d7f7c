import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'

/** Folders with things that are made or installed, and with the texts of others. */
const NOT_OURS = new Set(['node_modules', 'dist', 'coverage', 'corpora', '.git', '.cache'])

/** The address of the project's files, for links that leave a page of the site or of the registry. */
const OWN_ADDRESS =
  /^https:\/\/github\.com\/mcp-resource-server\/mcp-resource-server\/(?:blob|tree|raw)\/main\//

/** The files of the project by their paths, each with a slash as separator and in its own letter case. */
export function projectFiles(folder = '.'): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (NOT_OURS.has(entry.name)) return []
    const path = posix.join(folder, entry.name)
    return entry.isDirectory() ? projectFiles(path) : [path]
  })
}

/** A document without what GitHub shows as code, and without comments. Inline code keeps its place. */
function proseOf(markdown: string): string {
  return markdown
    .replace(/^( *)(```+|~~~+)[\s\S]*?^ *\2 *$/gm, '')
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/(`+)(?!`)[^\n]*?[^`]\1(?!`)/g, 'code')
}

/** The targets of all links and pictures in a document: Markdown's own, definitions, and HTML attributes. */
export function linksIn(markdown: string): readonly string[] {
  const prose = proseOf(markdown)
  const patterns = [
    /\]\(\s*<?((?<=<)[^>]*|[^)\s]*)>?(?:\s+["'(][^)]*)?\s*\)/g,
    /^ {0,3}\[[^\]^][^\]]*\]:\s*<?([^\s>]+)/gm,
    /\b(?:href|src)="([^"]*)"/g,
  ]
  const plain = patterns.flatMap((pattern) =>
    Array.from(prose.matchAll(pattern), ([, target = '']) => target),
  )
  const sets = Array.from(prose.matchAll(/\bsrcset="([^"]*)"/g), ([, list = '']) =>
    list.split(',').map((candidate) => candidate.trim().split(/\s/)[0] ?? ''),
  )
  return [...plain, ...sets.flat()]
}

/** The anchors of a document as GitHub makes them from headings, and those that HTML elements have. */
export function anchorsIn(markdown: string): ReadonlySet<string> {
  const withoutCode = markdown.replace(/^( *)(```+|~~~+)[\s\S]*?^ *\2 *$/gm, '')
  const anchors = new Set<string>()
  for (const [, heading = ''] of withoutCode.matchAll(
    /^ {0,3}#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$/gm,
  )) {
    const slug = slugOf(heading)
    let anchor = slug
    // The second heading of a name gets -1, the third -2.
    for (let count = 1; anchors.has(anchor); count += 1) anchor = `${slug}-${count}`
    anchors.add(anchor)
  }
  for (const [, id = ''] of withoutCode.matchAll(/<\w+[^>]*\b(?:id|name)="([^"]+)"/g))
    anchors.add(id)
  return anchors
}

/** GitHub's anchor for the text of a heading, without the number for a repeated heading. */
function slugOf(heading: string): string {
  const text = heading
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/<[^>]+>/g, '')
    .replace(/(?<![\p{L}\p{N}])_+|_+(?![\p{L}\p{N}])/gu, (marks, at: number) =>
      isInCode(heading, at) ? marks : '',
    )
  return text
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '')
    .replaceAll(' ', '-')
}

const isInCode = (text: string, at: number): boolean =>
  (text.slice(0, at).match(/`/g)?.length ?? 0) % 2 === 1

/** What is wrong with a link, or `undefined`. Links to other sites are not followed. */
export function faultOf(
  link: string,
  from: string,
  files: ReadonlySet<string>,
  anchorsOf: (file: string) => ReadonlySet<string> = (file) =>
    anchorsIn(readFileSync(file, 'utf8')),
): string | undefined {
  const own = link.replace(OWN_ADDRESS, '')
  if (own === link && /^[a-z][a-z+.-]*:/i.test(link)) return undefined
  if (link === '' || link.startsWith('/')) return `${link || 'an empty link'} is not relative`
  const [path = '', fragment] = own.split('#').map(decodeURIComponent)
  const base = own === link ? posix.dirname(from) : '.'
  const target = path === '' ? from : posix.join(base, path).replace(/\/$/, '')
  if (!files.has(target)) {
    const isFolder = [...files].some((file) => file.startsWith(`${target}/`))
    if (!isFolder) return `${link}: there is no ${target}`
    return fragment === undefined ? undefined : `${link}: a folder has no anchors`
  }
  if (fragment === undefined) return undefined
  if (!target.endsWith('.md')) return `${link}: only Markdown has anchors`
  return anchorsOf(target).has(fragment) ? undefined : `${link}: ${target} has no such heading`
}
