import { nameOf } from '../redaction.ts'
import { leaveOnAbort } from '../storage/single-flight.ts'
import { GENERAL_FINDINGS } from './catalogue.ts'
import { type Finding, findingOf } from './finding.ts'

/** Takes a finding. @internal */
export type Report = (finding: Finding) => void

/** Reports the first finding of each code, and no further ones. @internal */
export function reportOnce(report: Report): Report {
  const codes = new Set<string>()
  return (finding) => {
    if (codes.has(finding.code)) return
    codes.add(finding.code)
    report(finding)
  }
}

/** One step of the doctor, such as "the challenge". It reports what it finds, and never throws. @internal */
export interface Examination {
  /** What is looked at, for the progress that is shown. */
  readonly title: string
  /** Whether it makes sense after what was found before. Without it, the examination always takes place. */
  readonly isNeeded?: () => boolean
  /** @param signal aborted when the whole time is over: end all calls then */
  examine(report: Report, signal: AbortSignal): Promise<void>
}

/** @internal */
export interface ExaminationOptions {
  /** Called before each examination. */
  readonly progress: (title: string) => void
  /** Aborted when the whole time is over. */
  readonly signal: AbortSignal
  /** Removes secrets from a text: a foreign server may repeat a token that it was sent. */
  readonly redact: (text: string) => string
}

/**
 * Runs examinations one after another. It ends when the signal is aborted, also if an examination hangs.
 *
 * @internal
 */
export async function examineAll(
  examinations: readonly Examination[],
  { progress, signal, redact }: ExaminationOptions,
): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  let over = false
  const report: Report = (finding) => {
    if (!over) findings.push({ ...finding, seen: redact(finding.seen) })
  }
  for (const [at, examination] of examinations.entries()) {
    if (!signal.aborted && examination.isNeeded?.() === false) continue
    const { title } = examination
    try {
      if (signal.aborted) throw signal.reason
      progress(title)
      await leaveOnAbort(examination.examine(report, signal), signal)
    } catch (error) {
      if (!signal.aborted) {
        report(findingOf(GENERAL_FINDINGS, 'EXAMINATION_FAILED', `${title}: ${nameOf(error)}`))
        continue
      }
      const left = examinations.slice(at).map((one) => one.title)
      const seen = `The time was over. Not examined, or not to the end: ${left.join(', ')}`
      report(findingOf(GENERAL_FINDINGS, 'TIME_OVER', seen))
      break
    }
  }
  over = true
  return findings
}
