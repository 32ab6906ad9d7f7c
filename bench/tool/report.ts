/** The JSON report of `npm run test:bench`, in the form that vitest writes. */
import { mkdir, writeFile } from 'node:fs/promises'

const FOLDER = new URL('../../node_modules/.cache/reports/', import.meta.url)

/** One comparison. */
export interface Comparison {
  readonly title: string
  /** What is wrong; `undefined` if nothing is. */
  readonly failure: string | undefined
}

export async function writeReport(
  name: string,
  comparisons: readonly Comparison[],
  startTime: number,
): Promise<void> {
  const assertionResults = comparisons.map(({ title, failure }) => ({
    ancestorTitles: ['bench'],
    title,
    fullName: `bench ${title}`,
    status: failure === undefined ? 'passed' : 'failed',
    failureMessages: failure === undefined ? [] : [failure],
  }))
  const numFailedTests = comparisons.filter(({ failure }) => failure !== undefined).length
  const status = numFailedTests === 0 ? 'passed' : 'failed'
  const report = {
    numTotalTests: comparisons.length,
    numPassedTests: comparisons.length - numFailedTests,
    numFailedTests,
    numPendingTests: 0,
    numTodoTests: 0,
    startTime,
    success: numFailedTests === 0,
    testResults: [
      { name: 'bench', status, message: '', startTime, endTime: Date.now(), assertionResults },
    ],
  }
  await mkdir(FOLDER, { recursive: true })
  await writeFile(new URL(`${name}.json`, FOLDER), JSON.stringify(report))
}
