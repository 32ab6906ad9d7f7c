import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** Where the Debian package `chromium` puts it. */
const DEBIAN = '/usr/bin/chromium'

/** Starts a headless Chromium. Close it; it also ends with this process. */
export async function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    args: ['--headless=new', '--no-sandbox', '--disable-gpu'],
  })
}

/** @throws {Error} if there is no Chromium and this process may not install it */
function findChromium(): string {
  const { CHROMIUM } = process.env
  if (CHROMIUM) {
    if (existsSync(CHROMIUM)) return CHROMIUM
    throw new Error(`The variable CHROMIUM is ${CHROMIUM}, and there is no such file.`)
  }
  if (!existsSync(DEBIAN)) install()
  return DEBIAN
}

function install(): void {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new Error(
      `There is no ${DEBIAN}. Install the Debian package "chromium" ` +
        '(sudo apt-get install chromium), or set the variable CHROMIUM to the path of a Chromium.',
    )
  }
  console.log('[browser] installs the Debian package "chromium"')
  const aptGet = (...words: string[]) =>
    execFileSync('/usr/bin/apt-get', ['-qq', ...words], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  aptGet('update')
  aptGet('install', '--yes', '--no-install-recommends', 'chromium')
  if (!existsSync(DEBIAN)) throw new Error(`The package "chromium" brought no ${DEBIAN}.`)
}
