import { describe, expect, it } from 'vitest'
import { type Overrides, testResourceServer } from '../../support/tokens.ts'

const made = (options: object) => testResourceServer(options as Overrides)

/** What these options throw; the message has to name the one that is wrong. */
function expectWrong(options: object, name: string): void {
  expect(() => made(options), JSON.stringify(options)).toThrow(TypeError)
  expect(() => made(options)).toThrow(`createResourceServer: option \`${name}\` `)
}

const amount = ['5', null, Number.NaN, Infinity, -1, true, {}]

describe('sessions', () => {
  it.each([
    ['none'],
    ['unchecked'],
    [{}],
    [{ maxSessions: 1, maxPerPrincipal: 1, maxPerSubject: 1 }],
    [{ maxSessions: 10_000_000, maxIdle: 1 }],
  ])('MCP-20: takes %j', (sessions) => {
    expect(() => made({ sessions })).not.toThrow()
  })

  it('MCP-20: takes nothing else', () => {
    for (const sessions of [true, false, 5, 'no', null, []]) expectWrong({ sessions }, 'sessions')
    for (const maxSessions of [...amount, 0, 1.5, 10_000_001]) {
      expectWrong({ sessions: { maxSessions } }, 'sessions.maxSessions')
    }
    for (const maxPerPrincipal of [...amount, 0, 1.5, 10_000_001]) {
      expectWrong({ sessions: { maxPerPrincipal } }, 'sessions.maxPerPrincipal')
    }
    for (const maxPerSubject of [...amount, 0, 1.5, 10_000_001]) {
      expectWrong({ sessions: { maxPerSubject } }, 'sessions.maxPerSubject')
    }
    for (const maxIdle of [...amount, 0, 31_536_001]) {
      expectWrong({ sessions: { maxIdle } }, 'sessions.maxIdle')
    }
    expect(() => made({ sessions: { ttl: 5 } })).toThrow(
      'createResourceServer: there is no option `sessions.ttl`',
    )
  })
})
