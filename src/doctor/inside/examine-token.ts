import { type Examination, reportOnce } from '../examination.ts'
import type { InsideIssuer, InsideServer } from './inside-server.ts'
import { judgeToken } from './judge-token.ts'
import { ownTokenOf } from './own-token.ts'

/** Judges the token that the doctor was given. @internal */
export function givenTokenExamination(server: InsideServer, token: string): Examination {
  return {
    title: 'the token',
    examine: (report, signal) =>
      judgeToken(server, { text: token, name: 'The token' }, report, signal),
  }
}

/**
 * Judges a token that the client of this server gets for itself, if the client may have the scopes of this
 * server. Usually it may not, and nothing is reported.
 *
 * @internal
 */
export function ownTokenExamination(server: InsideServer, issuer: InsideIssuer): Examination {
  return {
    title: `a token of this server's client at ${issuer.url}`,
    isNeeded: () =>
      issuer.metadata !== undefined &&
      issuer.configured.server.client !== undefined &&
      issuer.settings.requiredScopes.length > 0,
    async examine(report, signal) {
      // Two tokens of one client have the same faults.
      const once = reportOnce(report)
      for (const kind of ['without resource', 'with resource'] as const) {
        const token = await ownTokenOf(issuer, kind, once)
        if (token === undefined) return
        const name = `A token of this server's client, requested ${kind}`
        await judgeToken(server, { text: token, name, isOfProgram: true }, once, signal)
      }
    },
  }
}
