/**
 * `npm run pictures:telemetry`: pictures of Prometheus's own page, as the link in the example's README opens it.
 * It takes two minutes. The traffic, the scrapes and the ranges are squeezed into that time.
 */
import { mkdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { Browser } from 'playwright-core'
import { startChromium } from '../browser/support/chromium.ts'
import { installPackages } from '../support/debian-packages.ts'
import { type RunningExample, startExample } from './support/start-example.ts'
import { startPrometheus } from './support/start-prometheus.ts'

const FOLDER = 'docs/pictures'
const README = 'examples/telemetry/README.md'

/** Each picture: its name, its colours, and its width in pixels. */
const PICTURES = [
  { name: 'telemetry-light', dark: false, width: 640 },
  { name: 'telemetry-dark', dark: true, width: 640 },
  { name: 'telemetry-light-narrow', dark: false, width: 420 },
  { name: 'telemetry-dark-narrow', dark: true, width: 420 },
] as const

/** The first two panels of the README's link, with ranges for two minutes. */
function panels(): string {
  const [, query] =
    /\(http:\/\/127\.0\.0\.1:9090\/graph\?(\S+)\)/.exec(readFileSync(README, 'utf8')) ?? []
  if (query === undefined) throw new Error(`${README} has no link to Prometheus's page`)
  return query
    .split('&')
    .filter((part) => /^g[01]\./.test(part))
    .join('&')
    .replaceAll('range_input=15m', 'range_input=2m')
    .replaceAll('%5B1m%5D', '%5B10s%5D')
}

/** Traffic that grows and falls, with an outage in it. */
async function sendFor(example: RunningExample, seconds: number): Promise<void> {
  const until = Date.now() + seconds * 1000
  for (let round = 0; Date.now() < until; round += 1) {
    await example.traffic.round()
    await delay(400 + 350 * Math.sin(round / 4))
  }
}

async function takePicture(
  browser: Browser,
  url: string,
  { name, dark, width }: (typeof PICTURES)[number],
): Promise<void> {
  const context = await browser.newContext({ viewport: { width, height: 800 } })
  const page = await context.newPage()
  // Debian's page has no dark colours of its own.
  const session = await context.newCDPSession(page)
  await session.send('Emulation.setAutoDarkModeOverride', { enabled: dark })
  await page.goto(url)
  await page.waitForFunction("document.querySelectorAll('.rickshaw_graph svg path').length > 10")
  // The bar at the top stays where it is on the screen, so the screen has to be as high as the page.
  const height = await page.evaluate('document.body.scrollHeight')
  await page.setViewportSize({ width, height: Number(height) })
  await page.evaluate('scrollTo(0, 0); document.activeElement.blur()')
  await page.screenshot({ path: `${FOLDER}/${name}.png` })
  await context.close()
  console.log(`${FOLDER}/${name}.png`)
}

installPackages('pictures:telemetry', ['prometheus'])
mkdirSync(FOLDER, { recursive: true })
const example = await startExample()
const prometheus = await startPrometheus(example.target)
await sendFor(example, 60)
await example.outage(() => sendFor(example, 20))
await sendFor(example, 40)
const sending = sendFor(example, 25)
const browser = await startChromium()
for (const picture of PICTURES) {
  await takePicture(browser, `${prometheus.origin}/graph?${panels()}`, picture)
}
await browser.close()
await sending
await prometheus.close()
await example.close()
