import type { Browser, Page } from 'playwright-core'
import { onTestFinished } from 'vitest'
import type { Outcome, PageExchange, Task } from '../page/messages.ts'
import { openTab } from './tab.ts'

/** The page of `test/browser/page/`, open in a browser. */
export interface OpenPage {
  /** The browser's own page, for what the tasks cannot do. */
  readonly tab: Page
  /** The result of a task, also when the page goes to the authorization server and back for it. */
  perform(task: Task): Promise<unknown>
  /** Like `perform`, for a task that must fail. Returns the error. */
  failure(task: Task): Promise<{ name: string; message: string }>
  /** The page's own exchanges, the oldest first. */
  exchanges(): Promise<readonly PageExchange[]>
  /** The preflights that the browser has sent, each as `POST <URL>`. */
  readonly preflights: readonly string[]
  /** The addresses that the browser's window has visited. */
  readonly visited: readonly URL[]
  /** The authorization requests among them. */
  signIns(): readonly URL[]
}

/**
 * Opens the page in a browser profile of its own, until the test ends. If the test fails, a screenshot
 * is saved in a temporary folder.
 */
export async function openPage(browser: Browser, origin: string): Promise<OpenPage> {
  const tab = await openTab(browser)
  const { page, visited } = tab
  onTestFinished(async ({ task }) => {
    if (task.result?.state === 'fail') await tab.report(task.name)
    await tab.close()
  })
  const preflights = await watchPreflights(page)
  await page.goto(origin)

  const settled = async (task: Task): Promise<Outcome> => {
    await page.evaluate(`page.perform(${JSON.stringify(task)})`)
    // It has no limit of its own. The limit of the test ends it.
    const outcome = await page.waitForFunction('globalThis.page?.outcome()', undefined, {
      timeout: 0,
    })
    return (await outcome.jsonValue()) as Outcome
  }
  return {
    tab: page,
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
    preflights,
    visited,
    signIns: () => visited.filter(({ pathname }) => pathname.endsWith('/authorize')),
  }
}

/** Preflights are the browser's own requests. Only its debugging protocol tells of them. */
async function watchPreflights(page: Page): Promise<readonly string[]> {
  const preflights: string[] = []
  const session = await page.context().newCDPSession(page)
  session.on('Network.requestWillBeSent', ({ request: { method, url, headers } }) => {
    const asked = headers['Access-Control-Request-Method']
    if (method === 'OPTIONS' && asked !== undefined) preflights.push(`${asked} ${url}`)
  })
  await session.send('Network.enable')
  return preflights
}
