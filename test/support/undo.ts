import { afterAll } from 'vitest'

/**
 * Steps that undo what a file has started. They run after its last test, the last step first. A step that
 * fails does not keep the others from running.
 */
export function undoAfterAll(): (() => unknown)[] {
  const steps: (() => unknown)[] = []
  afterAll(async () => {
    const errors: unknown[] = []
    for (const undo of steps.reverse()) {
      try {
        await undo()
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, 'What the file has started did not end')
  })
  return steps
}
