import { quoted } from '../../quoted.ts'
import type { Examination } from '../examination.ts'
import { findingOf } from '../finding.ts'
import { isFailure } from './connection-failure.ts'
import { examinationOf, firstRequest, letsIn, type ObservedServer } from './observed-server.ts'
import { SERVER_FINDINGS } from './server-catalogue.ts'

/** Looks at other spellings of the path, and below it: a router and a proxy may read them in other ways. @internal */
export function neighboursExamination(server: ObservedServer): Examination {
  const { url, probe } = server
  return examinationOf(server, {
    title: 'the paths beside the server',
    code: 'PATHS',
    isNeeded: () => server.answer?.status === 401,
    good: () => `nobody is let in without a token at ${neighboursOf(url).map(pathOf).join(', ')}`,
    async examine(report, signal) {
      const neighbours = neighboursOf(url)
      const answers = await Promise.all(
        neighbours.map((neighbour) => probe.send(firstRequest(neighbour), signal)),
      )
      for (const [at, answer] of answers.entries()) {
        const neighbour = neighbours[at] ?? ''
        if (isFailure(answer)) continue
        const { status, headers } = answer
        const seen = `POST ${quoted(pathOf(neighbour))} without a token: HTTP ${status}`
        if (letsIn(answer)) report(findingOf(SERVER_FINDINGS, 'NEIGHBOUR_UNPROTECTED', seen))
        // The spelling with or without the slash is what people mix up.
        if (at === 0 && status >= 300 && status < 400) {
          const said = `${seen} to ${quoted(headers.get('location'))}`
          report(findingOf(SERVER_FINDINGS, 'NEIGHBOUR_REDIRECTS', said))
        }
      }
    },
  })
}

/** The path with or without the slash first, then other spellings. */
function neighboursOf(url: string): readonly string[] {
  const { origin, pathname, search } = new URL(url)
  const bare = pathname.replace(/(?<!\/)\/+$/, '')
  const [, folder = '', last = ''] = /^(.*\/)([^/]*)$/.exec(bare) ?? []
  const first = last.codePointAt(0)
  const paths =
    bare === ''
      ? ['/doctor']
      : [
          pathname.endsWith('/') ? bare : `${bare}/`,
          `${bare}/doctor`,
          `/${bare}`,
          `${folder}${last.toUpperCase()}`,
          `${folder}%${(first ?? 0).toString(16)}${last.slice(1)}`,
        ]
  return [...new Set(paths)]
    .filter((path) => path !== pathname)
    .map((path) => `${origin}${path}${search}`)
}

function pathOf(url: string): string {
  return url.replace(/^[^:]+:\/\/[^/]*/, '')
}
