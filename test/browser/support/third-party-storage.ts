import type { BrowserContext } from 'playwright-core'

/** What scripts of an origin can keep in a frame of another site. */
export interface FrameStorage {
  /** `kept`, or the name of the error. */
  readonly storage: string
  /** The cookies, after one was set that is meant for frames. */
  readonly cookies: string
}

const KEEP = `(() => {
  document.cookie = 'framed=yes; SameSite=None; Secure'
  const cookies = document.cookie
  try {
    localStorage.setItem('framed', 'yes')
    return { storage: 'kept', cookies }
  } catch ({ name }) {
    return { storage: name, cookies }
  }
})()`

/**
 * Tries what a browser keeps for an origin in a frame. Both documents are the test's own, so the frame
 * opens whatever the headers of the origin's real pages are.
 */
export async function storageInFrame(
  context: BrowserContext,
  origin: string,
): Promise<FrameStorage> {
  const page = await context.newPage()
  try {
    await page.route('**/*', (route) => {
      const framed = route.request().url().startsWith(origin)
      const body = framed ? '' : `<iframe src="${origin}/frame"></iframe>`
      return route.fulfill({ contentType: 'text/html', body })
    })
    await page.goto('http://another-site.example/')
    const frame = page.frame({ url: `${origin}/frame` })
    return (await frame?.evaluate(KEEP)) as FrameStorage
  } finally {
    await page.close()
  }
}
