import type { AuthorizationServer } from '../../authorization-server/authorization-server.ts'
import { createOAuthClient } from '../../authorization-server/client-authentication/create-oauth-client.ts'
import { optionPath } from '../../authorization-server/configured-issuer.ts'
import { Transmitter } from '../../authorization-server/transmitter/transmitter.ts'
import { UnavailableError } from '../../errors/unavailable-error.ts'
import { descriptionOf } from '../../revocation/stream/managed-stream.ts'
import { RegisteredStreams } from '../../revocation/stream/registered-streams.ts'
import type { Examination, Report } from '../examination.ts'
import { findingOf, goodFinding } from '../finding.ts'
import type { InsideIssuer } from './inside-server.ts'
import { ISSUER_FINDINGS } from './issuer-catalogue.ts'

/**
 * Looks at the stream of security events. Without the option `securityEvents` it looks whether the client
 * of this server has a stream all the same, and whether that one works.
 *
 * @internal
 */
export function streamExamination(issuer: InsideIssuer): Examination {
  const { options, server } = issuer.configured
  const { securityEvents } = options
  const isConfigured = securityEvents !== undefined
  return {
    title: `security events of ${issuer.url}`,
    isNeeded: () => isConfigured || (issuer.metadata !== undefined && server.client !== undefined),
    async examine(report) {
      const transmitter = transmitterOf(issuer)
      try {
        await transmitter.metadata.endpoint('configuration_endpoint')
      } catch (error) {
        if (!(error instanceof UnavailableError)) throw error
        if (isConfigured) {
          report(findingOf(ISSUER_FINDINGS, 'STREAM_NOT_OFFERED', error.message))
        }
        return
      }
      // A stream that somebody else set up can only be looked at with the credentials of its client.
      if (isConfigured && securityEvents.client === undefined) return
      try {
        await reportStreams(issuer, new RegisteredStreams(transmitter), report)
      } catch (error) {
        if (!(error instanceof UnavailableError)) throw error
        if (isConfigured) {
          report(findingOf(ISSUER_FINDINGS, 'STREAM_REFUSED', error.message))
        }
      }
    },
  }
}

async function reportStreams(
  { configured, settings, url }: InsideIssuer,
  streams: RegisteredStreams,
  report: Report,
): Promise<void> {
  const description = descriptionOf(settings.resource)
  const all = await streams.list()
  const named = all.filter((stream) => stream.description === description)
  const ours = named.length > 0 ? named : all
  if (ours.length === 0 && configured.options.securityEvents !== undefined) {
    const seen = `the client of this server has no stream at ${url}`
    report(findingOf(ISSUER_FINDINGS, 'STREAM_MISSING', seen))
  }
  for (const { id } of ours) {
    const status = (await streams.status(id))?.status
    const seen = `the stream of security events at ${url} is ${status ?? 'there'}`
    report(
      status === 'paused' || status === 'disabled'
        ? findingOf(
            ISSUER_FINDINGS,
            status === 'paused' ? 'STREAM_PAUSED' : 'STREAM_DISABLED',
            seen,
          )
        : goodFinding('STREAM', seen),
    )
  }
}

function transmitterOf({ configured, settings, clock }: InsideIssuer): Transmitter {
  const { options, server, path } = configured
  const { client, scopes, configurationUrl: metadataUrl } = options.securityEvents ?? {}
  const { issuer, http } = server
  const optionAt = (name: string) => optionPath(path, `securityEvents.client.${name}`)
  const own: AuthorizationServer = client
    ? {
        ...server,
        client: createOAuthClient(client, { where: 'doctor', optionAt, issuer, clock, http }),
      }
    : server
  const { allowInsecureHttp } = settings
  return new Transmitter({ server: own, scopes, metadataUrl, allowInsecureHttp, clock })
}
