import { discoveryUrls } from '../../authorization-server/discovery.ts'
import { UnavailableError } from '../../errors/unavailable-error.ts'
import { parseStrictJsonObject } from '../../jws/strict-json.ts'
import type { InsideIssuer } from './inside-server.ts'

/** A host that nobody can have (RFC 6761 §6.4). */
const FOREIGN = 'doctor.invalid'

/**
 * Whether the authorization server keeps its name if a request has another `Host`. Over https this is not
 * tried, because the name is also the name of the certificate.
 *
 * @internal
 */
export async function isHostnameFixed(
  { url: issuer, configured }: InsideIssuer,
  signal: AbortSignal,
): Promise<boolean> {
  const { http } = configured.server
  if (!issuer.startsWith('http:') || http.replacedBy !== undefined) return true
  for (const url of discoveryUrls(issuer)) {
    try {
      const { status, body } = await http.call({
        purpose: 'discovery',
        issuer,
        lane: 'documents',
        failure: 'discovery_failed',
        method: 'GET',
        url,
        headers: { accept: 'application/json', host: FOREIGN },
        signal,
      })
      const { issuer: named } = status === 200 ? parseStrictJsonObject(body) : {}
      if (typeof named === 'string') return !named.includes(FOREIGN)
    } catch (error) {
      if (!(error instanceof UnavailableError || error instanceof SyntaxError)) return true
    }
  }
  return true
}
