/**
 * `npm run pictures:demo`: drives the demo page in Chromium, and saves docs/pictures/demo-page-*.png.
 * The variable CHROMIUM is the path of the browser.
 */
import { mkdirSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import { startDemoPage } from '../examples/demo/page/start-demo-page.ts'

const FOLDER = 'docs/pictures'
const LOOKS = [
  { name: 'light', colorScheme: 'light', width: 1200, height: 820 },
  { name: 'dark', colorScheme: 'dark', width: 1200, height: 820 },
  { name: 'narrow-light', colorScheme: 'light', width: 390, height: 1900 },
  { name: 'narrow-dark', colorScheme: 'dark', width: 390, height: 1900 },
] as const

/** The buttons, and what the page says after each. */
const STEPS = [
  ['Reset', 'as at the beginning'],
  ['Sign in', 'Signed in'],
  ['Step up', 'returned cleared'],
  ['Wrong audience', 'Refused'],
  ['Call a tool', 'returned 5'],
] as const

async function take(
  browser: Browser,
  url: string,
  { name, colorScheme, width, height }: (typeof LOOKS)[number],
): Promise<void> {
  const viewport = { width, height }
  const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' })
  const page = await context.newPage()
  await page.goto(url)
  for (const [button, said] of STEPS) {
    await page.getByRole('button', { name: button, exact: true }).click()
    await page.getByRole('status').filter({ hasText: said }).waitFor()
  }
  await page.mouse.move(0, 0)
  await page.screenshot({ path: `${FOLDER}/demo-page-${name}.png` })
  await context.close()
}

mkdirSync(FOLDER, { recursive: true })
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--headless=new', '--no-sandbox', '--disable-gpu'],
})
try {
  for (const look of LOOKS) {
    // A page for each: the gate remembers what clients had before.
    const demo = await startDemoPage()
    await take(browser, demo.url, look)
    await demo.close()
  }
} finally {
  await browser.close()
}
