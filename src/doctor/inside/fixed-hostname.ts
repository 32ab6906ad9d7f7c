import { discoveryUrls } from '../../authorization-server/discovery.ts'
import { UnavailableError } from '../../errors/unavailable-error.ts'
import { parseStrictJsonObject } from '../../jws/strict-json.ts'
import { askDiscovery } from './ask-discovery.ts'
import type { InsideIssuer } from './inside-server.ts'

/** A host that nobody can have (RFC 6761 §6.4). */
const FOREIGN = 'doctor.invalid'

/**
 * Whether the authorization server keeps its name if a request has another `Host`. Over https this is not
 * tried, because the name is also the name of the certificate.
 *
 * @internal
 */
export async function isHostnameFixed(issuer: InsideIssuer, signal: AbortSignal): Promise<boolean> {
  const { http } = issuer.configured.server
  if (!issuer.url.startsWith('http:') || http.replacedBy !== undefined) return true
  for (const url of discoveryUrls(issuer.url)) {
    try {
      const { status, body } = await askDiscovery(issuer, url, signal, FOREIGN)
      const { issuer: named } = status === 200 ? parseStrictJsonObject(body) : {}
      if (typeof named === 'string') return !named.includes(FOREIGN)
    } catch (error) {
      if (!(error instanceof UnavailableError || error instanceof SyntaxError)) return true
    }
  }
  return true
}
