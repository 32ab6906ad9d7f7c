import { describe, expect, it } from 'vitest'
import { ALICE, errorOf, push, receiver, signSet } from '../../../support/security-events.ts'
import { judge, NOW, signToken } from '../../../support/tokens.ts'

describe('a flood of security events', () => {
  it('PUSH-1 REV-2: more events than fit are all acknowledged, and all of them count', async () => {
    const server = receiver({ revocation: { maxRevocations: 100 } })
    const users = Array.from({ length: 130 }, (_, at) => `user-${at}`)
    for (const sub of users) {
      const set = await signSet({ jti: sub, sub_id: { ...ALICE, sub } })
      expect(errorOf(await push(server, set)), sub).toBeUndefined()
    }
    for (const sub of users) {
      const token = await signToken({ claims: { sub, iat: NOW - 1 } })
      expect((await judge(token, server)).reason, sub).toBe('token_revoked')
    }
  })

  it('PUSH-1: the same event a thousand times needs the memory of one', async () => {
    const server = receiver({ revocation: { maxRevocations: 100 } })
    const set = await signSet()
    const answers = await Promise.all(Array.from({ length: 1000 }, () => push(server, set)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]))
    const other = await signSet({ jti: 'set-2', sub_id: { ...ALICE, sub: 'bob' } })
    expect((await push(server, other)).status).toBe(202)
    const carol = await signToken({ claims: { sub: 'carol' } })
    expect((await judge(carol, server)).status).toBe(200)
  })
})
