import { afterEach, beforeEach, vi } from 'vitest'

export type Warning = readonly [message: string, code: string]

/** Collects the process warnings of each test of the file, and prints none of them. */
export function collectWarnings(): Warning[] {
  const warnings: Warning[] = []
  beforeEach(() => {
    warnings.length = 0
    vi.spyOn(process, 'emitWarning').mockImplementation((message, options) => {
      warnings.push([String(message), (options as { code: string }).code])
    })
  })
  afterEach(() => void vi.restoreAllMocks())
  return warnings
}
