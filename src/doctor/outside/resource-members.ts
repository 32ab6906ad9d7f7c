import { urlFault } from '../../http/secure-url.ts'
import { quoted } from '../../quoted.ts'
import type { Examination, Report } from '../examination.ts'
import { findingOf } from '../finding.ts'
import { AUTHORIZATION_SERVER_FINDINGS } from './authorization-server-catalogue.ts'
import { tokenChallenge } from './challenges.ts'
import { type JsonDocument, stringsOf } from './json-document.ts'
import { METADATA_FINDINGS } from './metadata-catalogue.ts'
import { challengesOf, examinationOf, type ObservedServer } from './observed-server.ts'
import { SERVER_FINDINGS } from './server-catalogue.ts'
import { isParentOf, urlDifferences } from './url-differences.ts'

/** Most authorization servers that are examined. Clients use one. */
const MAX_ISSUERS = 4

/** Longest issuer in characters. */
const LONGEST_ISSUER = 1000

/** The members that must be lists of strings (RFC 9728 §2). */
const LISTS = [
  'authorization_servers',
  'scopes_supported',
  'bearer_methods_supported',
  'dpop_signing_alg_values_supported',
]

/** Judges what the metadata says: the resource, the authorization servers, scopes and methods. @internal */
export function resourceMembersExamination(server: ObservedServer): Examination {
  return examinationOf(server, {
    title: 'the resource and its authorization servers',
    code: 'RESOURCE',
    isNeeded: () => server.metadata !== undefined,
    good: () =>
      `resource ${quoted(server.metadata?.members.resource)}, authorization_servers ${quoted(server.issuers)}`,
    async examine(report) {
      const members = server.metadata?.members ?? {}
      judgeResource(server.url, members.resource, report)
      for (const name of LISTS) {
        const value = members[name]
        if (value === undefined || stringsOf(value) !== undefined) continue
        const seen = `${name} is ${quoted(value)}, not a list of strings`
        report(findingOf(METADATA_FINDINGS, 'METADATA_MEMBER_WRONG', seen))
      }
      judgeMethods(stringsOf(members.bearer_methods_supported), report)
      judgeScopes(server, stringsOf(members.scopes_supported) ?? [], report)
      server.issuers = readIssuers(members, server.allowInsecureHttp, report)
      judgeConfigured(server, stringsOf(members.authorization_servers) ?? [], report)
    },
  })
}

function judgeResource(url: string, resource: unknown, report: Report): void {
  if (typeof resource !== 'string') {
    const seen = `resource is ${quoted(resource)}, not a URL`
    report(findingOf(METADATA_FINDINGS, 'RESOURCE_MISMATCH', seen))
    return
  }
  const difference = urlDifferences(url, resource)
  if (difference === undefined) return
  if (isParentOf(resource, url)) {
    const seen = `resource is ${quoted(resource)}, a parent of ${quoted(url)}`
    report(findingOf(METADATA_FINDINGS, 'RESOURCE_IS_PARENT', seen))
    return
  }
  const seen = `resource is ${quoted(resource)}, the URL is ${quoted(url)}. They differ in ${difference}`
  report(findingOf(METADATA_FINDINGS, 'RESOURCE_MISMATCH', seen))
}

function judgeMethods(methods: readonly string[] | undefined, report: Report): void {
  if (methods === undefined) return
  const seen = `bearer_methods_supported is ${quoted(methods)}`
  if (methods.includes('query') || methods.includes('body')) {
    report(findingOf(METADATA_FINDINGS, 'TOKEN_ELSEWHERE_OFFERED', seen))
  }
  if (!methods.includes('header')) {
    report(findingOf(METADATA_FINDINGS, 'HEADER_NOT_OFFERED', seen))
  }
}

function judgeScopes(server: ObservedServer, scopes: readonly string[], report: Report): void {
  const challenge = tokenChallenge(challengesOf(server.answer))
  if (challenge === undefined || scopes.length === 0 || challenge.parameters.has('scope')) return
  const seen = `scopes_supported is ${quoted(scopes)}, and the challenge has no scope`
  report(findingOf(SERVER_FINDINGS, 'CHALLENGE_WITHOUT_SCOPE', seen))
}

/** The server that runs must have the configuration that was given (S1.11). */
function judgeConfigured(
  { configuredIssuers }: ObservedServer,
  listed: readonly string[],
  report: Report,
): void {
  if (configuredIssuers === undefined || listed.length === 0) return
  if (configuredIssuers.some((issuer) => listed.includes(issuer))) return
  const seen = `authorization_servers is ${quoted(listed)}, the configuration has ${quoted(configuredIssuers)}`
  report(findingOf(METADATA_FINDINGS, 'OTHER_ISSUER_CONFIGURED', seen))
}

/** The issuers that may be called. */
function readIssuers(
  members: JsonDocument,
  allowInsecureHttp: boolean,
  report: Report,
): readonly string[] {
  const listed = stringsOf(members.authorization_servers) ?? []
  const unique = [...new Set(listed)]
  if (unique.length === 0) {
    const seen = `authorization_servers is ${quoted(members.authorization_servers)}`
    report(findingOf(METADATA_FINDINGS, 'AUTHORIZATION_SERVERS_MISSING', seen))
  }
  if (unique.length > MAX_ISSUERS) {
    const seen = `${unique.length} authorization servers; the first ${MAX_ISSUERS} were examined`
    report(findingOf(METADATA_FINDINGS, 'AUTHORIZATION_SERVERS_MANY', seen))
  }
  return unique.slice(0, MAX_ISSUERS).filter((issuer) => {
    const invalid =
      urlFault(issuer, true) ??
      (issuer.includes('?') ? 'has a query' : undefined) ??
      (issuer.length > LONGEST_ISSUER ? 'is too long' : undefined)
    if (invalid !== undefined) {
      const seen = `authorization_servers has ${quoted(issuer)}, which ${invalid}`
      report(findingOf(AUTHORIZATION_SERVER_FINDINGS, 'AUTHORIZATION_SERVER_INVALID', seen))
      return false
    }
    if (urlFault(issuer, false) === undefined) return true
    const seen = `${quoted(issuer)} is plain http and not on loopback`
    const severity = allowInsecureHttp ? 'warning' : 'fault'
    report(
      findingOf(AUTHORIZATION_SERVER_FINDINGS, 'AUTHORIZATION_SERVER_PLAIN_HTTP', seen, severity),
    )
    return allowInsecureHttp
  })
}
