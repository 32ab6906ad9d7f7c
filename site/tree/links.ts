import { existsSync, statSync } from 'node:fs'
import { posix } from 'node:path'
import { REPOSITORY, ROOT } from '../place.ts'
import { pathOf } from './page.ts'

/** Fenced code, and code in a line. Links in it are no links. */
const CODE = /^( *)(`{3,}|~{3,})[\s\S]*?^\1\2|(`+)(?!`)[\s\S]*?(?<!`)\3(?!`)/gm
/** The target of `[text](target)`, and of `[label]: target`. */
const LINK = /(\]\(|^\[[^\]]+\]: *)([^)\s]+)/gm

/**
 * The Markdown with the relative links of the repository turned into links of the site. A link to a file that is no
 * page leads to the repository.
 */
export function rewriteLinks(text: string, source: string, sources: ReadonlySet<string>): string {
  return outsideCode(text, (prose) =>
    prose.replace(LINK, (_, before, target) => before + siteLink(target, source, sources)),
  )
}

/** Changes Markdown, except its code. */
export function outsideCode(text: string, change: (prose: string) => string): string {
  const parts: string[] = []
  let end = 0
  // A link's text may have code in it, so code is put aside instead of cutting the text there.
  const codes: string[] = []
  for (const { 0: code, index } of text.matchAll(CODE)) {
    parts.push(text.slice(end, index), `\u0000${codes.push(code) - 1}\u0000`)
    end = index + code.length
  }
  parts.push(text.slice(end))
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the mark of code that was put aside
  return change(parts.join('')).replace(/\u0000(\d+)\u0000/g, (_, at) => codes[Number(at)] ?? '')
}

function siteLink(target: string, source: string, sources: ReadonlySet<string>): string {
  if (/^([a-z]+:|#|\/)/.test(target)) return target
  const [path = '', fragment] = target.split('#')
  const file = posix.join(posix.dirname(source), path).replace(/\/$/, '')
  const anchor = fragment === undefined ? '' : `#${fragment}`
  if (sources.has(file)) return `/${pathOf(file)}${anchor}`
  if (sources.has(`${file}/README.md`)) return `/${pathOf(`${file}/README.md`)}${anchor}`
  if (!existsSync(`${ROOT}${file}`)) {
    throw new Error(`${source} links to ${target}, and there is no ${file}.`)
  }
  const kind = statSync(`${ROOT}${file}`).isDirectory() ? 'tree' : 'blob'
  return `${REPOSITORY}/${kind}/main/${file}${anchor}`
}
