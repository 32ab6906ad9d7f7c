import type { Finding } from './finding.ts'

/** One step of the doctor, such as "the challenge". It reports what it finds, and never throws. @internal */
export interface Examination {
  /** What is looked at, for the progress that is shown. */
  readonly title: string
  examine(report: (finding: Finding) => void): Promise<void>
}

/**
 * Runs examinations one after another.
 *
 * @param progress is called before each examination
 * @internal
 */
export async function examineAll(
  examinations: readonly Examination[],
  progress: (title: string) => void,
): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const { title, examine } of examinations) {
    progress(title)
    await examine((finding) => findings.push(finding))
  }
  return findings
}
