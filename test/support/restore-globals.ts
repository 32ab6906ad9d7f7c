/** Gives back what `@hono/node-server` replaces, so that the next test file of the process has Node's own. */
import { afterAll } from 'vitest'

const { Request, Response } = globalThis

afterAll(() => {
  Object.defineProperties(globalThis, {
    Request: { value: Request },
    Response: { value: Response },
  })
})
