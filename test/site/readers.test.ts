import { readFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { startChromium } from '../support/chromium.ts'
import { openProfile } from './support/visit.ts'

const home = inject('home')
const output = inject('output')
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

let browser: Browser
beforeAll(async () => {
  browser = await startChromium()
})
afterAll(() => browser?.close())

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
    await page.locator('.VPSwitchAppearance:visible').click()
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
    await expect.poll(() => results.count()).toBeGreaterThan(3)
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
