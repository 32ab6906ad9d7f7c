import { afterAll } from 'vitest'

/** Steps that undo what a file has started. They run after its last test, the last step first. */
export function undoAfterAll(): (() => unknown)[] {
  const steps: (() => unknown)[] = []
  afterAll(async () => {
    for (const undo of steps.reverse()) await undo()
  })
  return steps
}
