import { describe, expect, it } from 'vitest'
import type { SecurityEventOptions } from '../../../../src/revocation/options.ts'
import { AUDIENCE, AUTHORIZATION } from '../../../support/security-events.ts'
import { testResourceServer } from '../../../support/tokens.ts'

const CLIENT = { clientId: 'mcp-receiver', clientSecret: 's3cr3t' }
const make = (securityEvents: object) => () =>
  testResourceServer({ server: { securityEvents: securityEvents as SecurityEventOptions } })

describe('the options for security events', () => {
  it.each<[string, object, string]>([
    [
      'push without authorization',
      { audience: AUDIENCE },
      'securityEvents.authorization` must be set',
    ],
    [
      'a short authorization',
      { audience: AUDIENCE, authorization: 'Bearer short' },
      'must have at least 32 characters',
    ],
    [
      'a line break in it',
      { audience: AUDIENCE, authorization: `${AUTHORIZATION}\r\nX: y` },
      'visible ASCII',
    ],
    [
      'a blank at its end',
      { audience: AUDIENCE, authorization: `${AUTHORIZATION} ` },
      'visible ASCII',
    ],
    ['an empty list', { audience: AUDIENCE, authorization: [] }, 'securityEvents.authorization'],
    [
      'a short one in a list',
      { audience: AUDIENCE, authorization: [AUTHORIZATION, 'x'] },
      'must have at least 32 characters',
    ],
    [
      'push without audience and client',
      { authorization: AUTHORIZATION },
      'securityEvents.audience` must be set',
    ],
    [
      'an empty audience',
      { authorization: AUTHORIZATION, audience: '' },
      'securityEvents.audience',
    ],
    [
      'no audience in the list',
      { authorization: AUTHORIZATION, audience: [] },
      'securityEvents.audience',
    ],
    [
      'push with a poll endpoint',
      { authorization: AUTHORIZATION, audience: AUDIENCE, pollEndpoint: 'https://a.example' },
      'pollEndpoint` is only for delivery "poll"',
    ],
    [
      'poll with authorization',
      { delivery: 'poll', client: CLIENT, authorization: AUTHORIZATION },
      'authorization` is only for delivery "push"',
    ],
    [
      'poll with a path',
      { delivery: 'poll', client: CLIENT, path: '/signals' },
      'path` is only for delivery "push"',
    ],
    ['poll without client', { delivery: 'poll', audience: AUDIENCE }, 'client` must be set'],
    ['a delivery that nobody knows', { delivery: 'mail' }, 'must be "push" or "poll"'],
    [
      'a path that is a URL',
      { authorization: AUTHORIZATION, audience: AUDIENCE, path: 'https://a.example' },
      'must be a path',
    ],
    [
      'plain http for the poll endpoint',
      { delivery: 'poll', client: CLIENT, pollEndpoint: 'http://a.example' },
      'pollEndpoint',
    ],
    [
      'a configuration URL without client',
      { authorization: AUTHORIZATION, audience: AUDIENCE, configurationUrl: 'https://a.example' },
      'configurationUrl',
    ],
    ['a misspelt member', { authorisation: AUTHORIZATION }, 'authorization'],
    [
      'an effect that nobody knows',
      { authorization: AUTHORIZATION, audience: AUDIENCE, onCredentialChange: 'warn' },
      'must be "revoke" or "ignore"',
    ],
  ])('PUSH-1: %s is a TypeError that names the option', (_name, options, words) => {
    expect(make(options)).toThrow(TypeError)
    expect(make(options)).toThrow(words)
  })

  it('PUSH-1: an error never shows the agreed Authorization', () => {
    for (const authorization of [
      'short-secret',
      ['short-secret'],
      `short-secret\n${AUTHORIZATION}`,
    ]) {
      try {
        make({ audience: AUDIENCE, authorization })()
        expect.unreachable()
      } catch (error) {
        expect(String(error)).toContain('authorization')
        expect(String(error)).not.toContain('short-secret')
      }
    }
  })
})
