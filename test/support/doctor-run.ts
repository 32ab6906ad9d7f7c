import type { DoctorReport } from '../../src/doctor/report.ts'
import { runCommand } from '../unit/cli/run-command.ts'

export interface DoctorRun {
  readonly code: number
  readonly report: DoctorReport
  /** The codes of the faults and warnings, each once, in alphabetical order. */
  readonly wrong: readonly string[]
  /** Everything that was printed. */
  readonly printed: string
}

/** Runs `doctor --json` on a URL. */
export async function runDoctor(
  url: string,
  flags: readonly string[] = [],
  given: Parameters<typeof runCommand>[1] = {},
): Promise<DoctorRun> {
  const { code, out, err } = await runCommand(['doctor', url, '--json', ...flags], given)
  const report: DoctorReport = JSON.parse(out)
  const found = report.findings.filter(({ severity }) => severity !== 'good')
  const wrong = [...new Set(found.map((finding) => finding.code))].sort()
  return { code, report, wrong, printed: `${out}${err}` }
}
