import { UnavailableError } from '../../errors/unavailable-error.ts'
import { urlFault } from '../../http/secure-url.ts'
import { parseStrictJsonObject } from '../../jws/strict-json.ts'
import { quoted } from '../../quoted.ts'
import type { Examination, Report } from '../examination.ts'
import { findingOf, goodFinding } from '../finding.ts'
import type { InsideIssuer } from './inside-server.ts'
import { ISSUER_FINDINGS } from './issuer-catalogue.ts'

/** The client that is tried. Its host is nobody's (RFC 6761 §6.4), so no code can get there. */
const STRANGER = {
  client_name: 'Trial of mcp-resource-server doctor',
  redirect_uris: ['https://doctor.invalid/callback'],
  grant_types: ['authorization_code'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
}

/**
 * Looks whether a stranger can register a client (S1.10). The metadata does not say it, so without the
 * permission to try, nothing is examined.
 *
 * @param isTried whether the doctor may register a client, which it deletes again
 * @internal
 */
export function registrationExamination(issuer: InsideIssuer, isTried: boolean): Examination {
  return {
    title: `registration at ${issuer.url}`,
    isNeeded: () => isTried && issuer.metadata?.registration_endpoint !== undefined,
    async examine(report, signal) {
      const endpoint = issuer.metadata?.registration_endpoint
      const { allowInsecureHttp } = issuer.settings
      if (typeof endpoint !== 'string' || urlFault(endpoint, allowInsecureHttp)) return
      try {
        await tryRegistration(issuer, endpoint, report, signal)
      } catch (error) {
        if (!(error instanceof UnavailableError)) throw error
        report(goodFinding('REGISTRATION', `No answer: ${error.message}`))
      }
    },
  }
}

async function tryRegistration(
  issuer: InsideIssuer,
  endpoint: string,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const body = JSON.stringify(STRANGER)
  const { status, members } = await call(issuer, { method: 'POST', url: endpoint, body }, signal)
  if (status !== 200 && status !== 201) {
    report(goodFinding('REGISTRATION', `A stranger's registration was refused: HTTP ${status}`))
    return
  }
  const { client_id: id, registration_client_uri: uri, registration_access_token: token } = members
  const seen = `A client with a redirect URI at doctor.invalid was registered: HTTP ${status}`
  report(findingOf(ISSUER_FINDINGS, 'STRANGER_REGISTERED', seen))
  const left = `The registered client has the id ${quoted(id)}`
  if (typeof uri !== 'string' || typeof token !== 'string' || !isAt(endpoint, uri)) {
    report(findingOf(ISSUER_FINDINGS, 'STRANGER_NOT_DELETED', left))
    return
  }
  const deleted = await call(
    issuer,
    { method: 'DELETE', url: uri, authorization: `Bearer ${token}` },
    signal,
  ).catch(() => undefined)
  if (deleted !== undefined && deleted.status < 300) return
  report(findingOf(ISSUER_FINDINGS, 'STRANGER_NOT_DELETED', left))
}

/** Whether a URL is on the same origin. The token for deleting goes nowhere else. */
function isAt(endpoint: string, url: string): boolean {
  return URL.parse(url)?.origin === new URL(endpoint).origin
}

async function call(
  { url: issuer, configured }: InsideIssuer,
  request: {
    readonly method: 'POST' | 'DELETE'
    readonly url: string
    readonly body?: string
    readonly authorization?: string
  },
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly members: Readonly<Record<string, unknown>> }> {
  const { method, url, body, authorization } = request
  const reply = await configured.server.http.call({
    purpose: 'inspection',
    issuer,
    lane: 'documents',
    failure: 'discovery_failed',
    method,
    url,
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(authorization === undefined ? {} : { authorization }),
    },
    ...(body === undefined ? {} : { body }),
    signal,
  })
  try {
    return { status: reply.status, members: parseStrictJsonObject(reply.body) }
  } catch {
    return { status: reply.status, members: {} }
  }
}
