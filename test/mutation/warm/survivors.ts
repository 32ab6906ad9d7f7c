import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import type { MutantResult } from '@stryker-mutator/api/core'
import { reasonFor } from '../explained.ts'

/** Prints each mutant that no test kills and no reason explains, as soon as it is known. */
export class Survivors {
  onMutantTested({
    status,
    fileName,
    location,
    mutatorName,
    replacement = '',
  }: MutantResult): void {
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
