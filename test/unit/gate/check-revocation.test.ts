import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { ChallengeError } from '../../../src/errors/challenge-error.ts'
import { checkRevocation } from '../../../src/gate/check-revocation.ts'
import type { TokenGate } from '../../../src/gate/verify-token.ts'
import { PresentedToken } from '../../../src/token/presented-token.ts'
import { throwing } from '../../support/throwing.ts'
import { VERIFIED } from '../../support/tokens.ts'

const REVOKED = new ChallengeError('token_revoked', 'revoked')
const OUTAGE = new Error('the store is away')

type Answer = boolean | undefined | (() => never)

/** What comes of a list of revocations and of the option `revocation.check`, and whether the cache drops the token. */
async function check(list: Answer | 'later' | 'revoked later', option?: Answer) {
  const forgotten: string[] = []
  const asked: unknown[] = []
  const gate = {
    revocations: {
      check() {
        if (typeof list === 'function') list()
        if (list === 'revoked later') return Promise.reject(REVOKED)
        return list === 'later' ? Promise.resolve() : undefined
      },
    },
    verification: { forget: ({ secret }: PresentedToken) => void forgotten.push(secret) },
    revocation:
      option === undefined
        ? undefined
        : (token: unknown) => {
            asked.push(token)
            return typeof option === 'function' ? option() : option
          },
  } as unknown as TokenGate
  const started: { promise?: unknown } = {}
  const work = async () => {
    const checked = checkRevocation(gate, VERIFIED, new PresentedToken('the-token'))
    started.promise = checked
    await checked
  }
  const reason = await work().then(
    () => undefined,
    (error: { reason?: string; message: string }) => error.reason ?? error.message,
  )
  return { reason, forgotten, asked: asked.length, waits: started.promise instanceof Promise }
}

describe('the check whether a token is revoked', () => {
  it.each([
    ['nothing is revoked', undefined, undefined, { waits: false }],
    ['the list must catch up first', 'later', undefined, { waits: true }],
    ['the option says no', undefined, false, { waits: true, asked: 1 }],
    ['both say no', 'later', false, { waits: true, asked: 1 }],
  ] as const)('REV-1: lets a token pass where %s', async (_what, list, option, expected) => {
    const nothing = { reason: undefined, forgotten: [], asked: 0 }
    expect(await check(list, option)).toEqual({ ...nothing, ...expected })
  })

  it.each([
    ['the list says so', throwing(REVOKED), undefined, 0],
    ['the list says so, and the option is not asked', throwing(REVOKED), false, 0],
    ['the list says so after it caught up', 'revoked later', false, 0],
    ['the option says so', undefined, true, 1],
    ['the option says so after the list caught up', 'later', true, 1],
  ] as const)(
    'REV-1 MCP-7: refuses a token, and drops it from the cache, where %s',
    async (_what, list, option, asked) => {
      expect(await check(list, option)).toMatchObject({
        reason: 'token_revoked',
        forgotten: ['the-token'],
        asked,
      })
    },
  )

  it.each([
    ['the list', throwing(OUTAGE), undefined, 'the store is away'],
    ['the option', undefined, throwing(OUTAGE), 'revocation_check_failed'],
  ] as const)(
    'REV-2: keeps the token in the cache where %s fails, for it may be good',
    async (_what, list, option, reason) => {
      expect(await check(list, option)).toMatchObject({ reason, forgotten: [] })
    },
  )

  it('S1.7: the failure of the option shows its name alone, for its text may hold a secret', async () => {
    const gate = {
      revocations: { check: () => undefined },
      verification: {},
      revocation: throwing(new RangeError('a secret')),
    } as unknown as TokenGate
    const error: unknown = await checkRevocation(gate, VERIFIED, new PresentedToken('x'))?.catch(
      (reason: unknown) => reason,
    )
    expect(error).toMatchObject({ message: 'revocation: RangeError' })
    expect(inspect(error)).not.toContain('a secret')
  })

  it('REV-1: a cache that cannot drop a token changes nothing', async () => {
    const gate = {
      revocations: { check: throwing(REVOKED) },
      verification: {},
      revocation: undefined,
    } as unknown as TokenGate
    expect(() => checkRevocation(gate, VERIFIED, new PresentedToken('x'))).toThrow(REVOKED)
  })
})
