import { afterEach, describe, expect, it, vi } from 'vitest'
import { ChallengeError } from '../../src/errors/challenge-error.ts'

const { stackTraceLimit } = Error

afterEach(() => {
  Error.stackTraceLimit = stackTraceLimit
})

describe('a refusal', () => {
  it('P6: is an error that collects no stack frames, and other errors still do', () => {
    const refusal = new ChallengeError('token_malformed', 'not base64url')
    expect(refusal).toBeInstanceOf(Error)
    expect(refusal.stack).toContain('not base64url')
    expect(refusal.stack).not.toContain('\n    at ')
    expect(Error.stackTraceLimit).toBe(stackTraceLimit)
    expect(new Error('a fault').stack).toContain('\n    at ')
  })

  it('leaves the limit of stack frames as it was when its message cannot be read', () => {
    const message = {
      toString: vi.fn(() => {
        throw new Error('unreadable')
      }),
    }
    expect(() => new ChallengeError('token_malformed', message as never)).toThrow('unreadable')
    expect(Error.stackTraceLimit).toBe(stackTraceLimit)
  })
})
