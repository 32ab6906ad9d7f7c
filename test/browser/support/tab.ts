import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterEach, beforeEach } from 'vitest'

/** Milliseconds that a test waits for one thing at a page. On a busy machine a sign-in has taken 40 s. */
export const LONGEST_WAIT = 90_000

/** A tab in a browser profile of its own, which several tests use one after the other. */
export interface Tab {
  readonly page: Page
  /** The addresses that the tab has visited. */
  readonly visited: readonly URL[]
  /** Saves a screenshot in a temporary folder, and prints its path and what the page has logged. */
  report(test: string): Promise<void>
  close(): Promise<void>
}

export async function openTab(browser: Browser): Promise<Tab> {
  const context = await browser.newContext()
  context.setDefaultTimeout(LONGEST_WAIT)
  const page = await context.newPage()
  const log: string[] = []
  page.on('console', (message) => log.push(message.text()))
  page.on('pageerror', (error) => log.push(String(error)))
  const visited: URL[] = []
  page.on('request', (request) => {
    if (request.isNavigationRequest()) visited.push(new URL(request.url()))
  })
  return {
    page,
    visited,
    async report(test) {
      const path = join(mkdtempSync(join(tmpdir(), 'browser-test-')), 'page.png')
      await page.screenshot({ path, fullPage: true })
      console.error([`The page at the end of "${test}": ${path}`, ...log].join('\n'))
    },
    close: () => context.close(),
  }
}

/**
 * Makes the tests of a `describe` block the steps of one way: after a step that failed, the others fail
 * at once. The tab is reported where the way ended.
 */
export function stepsOf(tab: () => Tab | undefined): void {
  let failed: string | undefined
  beforeEach(() => {
    if (failed !== undefined) throw new Error(`An earlier step failed: ${failed}`)
  })
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail' || failed !== undefined) return
    failed = task.name
    await tab()?.report(task.name)
  })
}
