import { discoveryUrls } from '../../authorization-server/discovery.ts'
import { parseStrictJsonObject } from '../../jws/strict-json.ts'
import { quoted } from '../../quoted.ts'
import type { Examination } from '../examination.ts'
import { type Finding, findingOf, goodFinding } from '../finding.ts'
import { askDiscovery } from './ask-discovery.ts'
import type { InsideIssuer } from './inside-server.ts'
import { ISSUER_FINDINGS } from './issuer-catalogue.ts'
import { KEYCLOAK_FINDINGS } from './keycloak-catalogue.ts'

/** What an address of the metadata answered: another issuer's name, an HTTP status, or nothing. */
interface Answer {
  readonly url: string
  readonly status: number | undefined
  readonly issuer: string | undefined
}

/** Fetches the metadata, and compares the issuer. @internal */
export function metadataExamination(issuer: InsideIssuer): Examination {
  const { server } = issuer.configured
  return {
    title: `metadata of ${issuer.url}`,
    async examine(report, signal) {
      try {
        issuer.metadata = await server.metadata()
        report(goodFinding('DISCOVERY', `The metadata name the issuer ${issuer.url}`))
      } catch (error) {
        report(await faultOf(issuer, (error as Error).message, signal))
      }
    },
  }
}

/** Looks again, for the kind of the fault. @param seen the message of the first look */
async function faultOf(issuer: InsideIssuer, seen: string, signal: AbortSignal): Promise<Finding> {
  const answers: Answer[] = []
  for (const url of discoveryUrls(issuer.url)) answers.push(await askAt(issuer, url, signal))
  const other = answers.find((answer) => answer.issuer !== undefined)
  if (other !== undefined) {
    const words = `${other.url} names the issuer ${quoted(other.issuer)}; configured is ${quoted(issuer.url)}`
    return findingOf(ISSUER_FINDINGS, 'DISCOVERY_OF_ANOTHER_ISSUER', words)
  }
  if (answers.every(({ status }) => status === undefined)) {
    return findingOf(ISSUER_FINDINGS, 'DISCOVERY_UNREACHABLE', seen)
  }
  if (answers.some(({ status }) => status !== 404)) {
    return findingOf(ISSUER_FINDINGS, 'DISCOVERY_UNREADABLE', seen)
  }
  return /\/realms\/[^/]+$/.test(issuer.url)
    ? findingOf(KEYCLOAK_FINDINGS, 'KEYCLOAK_REALM_UNKNOWN', seen)
    : findingOf(ISSUER_FINDINGS, 'DISCOVERY_NOT_FOUND', seen)
}

async function askAt(issuer: InsideIssuer, url: string, signal: AbortSignal): Promise<Answer> {
  try {
    const { status, body } = await askDiscovery(issuer, url, signal)
    return { url, status, issuer: status === 200 ? issuerIn(body) : undefined }
  } catch {
    return { url, status: undefined, issuer: undefined }
  }
}

function issuerIn(body: Uint8Array): string | undefined {
  try {
    const { issuer } = parseStrictJsonObject(body)
    return typeof issuer === 'string' ? issuer : undefined
  } catch {
    return undefined
  }
}
