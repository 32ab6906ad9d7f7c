/** Prints at the end of a run how many secrets the tests made, and in how many texts they were searched. */
import { globSync, readFileSync, rmSync } from 'node:fs'
import type { SecretCounts } from './registry.ts'

/** A folder with a file for each process. */
export const COUNTS = 'node_modules/.cache/secrets'

/** A global setup of vitest. */
export function setup(): () => void {
  rmSync(COUNTS, { recursive: true, force: true })
  return () => {
    const all = globSync(`${COUNTS}/*.json`).map(
      (file) => JSON.parse(readFileSync(file, 'utf8')) as SecretCounts,
    )
    const sum = (name: keyof SecretCounts) =>
      all.reduce((total, counts) => total + (counts[name] ?? 0), 0)
    const megabytes = (sum('characters') / 1e6).toFixed(0)
    console.log(
      `Secrets: ${sum('secrets')} and ${sum('sessions')} session ids registered, ${sum('texts')} texts (${megabytes} MB) searched, ${sum('found')} found, and ${sum('explained')} that setup.ts explains.`,
    )
  }
}
