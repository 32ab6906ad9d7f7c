import { globSync, readFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { startChromium } from '../browser/support/chromium.ts'
import { brokenLinks, malformedLinks } from './support/links.ts'
import { openProfile, type Visit, visitAll } from './support/visit.ts'

const home = inject('home')
const output = inject('output')
/** The narrowest phone that the site is made for. */
const PHONE = { width: 360, height: 740 }
/** One page of each kind. */
const SAMPLE = [
  '',
  'keycloak',
  'options',
  'changelog',
  'reference/',
  'reference/main/ResourceServerOptions',
]

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

describe.each(['light', 'dark'] as const)('in %s colours', (colorScheme) => {
  it.each(SAMPLE)('every text of "%s" has the contrast of WCAG AA', async (path) => {
    const context = await openProfile(browser, { colorScheme, reducedMotion: 'reduce' })
    const page = await context.newPage()
    await page.goto(home + path)
    expect(await page.evaluate('inspect.faintTexts()')).toEqual([])
    await context.close()
  })

  it('a picture is the one for these colours, also after the switch is used', async () => {
    const context = await openProfile(browser, { colorScheme })
    const page = await context.newPage()
    await page.goto(`${home}contributing`)
    const shown = () =>
      page.evaluate(
        '[...document.images].filter((i) => i.checkVisibility()).map((i) => i.src).join()',
      )
    const other = colorScheme === 'light' ? 'dark' : 'light'
    expect(await shown()).toContain(`house-${colorScheme}`)
    await page.locator('.VPNavBar .VPSwitchAppearance').click()
    await expect.poll(shown).toContain(`house-${other}`)
    expect(await shown()).not.toContain(`house-${colorScheme}`)
    await context.close()
  })
})

describe('a reader', () => {
  it('finds "audience" with the search, and opens what was found', async () => {
    const context = await openProfile(browser)
    const page = await context.newPage()
    await page.goto(`${home}overview`)
    await page.keyboard.press('Control+k')
    await page.locator('.VPLocalSearchBox input').fill('audience')
    const results = page.locator('.VPLocalSearchBox .result')
    await expect.poll(() => results.count(), { timeout: 20_000 }).toBeGreaterThan(3)
    await results.first().click()
    await page.waitForURL((url) => !url.pathname.endsWith('/overview'))
    expect((await page.locator('main').innerText()).toLowerCase()).toContain('audience')
    await context.close()
  })

  it('sees where the keyboard is', async () => {
    const context = await openProfile(browser)
    const page = await context.newPage()
    for (const path of ['', 'keycloak', 'reference/main/ResourceServerOptions']) {
      await page.goto(home + path)
      const seen: { element: string; visible: boolean }[] = []
      for (let times = 0; times < 30; times++) {
        await page.keyboard.press('Tab')
        const focus = await page.evaluate('inspect.focusIsVisible()')
        if (focus) seen.push(focus as (typeof seen)[number])
      }
      expect(seen.length).toBeGreaterThan(20)
      expect(seen.filter(({ visible }) => !visible)).toEqual([])
    }
    await context.close()
  })

  it('who wants less motion sees none', async () => {
    const context = await openProfile(browser, { reducedMotion: 'reduce' })
    const page = await context.newPage()
    await page.goto(`${home}overview`)
    expect(await page.evaluate('inspect.movingElements()')).toEqual([])
    await context.close()
  })
})

describe('llms.txt', () => {
  const lines = readFileSync(`${output}llms.txt`, 'utf8').split('\n')

  it('has a title, a paragraph, and a description of every link', () => {
    expect(lines[0]).toBe('# mcp-resource-server')
    expect(lines[2]).toMatch(/^> .{40,}/)
    const links = lines.filter((line) => line.startsWith('- '))
    expect(links.length).toBeGreaterThan(40)
    expect(links.filter((line) => !/^- \[[^\]]+\]\([^)]+\.md\): .{10,}$/.test(line))).toEqual([])
  })

  it('links to Markdown that is there', async () => {
    const links = lines.flatMap((line) => /\]\(([^)]+)\)/.exec(line)?.[1] ?? [])
    const missing: string[] = []
    for (const link of links) if (!(await exists(new URL(link, home).href))) missing.push(link)
    expect(missing).toEqual([])
    expect(readFileSync(`${output}llms-full.txt`, 'utf8').length).toBeGreaterThan(100_000)
  })
})
