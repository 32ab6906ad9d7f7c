import { copyFileSync, mkdirSync } from 'node:fs'
import { PAGES, SITE } from '../place.ts'

/** The home page and the icon are files of the site. */
export function writeHome(): void {
  copyFileSync(`${SITE}home.md`, `${PAGES}index.md`)
  mkdirSync(`${PAGES}public`, { recursive: true })
  copyFileSync(`${SITE}icon.svg`, `${PAGES}public/icon.svg`)
}
