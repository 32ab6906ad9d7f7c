import { quoted } from '../../quoted.ts'
import type { Examination } from '../examination.ts'
import { findingOf } from '../finding.ts'
import { stringsOf } from './json-document.ts'
import { METADATA_FINDINGS } from './metadata-catalogue.ts'
import { challengesOf, examinationOf, type ObservedServer } from './observed-server.ts'

/** Algorithms that prove nothing, because they need no key or a shared one. */
const UNSAFE = /^(?:none|HS\d+)$/i

/** Whether two lists have a common entry. Both may have tens of thousands. */
function overlap(one: readonly string[], other: readonly string[]): boolean {
  const known = new Set(other)
  return one.some((name) => known.has(name))
}

/** Compares what both servers say of DPoP (RFC 9449 §5.1, RFC 9728 §2). @internal */
export function dpopExamination(server: ObservedServer): Examination {
  const membersOf = () => server.metadata?.members ?? {}
  return examinationOf(server, {
    title: 'DPoP',
    code: 'DPOP',
    isNeeded: () => server.metadata !== undefined,
    good: () => {
      const { dpop_bound_access_tokens_required: required } = membersOf()
      const offered = membersOf().dpop_signing_alg_values_supported
      if (required === true) return `required, with ${quoted(offered)}`
      return offered === undefined ? 'not offered' : `accepted, with ${quoted(offered)}`
    },
    async examine(report) {
      const members = membersOf()
      const required = members.dpop_bound_access_tokens_required === true
      const offered = stringsOf(members.dpop_signing_alg_values_supported)
      const say = (code: keyof typeof METADATA_FINDINGS, seen: string): void =>
        report(findingOf(METADATA_FINDINGS, code, seen))
      const unsafe = (offered ?? []).filter((name) => UNSAFE.test(name))
      if (unsafe.length > 0) {
        say('DPOP_ALGORITHMS_UNSAFE', `dpop_signing_alg_values_supported has ${quoted(unsafe)}`)
      }
      const schemes = challengesOf(server.answer).map(({ scheme }) => scheme)
      if (required && schemes.length > 0 && !schemes.includes('dpop')) {
        say('DPOP_CHALLENGE_MISSING', `the schemes of the challenge are ${quoted(schemes)}`)
      }
      for (const [issuer, { dpop_signing_alg_values_supported: value }] of server.issuerMetadata) {
        const issued = stringsOf(value)
        if (issued === undefined) {
          if (required) say('DPOP_NOT_ISSUED', `${quoted(issuer)} lists no algorithms for DPoP`)
        } else if (offered !== undefined && !overlap(offered, issued)) {
          const seen = `the server has ${quoted(offered)}, ${quoted(issuer)} has ${quoted(issued)}`
          say('DPOP_ALGORITHMS_DISJOINT', seen)
        }
      }
    },
  })
}
