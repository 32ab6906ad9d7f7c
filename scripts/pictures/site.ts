/**
 * `npm run pictures:site`: takes docs/pictures/site-*.png, of the home page, a guide and a page of the reference.
 * `npm run docs` must have built the site.
 */
import { BASE, OUTPUT } from '../../site/place.ts'
import { serveFolder } from '../../site/serve-folder.ts'
import { takePictures } from './take-pictures.ts'

const PAGES = { home: '', guide: 'policy', reference: 'reference/express/expressGate' }

const { origin, close } = await serveFolder(OUTPUT, { base: BASE })
await takePictures({
  windows: { wide: { width: 1100, height: 680 }, narrow: { width: 360, height: 720 } },
  async draw(page, { save }) {
    for (const [name, path] of Object.entries(PAGES)) {
      await page.goto(`${origin}${BASE}${path}`, { waitUntil: 'networkidle' })
      await save(`site-${name}`)
    }
  },
})
await close()
