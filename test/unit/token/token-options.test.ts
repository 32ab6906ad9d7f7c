import { expect, it } from 'vitest'
import { z } from 'zod'
import { tokenShape } from '../../../src/token/options.ts'
import { profileSchema } from '../../../src/token/profile-schema.ts'

const shape = z.object(tokenShape)

it('S1.2: the options for tokens have defaults', () => {
  expect(shape.parse({})).toEqual({
    exclusiveAudience: false,
    clockTolerance: 5,
    maxTokenLength: 8192,
  })
})

it.each([
  [{ clockTolerance: -1 }, 'must be a number of seconds from 0 to 60'],
  [{ clockTolerance: 61 }, 'must be a number of seconds from 0 to 60'],
  [{ maxTokenLifetime: 0 }, 'must be a number of seconds from 1 to 31536000'],
  [{ maxTokenLength: 63 }, 'must be a whole number of characters from 64 to 65536'],
  [{ maxTokenLength: 65_537 }, 'must be a whole number of characters from 64 to 65536'],
  [{ exclusiveAudience: 1 }, 'must be true or false'],
])('S1.2: %j is refused: it %s', (given, message) => {
  expect(shape.safeParse(given).error?.issues).toMatchObject([{ message }])
})

it.each([
  [{ audienceSubstitutes: ['scope-prefix', 'client-id'] }],
  [{ confirmationNotes: { note: 'jkt', other: 'x5t#S256' } }],
  [{ scopePrefix: 'api://acme/', hints: {}, genericAudiences: [] }],
])('RFC9068-3: a profile may have %j, and is passed on itself', (members) => {
  const profile = { name: 'acme', ...members }
  expect(profileSchema.parse(profile)).toBe(profile)
})
