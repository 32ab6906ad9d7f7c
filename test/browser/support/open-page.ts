import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { onTestFinished } from 'vitest'
import type { Loot, Outcome, PageExchange, Task } from '../page/messages.ts'

/** The page of `test/browser/page/`, open in a browser. */
export interface OpenPage {
  /** The result of a task, also when the page goes to the authorization server and back for it. */
  perform(task: Task): Promise<unknown>
  /** Like `perform`, for a task that must fail. */
  failure(task: Task): Promise<{ name: string; message: string }>
  exchanges(): Promise<readonly PageExchange[]>
  /** The token, as a hostile script in the page would take it. */
  loot(): Promise<Loot>
  /** The whole page, for what is not a task. */
  readonly page: Page
}

/**
 * Opens the page in a browser profile of its own, until the test ends. If the test fails, a screenshot
 * is saved in a temporary folder.
 */
export async function openPage(browser: Browser, origin: string): Promise<OpenPage> {
  const context = await browser.newContext()
  const page = await context.newPage()
  const log: string[] = []
  page.on('console', (message) => log.push(message.text()))
  page.on('pageerror', (error) => log.push(String(error)))
  onTestFinished(async ({ task }) => {
    if (task.result?.state === 'fail') {
      const path = join(mkdtempSync(join(tmpdir(), 'browser-test-')), 'page.png')
      await page.screenshot({ path, fullPage: true })
      console.error([`The page at the end of "${task.name}": ${path}`, ...log].join('\n'))
    }
    await context.close()
  })
  await page.goto(origin)

  const settled = async (task: Task): Promise<Outcome> => {
    await page.evaluate(`page.perform(${JSON.stringify(task)})`)
    // No limit of its own: the test's limit counts.
    const outcome = await page.waitForFunction('globalThis.page?.outcome()', undefined, {
      timeout: 0,
    })
    return (await outcome.jsonValue()) as Outcome
  }
  return {
    page,
    async perform(task) {
      const outcome = await settled(task)
      if ('result' in outcome) return outcome.result
      const { name, message } = outcome.error
      throw new Error(`The task ${JSON.stringify(task)} failed in the page: ${name}: ${message}`)
    },
    async failure(task) {
      const outcome = await settled(task)
      if ('error' in outcome) return outcome.error
      throw new Error(`The task ${JSON.stringify(task)} succeeded: ${JSON.stringify(outcome)}`)
    },
    exchanges: () => page.evaluate('page.exchanges()'),
    loot: () => page.evaluate('page.loot()'),
  }
}
