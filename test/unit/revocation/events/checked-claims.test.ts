import { describe, expect, it } from 'vitest'
import type { CompactJws } from '../../../../src/jws/compact-jws.ts'
import {
  checkSecurityEventToken,
  type SecurityEventToken,
} from '../../../../src/revocation/events/security-event-token.ts'
import { type Claims, NOW } from '../../../support/tokens.ts'

const CLAIMS: Claims = {
  aud: 'audience',
  iat: NOW - 10,
  jti: 'set-1',
  toe: NOW - 20,
  sub_id: { format: 'did' },
  sub: 'alice',
  events: { one: {}, two: { a: 1 } },
}

/** The checked claims, or the message and the kind of the refusal. */
function checked(
  claims: Claims,
  type: string | undefined = 'secevent+jwt',
  audiences = ['audience'],
) {
  const jws = { type, claims: { ...CLAIMS, ...claims } } as unknown as CompactJws
  try {
    return checkSecurityEventToken(jws, { audiences, now: NOW, clockTolerance: 5 })
  } catch (error) {
    const { fault, reason, message } = error as Record<string, string>
    return `${fault ?? reason}: ${message}`
  }
}

const events = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`e${at}`, {}]))

describe('the claims of a security event token', () => {
  const good: SecurityEventToken = {
    tokenId: 'set-1',
    issuedAt: NOW - 10,
    happenedAt: NOW - 20,
    events: [
      ['one', {}],
      ['two', { a: 1 }],
    ],
    subjectId: { format: 'did' },
    subject: 'alice',
  }

  it.each<[string, Claims, Partial<SecurityEventToken>]>([
    ['all of them', {}, {}],
    ['as late as clocks may differ', { iat: NOW + 5 }, { issuedAt: NOW + 5 }],
    ['of long ago', { iat: 0.1 }, { issuedAt: 0.1 }],
    ['an expiry that is not over', { exp: NOW - 4.9 }, {}],
    ['sixteen events', { events: events(16) }, { events: Object.entries(events(16)) }],
  ])('SET-1: are read: %s', (_name, claims, expected) => {
    expect(checked(claims)).toEqual({ ...good, ...expected })
  })

  it.each(['secevent+jwt', 'SecEvent+JWT', 'application/secevent+jwt'])(
    'SET-1: are read with the type %s',
    (type) => {
      expect(checked({}, type)).toEqual(good)
    },
  )

  const late = 'expected a time in the past in seconds'
  const over = 'expected a time in the future in seconds'
  it.each<[Claims, string]>([
    [{ iat: 0 }, `"iat" is 0; ${late}`],
    [{ iat: NOW + 5.1 }, `"iat" is ${NOW + 5.1}; ${late}`],
    [{ iat: 'now' }, `"iat" is "now"; ${late}`],
    [{ iat: Number.NaN }, late],
    [{ exp: NOW - 5 }, `"exp" is ${NOW - 5}; ${over}`],
    [{ exp: null }, over],
    [{ jti: '' }, '"jti" is missing'],
    [{ jti: 7 }, '"jti" is missing'],
    [{ events: {} }, '"events" is missing or empty'],
    [{ events: [{}] }, '"events" is missing or empty'],
    [{ events: undefined }, '"events" is missing or empty'],
    [{ events: events(17) }, '"events" has more than 16 members'],
    [{ events: { one: 7 } }, 'the event "one" is not an object'],
  ])('SET-1: are refused with a reason for operators, case %#', (claims, message) => {
    const found = checked(claims)
    expect(found).toMatch(/^request: /)
    expect(found).toContain(message)
  })

  it('SET-1: are refused with another type, and before the audience is looked at', () => {
    const message = '; expected "secevent+jwt"'
    expect(checked({ aud: 'x' }, 'JWT')).toBe(`request: "typ" is "JWT"${message}`)
    const typeless = { claims: CLAIMS } as unknown as CompactJws
    const rules = { audiences: [], now: NOW, clockTolerance: 5 }
    expect(() => checkSecurityEventToken(typeless, rules)).toThrow(`"typ" is nothing${message}`)
  })

  it('SSF-1: are not judged before the audience is known', () => {
    expect(checked({}, undefined, [])).toBe(
      'security_events_failed: the audience of the stream of security events is not known yet',
    )
    expect(checked({ aud: 'other' })).toMatch(/^audience: /)
  })
})
