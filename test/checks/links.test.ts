import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { anchorsIn, faultOf, linksIn, projectFiles } from './links.ts'

const files = new Set(projectFiles())
// The pages of site/ have addresses of the site, which its own build checks.
const documents = [...files].filter((file) => /^(?!site\/).*\.md$/.test(file)).sort()
const sources = [...files].filter((file) => /^(src|examples|scripts)\/.*\.ts$/.test(file)).sort()
const read = (file: string): string => readFileSync(file, 'utf8')

describe('links', () => {
  it('are looked for in the README, the guides and the examples', () => {
    const folders = ['README.md', 'CONTRIBUTING.md', 'docs/', 'examples/', 'bench/']
    for (const folder of folders) {
      expect(
        documents.some((file) => file.startsWith(folder)),
        folder,
      ).toBe(true)
    }
  })

  it.each(documents)('of %s lead to files and headings that are there', (file) => {
    const faults = linksIn(read(file)).map((link) => faultOf(link, file, files))
    expect(faults.filter((fault) => fault !== undefined)).toEqual([])
  })

  it('of the source, its messages and the examples name pages and headings that are there', () => {
    const faults = sources.flatMap((file) => {
      const named = read(file).matchAll(/\b(?:README|docs\/[\w-]+)\.md(?:#[\w-]+(?![\w$-]))?/g)
      return Array.from(named, ([link]) => faultOf(link, 'README.md', files))
        .filter((fault) => fault !== undefined)
        .map((fault) => `${file}: ${fault}`)
    })
    expect(faults).toEqual([])
  })
})

describe('the reader of links', () => {
  it('finds links, pictures, definitions and the sources of a picture', () => {
    const page = `
[a](a.md) ![b](b.svg "title") [\`code\`](c.md#d) [e](<e f.md>) [two](g.md
) [h][h]
[h]: i.md
<picture><source srcset="j.svg 1x, k.svg 2x"><img src="l.svg"></picture> <a href="m.md">m</a>`
    const found = [
      'a.md',
      'b.svg',
      'c.md#d',
      'e f.md',
      'g.md',
      'i.md',
      'l.svg',
      'm.md',
      'j.svg',
      'k.svg',
    ]
    expect(linksIn(page)).toEqual(expect.arrayContaining(found))
  })

  it('finds none in code and in comments', () => {
    const page = '```md\n[a](a.md)\n```\n`[b](b.md)` and ``[c](c.md)``\n<!-- [d](d.md) -->\n'
    expect(linksIn(page)).toEqual([])
  })
})

describe('anchors', () => {
  it.each([
    ['## Two Words', 'two-words'],
    ['## `dpop.nonce`', 'dpopnonce'],
    ["## What's new, & why?", 'whats-new--why'],
    ['## A [link](b.md) in it', 'a-link-in-it'],
    ['### Closed ###', 'closed'],
    ['## `SOME_CODE`', 'some_code'],
    ['## SOME_CODE and _this_', 'some_code-and-this'],
    ['## Über 10 %', 'über-10-'],
    ['<a id="here"></a>', 'here'],
  ])('of %j: %s', (line, anchor) => {
    expect([...anchorsIn(line)]).toEqual([anchor])
  })

  it('have a number where a heading is repeated, and none in code', () => {
    expect([...anchorsIn('# A\n## A\n```sh\n# B\n```\n## A\n')]).toEqual(['a', 'a-1', 'a-2'])
  })
})

describe('a link', () => {
  const known = new Set(['README.md', 'docs/a.md', 'docs/b.svg', 'examples/c/README.md'])
  const fault = (link: string, from = 'docs/a.md') =>
    faultOf(link, from, known, () => new Set(['heading']))

  it.each([
    'https://example.com/nothing',
    'mailto:a@example.com',
    'b.svg',
    '../README.md#heading',
    '#heading',
    '../examples/c',
    '../examples/c/',
    'https://github.com/mcp-resource-server/mcp-resource-server/blob/main/docs/a.md#heading',
  ])('to %s is good', (link) => {
    expect(fault(link)).toBeUndefined()
  })

  it.each([
    ['', 'not relative'],
    ['/docs/a.md', 'not relative'],
    ['docs/a.md', 'there is no docs/docs/a.md'],
    ['A.md', 'there is no docs/A.md'],
    ['../../a.md', 'there is no ../a.md'],
    ['#other', 'no such heading'],
    ['b.svg#heading', 'only Markdown'],
    ['../examples#heading', 'a folder has no anchors'],
    [
      'https://github.com/mcp-resource-server/mcp-resource-server/blob/main/docs/x.md',
      'there is no docs/x.md',
    ],
  ])('to %j is not: %s', (link, reason) => {
    expect(fault(link)).toContain(reason)
  })
})
