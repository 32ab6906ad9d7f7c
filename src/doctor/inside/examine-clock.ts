import { discoveryUrls } from '../../authorization-server/discovery.ts'
import { UnavailableError } from '../../errors/unavailable-error.ts'
import type { Examination } from '../examination.ts'
import { findingOf, goodFinding } from '../finding.ts'
import { askDiscovery } from './ask-discovery.ts'
import type { InsideIssuer } from './inside-server.ts'
import { ISSUER_FINDINGS } from './issuer-catalogue.ts'

/** Compares the clock of this machine with the field `Date` of an answer. @internal */
export function clockExamination(issuer: InsideIssuer): Examination {
  const { configured, settings, clock } = issuer
  return {
    title: `clock of ${issuer.url}`,
    isNeeded: () => issuer.metadata !== undefined,
    async examine(report, signal) {
      const before = clock()
      const date = await dateOf(issuer, signal)
      const after = clock()
      if (date === undefined) return
      const ahead = difference(date, before, after) / 1000
      const tolerance = settings.clockTolerance
      const seen =
        ahead === 0
          ? 'The clocks agree'
          : `The clock of ${configured.options.issuer} is ${Math.abs(ahead).toFixed(1)} s ${ahead > 0 ? 'ahead of' : 'behind'} the clock of this machine; clockTolerance is ${tolerance} s`
      report(
        Math.abs(ahead) > tolerance
          ? findingOf(ISSUER_FINDINGS, 'CLOCK_DIFFERS', seen)
          : goodFinding('CLOCK', seen),
      )
    },
  }
}

/** Milliseconds by which a time is outside of the span. `Date` has whole seconds, so it may be a second older. */
function difference(date: number, before: number, after: number): number {
  if (date > after) return date - after
  return date + 1000 < before ? date + 1000 - before : 0
}

/** Asks for the metadata, and reads the time of the answer. `undefined` if the answer does not say it. */
async function dateOf(issuer: InsideIssuer, signal: AbortSignal): Promise<number | undefined> {
  const [url = issuer.url] = discoveryUrls(issuer.url)
  try {
    const { date = '' } = await askDiscovery(issuer, url, signal)
    // A time zone must be named, otherwise the text would be read as local time.
    const time = / (?:GMT|UTC)$/.test(date) ? Date.parse(date) : Number.NaN
    return Number.isNaN(time) ? undefined : time
  } catch (error) {
    if (error instanceof UnavailableError) return undefined
    throw error
  }
}
