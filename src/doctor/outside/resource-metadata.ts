import { urlFault } from '../../http/secure-url.ts'
import { wellKnownUrl } from '../../metadata/well-known.ts'
import { quoted } from '../../quoted.ts'
import type { Examination, Report } from '../examination.ts'
import { findingOf } from '../finding.ts'
import { tokenChallenge } from './challenges.ts'
import { fetchDocument, type JsonDocument, type ReadDocument } from './json-document.ts'
import { METADATA_FINDINGS } from './metadata-catalogue.ts'
import { challengesOf, examinationOf, type ObservedServer } from './observed-server.ts'

/** The addresses of the metadata: the one in the challenge, the path-inserted one, and the root's. */
type Place = 'challenge' | 'path' | 'root'

/** Fetches the protected resource metadata from every address that clients use. @internal */
export function resourceMetadataExamination(server: ObservedServer): Examination {
  return examinationOf(server, {
    title: 'the protected resource metadata',
    code: 'METADATA',
    good: () => `one document at every address, such as ${server.metadata?.url}`,
    async examine(report, signal) {
      const places = placesOf(server, report)
      const documents = new Map(
        await Promise.all(
          [...places].map(
            async ([place, url]) =>
              [place, await fetchDocument(server.probe, url, signal)] as const,
          ),
        ),
      )
      if (signal.aborted) return
      reportUnreadable(documents, report)
      const main = [...documents.values()].find(({ state }) => state === 'read')
      if (main?.state !== 'read') {
        const seen = [...documents.values()].map(
          (document) =>
            `${quoted(document.url)}: ${document.state === 'read' ? '' : document.seen}`,
        )
        report(findingOf(METADATA_FINDINGS, 'METADATA_MISSING', seen.join('; ')))
        return
      }
      server.metadata = main
      const type = main.answer.headers.get('content-type') ?? ''
      if (!/^application\/json\b/i.test(type)) {
        report(
          findingOf(METADATA_FINDINGS, 'METADATA_MEDIA_TYPE', `Content-Type is ${quoted(type)}`),
        )
      }
      compare(documents, main.members, report)
    },
  })
}

/** The addresses to look at. An address at another origin is not called. */
function placesOf({ url, answer }: ObservedServer, report: Report): ReadonlyMap<Place, string> {
  const { origin } = new URL(url)
  const places = new Map<Place, string>()
  const named = tokenChallenge(challengesOf(answer))?.parameters.get('resource_metadata')
  if (named !== undefined && URL.canParse(named)) {
    // The origin of `blob:https://host/…` is https://host.
    if (new URL(named).origin === origin && urlFault(named, true) === undefined)
      places.set('challenge', named)
    else {
      const seen = `resource_metadata is ${quoted(named)}, the server is at ${quoted(origin)}. The address was not called`
      report(findingOf(METADATA_FINDINGS, 'METADATA_ELSEWHERE', seen))
    }
  }
  const inserted = wellKnownUrl(url)
  const root = wellKnownUrl(origin)
  if (inserted !== places.get('challenge')) places.set('path', inserted)
  if (root !== inserted && root !== places.get('challenge')) places.set('root', root)
  return places
}

function reportUnreadable(documents: ReadonlyMap<Place, ReadDocument>, report: Report): void {
  for (const [place, document] of documents) {
    const { state, url } = document
    if (state === 'read') continue
    const seen = `${quoted(url)}: ${document.seen}`
    const named = place === 'challenge'
    if (named || state === 'unreadable') {
      const where = named ? ', the address in the challenge' : ''
      report(findingOf(METADATA_FINDINGS, 'METADATA_UNREADABLE', `${seen}${where}`))
    }
  }
  const found = (place: Place): boolean => documents.get(place)?.state === 'read'
  if (documents.get('path')?.state === 'missing' && found('challenge')) {
    const seen = `${quoted(documents.get('path')?.url)} has no document`
    report(findingOf(METADATA_FINDINGS, 'METADATA_NOT_AT_PATH', seen))
  }
  if (documents.get('root')?.state === 'missing' && (found('path') || found('challenge'))) {
    const seen = `${quoted(documents.get('root')?.url)} has no document`
    report(findingOf(METADATA_FINDINGS, 'METADATA_NOT_AT_ROOT', seen))
  }
}

/** Compares the documents. A document at the root that names another resource belongs to another server. */
function compare(
  documents: ReadonlyMap<Place, ReadDocument>,
  main: JsonDocument,
  report: Report,
): void {
  for (const [place, document] of documents) {
    if (document.state !== 'read' || document.members === main) continue
    const { members, url } = document
    if (place === 'root' && members.resource !== main.resource) continue
    for (const name of ['resource', 'authorization_servers']) {
      const [here, there] = [quoted(members[name]), quoted(main[name])]
      if (JSON.stringify(members[name]) === JSON.stringify(main[name])) continue
      const seen = `${name} is ${here} at ${quoted(url)}, and ${there} elsewhere`
      report(findingOf(METADATA_FINDINGS, 'METADATA_DIFFERS', seen))
    }
  }
}
