import { BASE, OUTPUT } from './place.ts'
import { serveFolder } from './serve-folder.ts'

/** Shows the site that `npm run docs` has built, until Ctrl-C. */
const { origin } = await serveFolder(OUTPUT, { base: BASE, port: Number(process.env.PORT ?? 4173) })
console.log(`${origin}${BASE}`)
