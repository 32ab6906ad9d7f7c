import { globSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { startChromium } from '../support/chromium.ts'
import { brokenLinks, malformedLinks } from './support/links.ts'
import { openProfile, type Visit, visitAll } from './support/visit.ts'

const home = inject('home')
const output = inject('output')
/** The narrowest phone that the site is made for. */
const PHONE = { width: 360, height: 740 }

const exists = async (url: string): Promise<boolean> => (await fetch(url)).ok
const pathOf = ({ url }: Visit): string => url.slice(home.length)

let browser: Browser
let visits: readonly Visit[] = []

beforeAll(async () => {
  browser = await startChromium()
  const context = await openProfile(browser, { viewport: PHONE })
  const paths = globSync('**/*.html', { cwd: output })
    .filter((path) => path !== '404.html')
    .map((path) => path.replace(/(^|\/)index\.html$/, '$1').replace(/\.html$/, ''))
  const start = performance.now()
  visits = await visitAll(
    context,
    paths.map((path) => home + path),
  )
  console.log(
    `[site] ${visits.length} pages in ${Math.round((performance.now() - start) / 1000)} s`,
  )
  await context.close()
})
afterAll(() => browser?.close())

/** The pages of which something is said, each with what is said. */
function said(about: (visit: Visit) => readonly unknown[]): string[] {
  return visits.flatMap((visit) => about(visit).map((what) => `${pathOf(visit)}: ${what}`))
}

describe('every page', () => {
  it('is visited: guides, examples, and each name of each subpath', () => {
    const paths = visits.map(pathOf)
    expect(paths).toEqual(
      expect.arrayContaining([
        '',
        'overview',
        'keycloak',
        'options',
        'examples/policy',
        'changelog',
      ]),
    )
    expect(paths.filter((path) => path.startsWith('reference/')).length).toBeGreaterThan(300)
  })

  it('has no link to a page or an anchor that is not there', async () => {
    expect(await brokenLinks(visits, exists)).toEqual([])
  })

  it('has only well-formed links to other hosts', () => {
    expect(malformedLinks(visits)).toEqual([])
  })

  it('has no error in the console', () => {
    expect(said(({ errors }) => errors)).toEqual([])
  })

  it('makes no request that fails', () => {
    expect(said(({ failed }) => failed)).toEqual([])
  })

  it('makes no request to another host', () => {
    expect(said(({ foreign }) => foreign)).toEqual([])
  })

  it('does not scroll sideways on a phone of 360 pixels', () => {
    expect(said(({ overflow, wide }) => (overflow > 0 ? [`${overflow} px: ${wide}`] : []))).toEqual(
      [],
    )
  })

  it('loads each of its pictures', () => {
    expect(said(({ brokenPictures }) => brokenPictures)).toEqual([])
  })

  it('has one heading of the first level', () => {
    expect(said(({ headings }) => (headings === 1 ? [] : [`${headings} headings`]))).toEqual([])
  })

  it('has a title of its own and a description', () => {
    const titles = visits.map(({ title }) => title)
    expect(titles.filter((title, at) => titles.indexOf(title) !== at)).toEqual([])
    expect(said(({ title }) => (title.length > 10 ? [] : [`the title "${title}"`]))).toEqual([])
    const short = (text: string) => (text.length > 10 ? [] : [`the description "${text}"`])
    expect(said(({ description }) => short(description))).toEqual([])
  })
})
