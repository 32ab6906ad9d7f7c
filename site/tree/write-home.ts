import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { PAGES, SITE } from '../place.ts'
import { rewritePictures } from './pictures.ts'

/** The home page and the icon are files of the site. */
export function writeHome(): void {
  const home = readFileSync(`${SITE}home.md`, 'utf8')
  writeFileSync(`${PAGES}index.md`, rewritePictures(home, 'site/home.md'))
  mkdirSync(`${PAGES}public`, { recursive: true })
  copyFileSync(`${SITE}icon.svg`, `${PAGES}public/icon.svg`)
}
