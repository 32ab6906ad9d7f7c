import type { Browser, Page } from 'playwright-core'
import { onTestFinished } from 'vitest'
import type { ButtonName } from '../../../examples/demo/page/button-names.ts'
import { DemoPageView } from './demo-page.ts'
import { LONGEST_WAIT } from './tab.ts'

/** The page of `examples/demo/page/`, open in a browser. */
export interface OpenDemoPage {
  readonly page: Page
  /** Presses a button, and waits until the page says how it went. */
  press(button: ButtonName, said: RegExp | string): Promise<void>
  /** The decisions of the latest button, such as `401 token_expired`, the oldest first. */
  decided(): Promise<readonly string[]>
  /** What went wrong in the page. A refused request is no fault of the page. */
  readonly faults: readonly string[]
  /** The addresses of all requests. */
  readonly requested: readonly URL[]
  /** The tokens, proofs and codes that were sent. */
  readonly secrets: ReadonlySet<string>
}

export interface Looks {
  readonly width?: number
  readonly colorScheme?: 'light' | 'dark'
}

/** Opens the page in a browser profile of its own, until the test ends. */
export async function openDemoPage(
  browser: Browser,
  url: string,
  { width = 1280, colorScheme = 'light' }: Looks = {},
): Promise<OpenDemoPage> {
  const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 } })
  onTestFinished(() => context.close())
  const page = await context.newPage()
  page.setDefaultTimeout(LONGEST_WAIT)
  const faults: string[] = []
  page.on('console', (message) => {
    const text = message.text()
    if (!/^Failed to load resource: .*\b(?:401|403|503)\b/.test(text)) faults.push(text)
  })
  page.on('pageerror', (error) => faults.push(String(error)))
  const requested: URL[] = []
  const secrets = new Set<string>()
  page.on('request', (request) => {
    const asked = new URL(request.url())
    const { authorization, dpop } = request.headers()
    requested.push(asked)
    for (const secret of [authorization?.split(' ')[1], dpop, asked.searchParams.get('code')]) {
      if (secret) secrets.add(secret)
    }
  })
  await page.goto(url)
  const view = new DemoPageView(page)
  onTestFinished(() => view[Symbol.dispose]())
  return {
    page,
    press: (button, said) => view.does(button, said),
    decided: () => view.verdicts(),
    faults,
    requested,
    secrets,
  }
}
