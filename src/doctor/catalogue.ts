import type { FindingKind } from './finding.ts'

/** Findings about the examination itself. The guide has a place for every code. @internal */
export const GENERAL_FINDINGS = {
  TIME_OVER: {
    severity: 'fault',
    meaning:
      'The servers did not answer all questions within the time, so the report is not complete.',
    remedy: 'Find out why the server is slow, or give more time by --timeout.',
  },
  EXAMINATION_FAILED: {
    severity: 'fault',
    meaning: 'The doctor itself made a mistake. The other examinations took place.',
    remedy: 'Report it, with the code and the name of the examination.',
  },
} as const satisfies Readonly<Record<string, FindingKind>>
