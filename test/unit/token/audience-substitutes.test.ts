import { describe, expect, it } from 'vitest'
import type { ChallengeError } from '../../../src/errors/challenge-error.ts'
import { audienceOf, checkAudience } from '../../../src/token/audience.ts'
import type { AudienceSubstitute } from '../../../src/token/profile.ts'
import { type SettledProfile, settleProfile } from '../../../src/token/settled-profile.ts'
import type { Claims } from '../../support/tokens.ts'

const profile = (...audienceSubstitutes: readonly AudienceSubstitute[]): SettledProfile =>
  settleProfile({
    ...{ name: 'acme', clientIdClaims: ['cid', 'azp'], scopeClaims: ['scp'] },
    audienceSubstitutes,
  })

describe('the audience of a token without aud', () => {
  it.each<[AudienceSubstitute[], Claims, unknown]>([
    [[], { cid: 'a', scp: 'b/c' }, undefined],
    [['client-id'], { cid: 'a', azp: 'b', scp: 'c/d' }, ['a']],
    [['client-id'], { azp: 'b' }, ['b']],
    [['client-id'], { cid: '' }, undefined],
    [['client-id'], { scp: 'c/d' }, undefined],
    [['scope-prefix'], { cid: 'a', scp: 'https://b/c/d' }, ['https://b/c']],
    [['scope-prefix'], { scp: 'b/c b/d e/f' }, ['b', 'e']],
    [['scope-prefix'], { scp: 'b c' }, undefined],
    [['scope-prefix'], { scp: '/c' }, undefined],
    [['scope-prefix'], { scp: ['c', 'b/c'] }, ['b']],
    [['scope-prefix'], { scope: 'b/c' }, undefined],
    [['scope-prefix'], {}, undefined],
    [['client-id', 'scope-prefix'], { cid: 'a', scp: 'b/c' }, ['a', 'b']],
    [['scope-prefix', 'client-id'], { cid: 'b', scp: 'b/c' }, ['b']],
  ])('RFC9068-2: the substitutes %j read from %j: %j', (substitutes, claims, expected) => {
    const settled = profile(...substitutes)
    expect(audienceOf(claims, 'jwt', settled)).toEqual(expected)
    expect(audienceOf({ ...claims, aud: 'given' }, 'jwt', settled)).toBe('given')
    expect(audienceOf({ ...claims, aud: [] }, 'jwt', settled)).toEqual([])
  })

  it('RFC7662-3: is read from the members of RFC 7662 too, where the answer of introspection names it', () => {
    const claims = { client_id: 'a', scope: 'b/c' }
    const both = profile('client-id', 'scope-prefix')
    expect(audienceOf(claims, 'introspection', both)).toEqual(['a', 'b'])
    expect(audienceOf(claims, 'jwt', both)).toBeUndefined()
  })

  it('S1.12: a client id that is not a string is an audience that nobody accepts', () => {
    const aud = audienceOf({ cid: 7 }, 'jwt', profile('client-id'))
    expect(() => checkAudience(aud, new Set(['7']), false)).toThrow('neither a string nor a list')
  })
})

describe('what an operator reads of an audience', () => {
  const messageOf = (aud: unknown, sole = false, accepted = ['one', 'two']): string => {
    try {
      checkAudience(aud, new Set(accepted), sole)
    } catch (error) {
      return (error as ChallengeError).message
    }
    return 'accepted'
  }

  it.each([
    [undefined, false, 'no "aud"; expected "one" or "two"'],
    [[], false, '"aud" is empty; expected "one" or "two"'],
    ['far', false, '"aud" is "far"; expected "one" or "two"'],
    [['far'], true, '"aud" is ["far"]; expected nothing but "one" or "two"'],
    ['one', true, 'accepted'],
  ])('RFC8707-1: %j (alone: %s): %s', (aud, sole, message) => {
    expect(messageOf(aud, sole)).toBe(message)
  })

  it('RFC8707-1: what a near miss means follows', () => {
    expect(messageOf('one/')).toMatch(/or "two"; they differ by a final slash\. To mend it: /)
  })
})
