/** The watch of npm run test:secrets finds what it has to find. */
import { describe, expect, it } from 'vitest'
import { SecretWatch } from '../support/secrets/watch.ts'
import { wrapWith } from '../support/secrets/wrap.ts'

const SECRET = 'correct-horse-battery-staple'
const SIGNATURE = 'dGhpcyBpcyBubyByZWFsIHNpZ25hdHVyZSBidXQgbG9uZw'
const TOKEN = `eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSIsImF1ZCI6Im1jcCJ9.${SIGNATURE}`

function watchOf(): SecretWatch {
  const watch = new SecretWatch()
  watch.secret('client secret', SECRET)
  watch.token(TOKEN)
  return watch
}

const placesOf = ({ leaks }: SecretWatch): readonly string[] => leaks.map(({ place }) => place)

describe('the watch for secrets', () => {
  it.each<[string, unknown]>([
    ['a text', `before ${SECRET} after`],
    ['a part of a token', `…${SIGNATURE.slice(8, 30)}…`],
    ['base64, behind something else', Buffer.from(`me:${SECRET}`).toString('base64')],
    ['a URL', encodeURIComponent(`a ${SECRET}`)],
    ['a member', { deep: [{ deeper: SECRET }] }],
    ['a key of a Map', new Map([[TOKEN, 1]])],
    ['a message', new Error(`no ${SECRET}`)],
    ['a cause', new Error('outer', { cause: new TypeError('inner', { cause: SECRET }) })],
    ['a property of an error', Object.assign(new Error('x'), { headers: { a: SECRET } })],
    ['a hidden property', Object.defineProperty({}, 'hidden', { value: SECRET })],
  ])('S1.7: finds a secret in %s', (_what, value) => {
    const watch = watchOf()
    watch.leaves('here', value)
    expect(watch.leaks.length).toBeGreaterThan(0)
    expect(watch.registry.counts.found).toBe(watch.leaks.length)
  })

  it('S1.7: finds nothing in a header of a token, or in other texts', () => {
    const watch = watchOf()
    for (const text of [TOKEN.split('.')[0], 'battery and staple', 'correct', {}, 5, null]) {
      watch.leaves('here', text)
    }
    expect(placesOf(watch)).toEqual([])
  })

  it('S1.7: a call may have its secret in the field and the member for it, and nowhere else', () => {
    const watch = watchOf()
    const url = 'https://sso.example.com/introspect'
    const body = new URLSearchParams({ token: TOKEN, client_secret: SECRET }).toString()
    watch.outbound({ url, headers: { authorization: `Basic ${SECRET}` }, body })
    expect(placesOf(watch)).toEqual([])
    watch.outbound({
      url: `${url}?token=${TOKEN}`,
      headers: { 'user-agent': SECRET },
      body: `a=${SECRET}`,
    })
    expect(placesOf(watch)).toEqual([
      'the URL of a call',
      'the field user-agent of a call',
      'the body of a call',
    ])
  })

  it('S1.7: registers the secrets in options, and inspects what is made of them', () => {
    const watch = new SecretWatch()
    const make = wrapWith(watch)('maker', 'make', (options: unknown) => ({ options })) as (
      options: unknown,
    ) => unknown
    make({ introspection: { clientId: 'me', clientSecret: 'another-secret-of-mine' } })
    expect(placesOf(watch)).toEqual(['inspect of what make makes'])
  })
})
