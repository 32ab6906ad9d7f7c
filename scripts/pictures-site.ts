import { mkdirSync, statSync } from 'node:fs'
import { BASE, OUTPUT } from '../site/place.ts'
import { serveFolder } from '../site/serve-folder.ts'
import { startChromium } from '../test/browser/support/chromium.ts'

/**
 * Takes the pictures of the site in `docs/pictures/`: home page, a guide and a page of the reference, light and dark,
 * wide and narrow. `npm run docs` must have built the site. Usage: npm run pictures:site
 */
const PAGES = { home: '', guide: 'policy', reference: 'reference/express/expressGate' }
const WINDOWS = { wide: { width: 1100, height: 680 }, narrow: { width: 360, height: 720 } }
/** Larger pictures make a clone slow. */
const LARGEST = 150_000

mkdirSync('docs/pictures', { recursive: true })
const { origin, close } = await serveFolder(OUTPUT, { base: BASE })
const browser = await startChromium()
for (const colorScheme of ['light', 'dark'] as const) {
  for (const [width, viewport] of Object.entries(WINDOWS)) {
    const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' })
    const page = await context.newPage()
    for (const [name, path] of Object.entries(PAGES)) {
      const file = `docs/pictures/site-${name}-${width}-${colorScheme}.png`
      await page.goto(`${origin}${BASE}${path}`, { waitUntil: 'networkidle' })
      await page.screenshot({ path: file })
      const { size } = statSync(file)
      console.log(`${file}: ${Math.round(size / 1000)} kB`)
      if (size > LARGEST) throw new Error(`${file} is larger than ${LARGEST / 1000} kB.`)
    }
    await context.close()
  }
}
await browser.close()
await close()
