import { discoveryUrls } from '../../authorization-server/discovery.ts'
import { quoted } from '../../quoted.ts'
import type { Examination, Report } from '../examination.ts'
import { findingOf } from '../finding.ts'
import { AUTHORIZATION_SERVER_FINDINGS } from './authorization-server-catalogue.ts'
import { admits } from './browsers.ts'
import { certificateFinding } from './certificate.ts'
import { examineKeys } from './issuer-keys.ts'
import { judgeIssuerMembers } from './issuer-members.ts'
import { fetchDocument, type JsonDocument, type ReadDocument } from './json-document.ts'
import { examinationOf, type ObservedServer } from './observed-server.ts'
import { urlDifferences } from './url-differences.ts'

/** The members that decide which endpoints and keys clients use. */
const COMPARED = ['authorization_endpoint', 'token_endpoint', 'jwks_uri', 'registration_endpoint']

/** Examines each authorization server that the metadata names: its metadata at every address, and its keys. @internal */
export function issuersExamination(server: ObservedServer): Examination {
  return examinationOf(server, {
    title: 'the authorization servers and their keys',
    code: 'AUTHORIZATION_SERVER',
    isNeeded: () => server.issuers.length > 0,
    good: () => server.issuers.map((issuer) => describe(server, issuer)).join('; '),
    async examine(report, signal) {
      await Promise.all(server.issuers.map((issuer) => examine(server, issuer, report, signal)))
    },
  })
}

async function examine(
  server: ObservedServer,
  issuer: string,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const { probe, allowInsecureHttp } = server
  const urls = discoveryUrls(issuer)
  const headers = server.origin === undefined ? {} : { origin: server.origin }
  const documents = await Promise.all(urls.map((url) => fetchDocument(probe, url, signal, headers)))
  if (signal.aborted) return
  const ending = certificateFinding(probe, issuer)
  if (ending !== undefined) report(ending)
  const read = documents.filter((document) => document.state === 'read')
  if (read.length === 0) {
    await reportMissing(server, issuer, documents, report, signal)
    return
  }
  for (const { url, members } of read) {
    if (members.issuer !== issuer) reportMismatch(issuer, url, members, report)
  }
  const own = read.filter(({ members }) => members.issuer === issuer)
  const [main] = own
  if (main === undefined) return
  reportDifferences(main.members, own, report)
  if (server.origin !== undefined && !admits(main.answer, server.origin)) {
    const seen = `${quoted(main.url)} cannot be read by scripts of ${server.origin}`
    report(findingOf(AUTHORIZATION_SERVER_FINDINGS, 'ISSUER_METADATA_HIDDEN', seen))
  }
  server.issuerMetadata.set(issuer, main.members)
  judgeIssuerMembers(server, issuer, main.members, report)
  await examineKeys({ probe, issuer, members: main.members, allowInsecureHttp }, report, signal)
}

/** No address has a readable document: says why, once. */
async function reportMissing(
  { probe }: ObservedServer,
  issuer: string,
  documents: readonly ReadDocument[],
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const faults = documents.map(
    (document) => `${quoted(document.url)}: ${document.state === 'read' ? '' : document.seen}`,
  )
  const failed = documents.find((document) => document.state === 'failed')
  const say = (code: keyof typeof AUTHORIZATION_SERVER_FINDINGS, seen: string): void =>
    report(findingOf(AUTHORIZATION_SERVER_FINDINGS, code, seen))
  if (documents.some(({ state }) => state === 'unreadable')) {
    say('ISSUER_METADATA_UNREADABLE', faults.join('; '))
  } else if (failed !== undefined) {
    const code = {
      unreachable: 'AUTHORIZATION_SERVER_UNREACHABLE',
      untrusted: 'AUTHORIZATION_SERVER_UNTRUSTED',
      'out-of-reach': 'AUTHORIZATION_SERVER_OUT_OF_REACH',
    } as const
    say(code[failed.failure.kind], `${quoted(issuer)} ${failed.failure.words}`)
  } else {
    // Behind the path, where RFC 8414 has it not.
    const url = `${issuer.replace(/\/$/, '')}/.well-known/oauth-authorization-server`
    const appended = await fetchDocument(probe, url, signal)
    if (appended.state === 'read') say('ISSUER_METADATA_APPENDED', `only ${quoted(url)} has it`)
    else say('ISSUER_METADATA_MISSING', faults.join('; '))
  }
}

function reportMismatch(issuer: string, url: string, members: JsonDocument, report: Report): void {
  const { issuer: found } = members
  const difference =
    typeof found === 'string'
      ? (urlDifferences(issuer, found) ?? 'a slash at the end')
      : 'their types'
  const seen = `${quoted(url)} says issuer ${quoted(found)}, authorization_servers says ${quoted(issuer)}. They differ in ${difference}`
  report(findingOf(AUTHORIZATION_SERVER_FINDINGS, 'ISSUER_MISMATCH', seen))
}

function reportDifferences(
  main: JsonDocument,
  documents: readonly { readonly url: string; readonly members: JsonDocument }[],
  report: Report,
): void {
  for (const { url, members } of documents) {
    const names = COMPARED.filter(
      (name) => JSON.stringify(members[name]) !== JSON.stringify(main[name]),
    )
    if (names.length === 0) continue
    const seen = `${quoted(url)} has another ${names.join(', ')}`
    report(findingOf(AUTHORIZATION_SERVER_FINDINGS, 'ISSUER_METADATA_DIFFERS', seen))
  }
}

function describe({ issuerMetadata }: ObservedServer, issuer: string): string {
  const members = issuerMetadata.get(issuer) ?? {}
  const documents = members.client_id_metadata_document_supported === true
  const ways = documents ? 'client id metadata documents' : 'clients that are registered beforehand'
  return `${quoted(issuer)}: PKCE with S256, usable keys, ${ways}`
}
