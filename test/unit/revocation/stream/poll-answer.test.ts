import { describe, expect, it } from 'vitest'
import { readPollAnswer } from '../../../../src/revocation/stream/poll-answer.ts'

const longest = 'a'.repeat(512)
const wrongName = '"sets" has a name that is empty or longer than 512 characters'

describe('the answer to a poll', () => {
  it.each<[string, unknown, unknown]>([
    ['no body', undefined, { sets: [], moreAvailable: false }],
    ['an empty object', {}, { sets: [], moreAvailable: false }],
    ['`sets` that is null', { sets: null }, { sets: [], moreAvailable: false }],
    ['an event', { sets: { a: 'x' } }, { sets: [['a', 'x']], moreAvailable: false }],
    ['what is no event', { sets: { a: 7 } }, { sets: [['a', 7]], moreAvailable: false }],
    [
      'more events than were asked for',
      { sets: { a: 'x', b: 'y', c: 'z' }, moreAvailable: true },
      {
        sets: [
          ['a', 'x'],
          ['b', 'y'],
        ],
        moreAvailable: true,
      },
    ],
    [
      'a wrong name among the events that were not asked for',
      { sets: { a: 'x', b: 'y', '': 'z' } },
      {
        sets: [
          ['a', 'x'],
          ['b', 'y'],
        ],
        moreAvailable: false,
      },
    ],
    [
      'the longest name',
      { sets: { [longest]: 'x' } },
      { sets: [[longest, 'x']], moreAvailable: false },
    ],
    [
      '`moreAvailable` that is a text',
      { moreAvailable: 'true' },
      { sets: [], moreAvailable: false },
    ],
    ['`moreAvailable` that is a number', { moreAvailable: 1 }, { sets: [], moreAvailable: false }],
    [
      'inherited members',
      Object.create({ sets: { a: 'x' }, moreAvailable: true }),
      { sets: [], moreAvailable: false },
    ],
  ])('POLL-1: is read: %s', (_name, value, expected) => {
    expect(readPollAnswer(value, 2)).toEqual(expected)
  })

  it.each<[string, unknown, string]>([
    ['null', null, 'the answer is not a JSON object'],
    ['a list', [], 'the answer is not a JSON object'],
    ['a text', 'sets', 'the answer is not a JSON object'],
    ['`sets` that is a list', { sets: ['x'] }, '"sets" is not an object'],
    ['`sets` that is a text', { sets: 'x' }, '"sets" is not an object'],
    ['`sets` that is false', { sets: false }, '"sets" is not an object'],
    ['an empty name', { sets: { a: 'x', '': 'y' } }, wrongName],
    ['a name that is too long', { sets: { [`${longest}a`]: 'x' } }, wrongName],
  ])('POLL-1: is a fault: %s', (_name, value, fault) => {
    expect(readPollAnswer(value, 2)).toBe(fault)
  })
})
