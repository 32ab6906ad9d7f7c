import { describe, expect, it } from 'vitest'
import type { PolicyOptions } from '../../../../src/mcp/policy/options.ts'
import { createPolicy } from '../../../../src/mcp/policy/policy.ts'
import { ask, serverWith, tokenWith, toolCall } from './callers.ts'

const tools = { act: { roles: ['steward'] } }
const judge = (claims: Record<string, unknown>, more: PolicyOptions = {}) =>
  createPolicy({ tools, ...more }).check(toolCall('act'), tokenWith('steward', claims))

describe('the roles of a caller', () => {
  it.each<[string, unknown, string]>([
    ['a list that has it', ['other', 'steward'], 'allowed'],
    ['a list that has it among what is no text', [5, null, 'steward'], 'allowed'],
    ['a list without it', ['stewards', 'Steward', 'stewar'], 'denied'],
    ['a list in a list', [['steward']], 'denied'],
    ['no list: the text', 'steward', 'denied'],
    ['no list: several in one text', 'steward other', 'denied'],
    ['no list: an object', { steward: true }, 'denied'],
    ['nothing', undefined, 'denied'],
    ['null', null, 'denied'],
  ])('S1.6: come from the claim "roles" (RFC 9068): %s', async (_name, roles, outcome) => {
    expect(await judge({ roles })).toMatchObject({ outcome })
  })

  it('S1.6: from no other claim, and no scope is one', async () => {
    const claims = { role: ['steward'], groups: ['steward'], realm_access: { roles: ['steward'] } }
    expect(await judge(claims)).toMatchObject({ outcome: 'denied' })
  })

  it('S1.6: from rolesOf in place of the claim', async () => {
    const rolesOf = () => ['steward']
    expect(await judge({ roles: [] }, { rolesOf })).toMatchObject({ outcome: 'allowed' })
    const none = () => []
    expect(await judge({ roles: ['steward'] }, { rolesOf: none })).toMatchObject({
      outcome: 'denied',
    })
  })

  it('S1.6: are those of the token that is judged, not of one before', async () => {
    const rolesOf = ({ claims }: { claims: { sub?: unknown } }) =>
      claims.sub === 'alice' ? ['steward'] : []
    const server = serverWith({ tools, rolesOf })
    const outcomes: string[] = []
    for (const sub of ['alice', 'bob', 'alice', 'bob']) {
      const decision = await ask(server, { message: toolCall('act'), claims: { sub } })
      outcomes.push(decision.outcome)
    }
    expect(outcomes).toEqual(['allowed', 'refused', 'allowed', 'refused'])
  })

  it('S1.6: are asked of rolesOf at every request, for the same token too', async () => {
    const store = new Map([['alice', ['steward']]])
    const rolesOf = () => store.get('alice') ?? []
    const policy = createPolicy({ tools, rolesOf })
    const token = tokenWith()
    expect(await policy.check(toolCall('act'), token)).toMatchObject({ outcome: 'allowed' })
    store.delete('alice')
    expect(await policy.check(toolCall('act'), token)).toMatchObject({ outcome: 'denied' })
    store.set('alice', ['steward'])
    expect(await policy.check(toolCall('act'), token)).toMatchObject({ outcome: 'allowed' })
  })

  it.each<[string, () => unknown]>([
    ['throws', () => (undefined as unknown as string[]).concat()],
    ['gives nothing', () => undefined],
    ['gives a text', () => 'steward'],
    ['gives a set', () => new Set(['steward'])],
    ['gives a promise', async () => ['steward']],
    ['gives something list-like', () => ({ length: 1, 0: 'steward' })],
  ])('S1.6: a rolesOf that %s makes the request unavailable', async (_name, rolesOf) => {
    const server = serverWith({ tools, rolesOf: rolesOf as () => string[] })
    const decision = await ask(server, { message: toolCall('act'), claims: { roles: ['steward'] } })
    expect(decision).toMatchObject({ outcome: 'unavailable', status: 503, reason: 'policy_failed' })
  })

  it('a rolesOf that no rule needs is not asked', async () => {
    const rolesOf = () => {
      throw new Error('asked')
    }
    const server = serverWith({ tools: { act: 'allow' }, rolesOf })
    expect(await ask(server, { message: toolCall('act') })).toMatchObject({ outcome: 'allowed' })
  })
})
