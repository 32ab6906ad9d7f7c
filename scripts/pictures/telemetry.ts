/**
 * `npm run pictures:telemetry`: takes docs/pictures/telemetry-*.png, of Prometheus's own page, as the link in the
 * example's README opens it. It takes two minutes. The traffic, the scrapes and the ranges are squeezed into that time.
 */
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { installPackages } from '../../test/support/debian-packages.ts'
import { type RunningExample, startExample } from '../../test/telemetry/support/start-example.ts'
import { startPrometheus } from '../../test/telemetry/support/start-prometheus.ts'
import { takePictures } from './take-pictures.ts'

const README = 'examples/telemetry/README.md'

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

installPackages('pictures:telemetry', ['prometheus'])
const example = await startExample()
const prometheus = await startPrometheus(example.target)
await sendFor(example, 60)
await example.outage(() => sendFor(example, 20))
await sendFor(example, 40)
const sending = sendFor(example, 25)
await takePictures({
  windows: { wide: { width: 640, height: 800 }, narrow: { width: 420, height: 800 } },
  async draw(page, { colorScheme, save }) {
    // Debian's page has no dark colours of its own.
    const session = await page.context().newCDPSession(page)
    await session.send('Emulation.setAutoDarkModeOverride', { enabled: colorScheme === 'dark' })
    await page.goto(`${prometheus.origin}/graph?${panels()}`)
    await page.waitForFunction("document.querySelectorAll('.rickshaw_graph svg path').length > 10")
    // The bar at the top stays where it is on the screen, so the screen has to be as high as the page.
    const height = Number(await page.evaluate('document.body.scrollHeight'))
    await page.setViewportSize({ width: page.viewportSize()?.width ?? 0, height })
    await page.evaluate('scrollTo(0, 0); document.activeElement.blur()')
    await save('telemetry')
  },
})
await sending
await prometheus.close()
await example.close()
