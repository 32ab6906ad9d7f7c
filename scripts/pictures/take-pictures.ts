import { mkdirSync, statSync } from 'node:fs'
import type { Page, ViewportSize } from 'playwright-core'
import { startChromium } from '../../test/support/chromium.ts'

const FOLDER = 'docs/pictures'
/** In bytes. Larger pictures make a clone slow. */
const LARGEST = 200_000

/** What is taken: for each window, the page in light and in dark colours. */
export interface Pictures {
  readonly windows: Readonly<Record<'wide' | 'narrow', ViewportSize>>
  /** Brings a new page to what its pictures show, and saves them. */
  draw(page: Page, shot: Shot): Promise<void>
}

/** One window in one colour scheme. */
export interface Shot {
  readonly colorScheme: 'light' | 'dark'
  /** Saves what the page shows as `docs/pictures/NAME-wide-light.png`. */
  save(name: string): Promise<void>
}

/** Takes pictures for the documentation in Chromium: wide and narrow, light and dark. */
export async function takePictures({ windows, draw }: Pictures): Promise<void> {
  mkdirSync(FOLDER, { recursive: true })
  const browser = await startChromium()
  try {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const [width, viewport] of Object.entries(windows)) {
        const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' })
        const page = await context.newPage()
        const save = async (name: string): Promise<void> => {
          const path = `${FOLDER}/${name}-${width}-${colorScheme}.png`
          await page.screenshot({ path })
          const { size } = statSync(path)
          console.log(`${path}: ${Math.round(size / 1000)} kB`)
          if (size > LARGEST) throw new Error(`${path} is larger than ${LARGEST / 1000} kB.`)
        }
        await draw(page, { colorScheme, save })
        await context.close()
      }
    }
  } finally {
    await browser.close()
  }
}
