import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import type { Browser, BrowserContext, BrowserContextOptions } from 'playwright-core'
import type { PageFacts } from '../page/page-facts.ts'

/** A page, and what happened while it was opened. */
export interface Visit extends PageFacts {
  readonly url: string
  /** Errors of the console and of scripts. */
  readonly errors: readonly string[]
  /** Requests that failed, and answers of 400 and above. */
  readonly failed: readonly string[]
  /** Requests to another origin. */
  readonly foreign: readonly string[]
}

const INSPECT = stripTypeScriptTypes(
  readFileSync(new URL('../page/inspect.ts', import.meta.url), 'utf8'),
)

/** A browser profile whose pages can be inspected. No request leaves the machine: there is no such proxy. */
export async function openProfile(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  const proxy = { server: 'http://127.0.0.1:9', bypass: '127.0.0.1' }
  const context = await browser.newContext({ ...options, proxy })
  await context.addInitScript({ content: INSPECT })
  return context
}

/** Opens pages one after the other in one tab, and looks at each. */
export async function visitEach(
  context: BrowserContext,
  urls: Iterable<string>,
): Promise<readonly Visit[]> {
  const visits: Visit[] = []
  let errors: string[] = []
  let failed: string[] = []
  let foreign: string[] = []
  let current = 'about:blank'
  const page = await context.newPage()
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
  })
  page.on('pageerror', (error) => errors.push(String(error)))
  page.on('requestfailed', (request) => {
    // The next page ends what this one is still loading. An answer of 400 and above is seen below.
    const ended = request.failure()?.errorText === 'net::ERR_ABORTED'
    if (!ended || new URL(request.url()).origin !== new URL(current).origin) {
      failed.push(request.url())
    }
  })
  page.on('response', (response) => {
    if (response.status() >= 400) failed.push(`${response.status()} ${response.url()}`)
  })
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url())
    if (protocol !== 'data:' && origin !== new URL(current).origin) foreign.push(request.url())
  })
  for (const url of urls) {
    current = url
    await page.goto(url)
    // The page's application has started, if the page has one.
    await page.waitForFunction(
      '!document.querySelector("#app") || document.querySelector("#app").__vue_app__',
    )
    const facts: PageFacts = await page.evaluate('inspect.facts()')
    visits.push({ url, ...facts, errors, failed, foreign })
    errors = []
    failed = []
    foreign = []
  }
  await page.close()
  return visits
}

/** Visits all addresses, in several tabs. */
export async function visitAll(
  context: BrowserContext,
  urls: readonly string[],
): Promise<readonly Visit[]> {
  // Each tab takes the next address.
  const rest = urls.values()
  const tabs = Array.from({ length: 3 }, () => visitEach(context, rest))
  const visits = (await Promise.all(tabs)).flat()
  return visits.sort((one, other) => one.url.localeCompare(other.url))
}
