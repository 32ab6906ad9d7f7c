import { styleText } from 'node:util'
import type { Finding, Severity } from './finding.ts'

/** What the doctor has found. `doctor --json` prints it. The shape is stable: members are only added. */
export interface DoctorReport {
  /** Version of this shape. */
  readonly version: 1
  /** The URL that was examined, as it was given. */
  readonly url: string
  /** Whether the server has answered at all. */
  readonly examined: boolean
  readonly faults: number
  readonly warnings: number
  /** In the order in which they were found. */
  readonly findings: readonly Finding[]
}

/** @internal */
export function createReport(
  url: string,
  examined: boolean,
  findings: readonly Finding[],
): DoctorReport {
  const count = (severity: Severity): number =>
    findings.filter((finding) => finding.severity === severity).length
  return {
    version: 1,
    url,
    examined,
    faults: count('fault'),
    warnings: count('warning'),
    findings,
  }
}

/** The order of the printed findings: what is right first, so that the faults stand at the end. */
const ORDER: readonly Severity[] = ['good', 'warning', 'fault']

const STYLES = { good: 'green', warning: 'yellow', fault: 'red' } as const

/** Writes a report for people. @internal */
export function describeReport(report: DoctorReport, inColour: boolean): string {
  const paint = (severity: Severity, text: string): string =>
    inColour ? styleText(STYLES[severity], text, { validateStream: false }) : text
  const blocks = ORDER.flatMap((severity) =>
    report.findings
      .filter((finding) => finding.severity === severity)
      .map((finding) => describeFinding(finding, paint)),
  )
  return `${blocks.join('')}\n${describeSum(report)}\n`
}

function describeFinding(
  { code, severity, seen, meaning, remedy, guide }: Finding,
  paint: (severity: Severity, text: string) => string,
): string {
  if (severity === 'good') return `${paint(severity, 'good')}     ${code}: ${seen}\n`
  const rows = [
    ['seen', seen],
    ['means', meaning],
    ['mend', remedy],
    ['guide', guide ?? ''],
  ]
  const lines = rows.map(([name = '', text = '']) => `  ${name.padEnd(7)}${text}\n`)
  return `\n${paint(severity, severity.padEnd(9))}${code}\n${lines.join('')}`
}

function describeSum({ faults, warnings, examined }: DoctorReport): string {
  if (!examined) return 'The server could not be examined.'
  if (faults === 0 && warnings === 0) return 'Nothing is wrong.'
  const number = (count: number, word: string): string =>
    `${count === 0 ? 'no' : count} ${word}${count === 1 ? '' : 's'}`
  return `${number(faults, 'fault')}, ${number(warnings, 'warning')}.`
}
