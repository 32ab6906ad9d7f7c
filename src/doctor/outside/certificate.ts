import { type Finding, findingOf } from '../finding.ts'
import type { Probe } from './probe.ts'
import { SERVER_FINDINGS } from './server-catalogue.ts'

/** From how many days before its end a certificate is reported. Most are renewed 30 days before. */
const DAYS = 14
const DAY_MS = 86_400_000

/** A finding if the certificate of a URL's host expires soon. @internal */
export function certificateFinding(
  probe: Probe,
  url: string,
  now: number = Date.now(),
): Finding | undefined {
  const { origin, host } = new URL(url)
  const end = probe.certificateEnd(origin)
  if (end === undefined || end.getTime() - now > DAYS * DAY_MS) return undefined
  const days = Math.floor((end.getTime() - now) / DAY_MS)
  const seen = `the certificate of ${host} expires in ${days} days`
  return findingOf(SERVER_FINDINGS, 'CERTIFICATE_ENDS_SOON', seen)
}
