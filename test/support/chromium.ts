import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import { installPackages } from './debian-packages.ts'

/** Starts a headless Chromium. Close it; it also ends with this process. */
export async function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    args: ['--headless=new', '--no-sandbox', '--disable-gpu'],
  })
}

/**
 * The path of the variable CHROMIUM, otherwise of the Debian package `chromium`, which is installed if it is
 * missing.
 *
 * @throws {Error} if there is no Chromium and this process may not install it
 */
function findChromium(): string {
  const { CHROMIUM } = process.env
  if (!CHROMIUM) {
    installPackages('A browser test without the variable CHROMIUM', ['chromium'])
    return '/usr/bin/chromium'
  }
  if (existsSync(CHROMIUM)) return CHROMIUM
  throw new Error(`The variable CHROMIUM is ${CHROMIUM}, and there is no such file.`)
}
