import type { Visit } from './visit.ts'

/** Links that lead nowhere: to no page or file of the site, or to no anchor of a page. */
export async function brokenLinks(
  visits: readonly Visit[],
  exists: (url: string) => Promise<boolean>,
): Promise<string[]> {
  const idsByPage = new Map(visits.map(({ url, ids }) => [pageOf(url), new Set(ids)]))
  const known = new Map<string, Promise<boolean>>()
  const broken: string[] = []
  for (const { url, links } of visits) {
    for (const link of new Set(links)) {
      const target = new URL(link)
      if (target.origin !== new URL(url).origin) continue
      const page = pageOf(link)
      if (!known.has(page)) known.set(page, exists(page))
      const ids = idsByPage.get(page)
      const anchor = decodeURIComponent(target.hash.slice(1))
      if (!(await known.get(page)) || (anchor !== '' && ids !== undefined && !ids.has(anchor))) {
        broken.push(`${new URL(url).pathname} links to ${target.pathname}${target.hash}`)
      }
    }
  }
  return broken
}

/** Links to other hosts that are neither addresses of the web nor of this machine. No request is made. */
export function malformedLinks(visits: readonly Visit[]): string[] {
  return visits.flatMap(({ url, links }) =>
    links
      .filter((link) => {
        if (!URL.canParse(link)) return true
        const { protocol, origin, hostname } = new URL(link)
        if (origin === new URL(url).origin || protocol === 'mailto:') return false
        if (protocol === 'http:' && ['127.0.0.1', 'localhost'].includes(hostname)) return false
        return protocol !== 'https:' || !hostname.includes('.')
      })
      .map((link) => `${new URL(url).pathname} links to ${link}`),
  )
}

/** `/a`, `/a.html` and `/a/index.html` are one page each, and an anchor does not matter. */
function pageOf(url: string): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname.replace(/index\.html$/, '').replace(/\.html$/, '')
}
