import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import type { MutantResult } from '@stryker-mutator/api/core'
import { reasonFor } from '../explained.ts'

/** Prints each mutant that no test kills and no reason explains, and why a verdict is unclear, as soon as it is known. */
export class Survivors {
  onMutantTested({
    status,
    fileName,
    location,
    mutatorName,
    replacement = '',
    statusReason = '',
  }: MutantResult): void {
    if (status === 'RuntimeError' && !/no time|not asked for/.test(statusReason)) {
      console.log(
        `unclear  ${relative(process.cwd(), fileName)}:${location.start.line}  ${statusReason}`,
      )
    }
    if (status !== 'Survived' && status !== 'NoCoverage') return
    const file = relative(process.cwd(), fileName)
    const { line: index } = location.start
    const line = (readFileSync(fileName, 'utf8').split('\n')[index - 1] ?? '').trim()
    if (reasonFor({ file, mutator: mutatorName, line, becomes: replacement }) !== undefined) return
    console.log(
      `${status === 'Survived' ? 'survived' : 'not covered'}  ${file}:${index}  ${mutatorName}\n  - ${line}\n  + ${replacement.replace(/\s+/g, ' ')}`,
    )
  }
}
