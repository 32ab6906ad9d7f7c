import { describe, expect, it } from 'vitest'
import {
  createTestIssuer,
  type TestRequestOptions,
  testFetchRequest,
  testRequest,
} from '../../../src/testing/index.ts'

const wrong = (options: unknown) => options as TestRequestOptions

describe.each([
  { name: 'testRequest', make: testRequest },
  { name: 'testFetchRequest', make: testFetchRequest },
])('$name', ({ name, make }) => {
  it('names a forgotten await, in place of a refusal of the server', async () => {
    const token = createTestIssuer().token()
    await expect(make(wrong({ token }))).rejects.toThrow(
      new TypeError(
        `${name}: option \`token\` must be a token; was an \`await\` forgotten?; got an object`,
      ),
    )
    await token
  })

  it('does not take the token itself for the options, and does not print it', async () => {
    await expect(make(wrong('eyJhbGciOi'))).rejects.toThrow(
      new TypeError(`${name}: the argument must be an object, such as { token }`),
    )
  })

  it('names an option that does not exist', async () => {
    await expect(make(wrong({ tokn: 'eyJ' }))).rejects.toThrow(
      new TypeError(`${name}: there is no option \`tokn\`: did you mean \`token\`?`),
    )
  })
})
