import { describe, expect, it } from 'vitest'
import { streamEntries, textOf } from '../../../../src/storage/redis/stream-reply.ts'

const bytes = (text: string) => Buffer.from(text)
const WANTED = [
  ['1-1', 'a'],
  ['2-1', 'ü'],
]

describe('the reply to XREAD', () => {
  it.each<[form: string, reply: unknown]>([
    [
      'lists (RESP2)',
      [
        [
          'key',
          [
            ['1-1', ['text', 'a']],
            ['2-1', ['text', 'ü', 'other', 'b']],
          ],
        ],
      ],
    ],
    [
      'an object',
      {
        key: [
          ['1-1', ['text', 'a']],
          ['2-1', ['text', 'ü']],
        ],
      },
    ],
    [
      'a map',
      new Map([
        [
          'key',
          [
            ['1-1', ['text', 'a']],
            ['2-1', ['text', 'ü']],
          ],
        ],
      ]),
    ],
    [
      'a flat list',
      [
        'key',
        [
          ['1-1', ['text', 'a']],
          ['2-1', ['text', 'ü']],
        ],
      ],
    ],
    [
      'pairs of fields',
      [
        [
          'key',
          [
            ['1-1', [['text', 'a']]],
            [
              '2-1',
              [
                ['x', 'b'],
                ['text', 'ü'],
              ],
            ],
          ],
        ],
      ],
    ],
    [
      'records (valkey-glide)',
      [
        {
          key: 'key',
          value: [
            { key: '1-1', value: [['text', 'a']] },
            { key: '2-1', value: [['text', 'ü']] },
          ],
        },
      ],
    ],
    [
      'bytes',
      [
        [
          bytes('key'),
          [
            [bytes('1-1'), [bytes('text'), bytes('a')]],
            [bytes('2-1'), [bytes('text'), bytes('ü')]],
          ],
        ],
      ],
    ],
  ])('is read as %s', (_form, reply) => {
    const read = streamEntries(reply).map(({ position, fields }) => [position, fields.get('text')])
    expect(read).toEqual(WANTED)
  })

  it.each([[null], [undefined], [[]], [{}], ['text'], [7], [[['key', null]]], [[['key', []]]]])(
    '%j has no entries',
    (reply) => expect(streamEntries(reply)).toEqual([]),
  )

  it('an entry without fields has none', () => {
    expect(streamEntries([['key', [['1-1', null]]]])).toEqual([
      { position: '1-1', fields: new Map() },
    ])
  })
})

describe('a text', () => {
  it('is a string or bytes, and nothing else', () => {
    expect([textOf('ü'), textOf(bytes('ü')), textOf(null), textOf(1), textOf(['a'])]).toEqual([
      'ü',
      'ü',
      undefined,
      undefined,
      undefined,
    ])
  })
})
