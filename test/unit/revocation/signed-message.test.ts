import { describe, expect, it } from 'vitest'
import { UnknownKeyError } from '../../../src/authorization-server/key-set.ts'
import type { TokenIssuer } from '../../../src/authorization-server/token-issuer.ts'
import { ChallengeError } from '../../../src/errors/challenge-error.ts'
import { UnavailableError } from '../../../src/errors/unavailable-error.ts'
import {
  answeredError,
  checkMessageAudience,
  checkMessageSignature,
  parseMessage,
  RefusedMessage,
  readMessageId,
  readSignedMessage,
} from '../../../src/revocation/signed-message.ts'
import { base64url, ISSUER } from '../../support/tokens.ts'

const HEADER = base64url('{"alg":"RS256","kid":"one"}')
const messageOf = (claims: object) => `${HEADER}.${base64url(JSON.stringify(claims))}.AAAA`

/** The error of a call. */
async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    await call()
  } catch (error) {
    return error
  }
  throw new Error('there was no error')
}

describe('a signed message', () => {
  it('S1.13: may have 65536 characters', async () => {
    const filled = (length: number) => {
      const start = messageOf({ iss: ISSUER })
      return start + 'A'.repeat(length - start.length)
    }
    expect(parseMessage(filled(65_536)).claims).toEqual({ iss: ISSUER })
    expect(await errorOf(() => parseMessage(filled(65_537)))).toMatchObject({
      ...{ name: 'RefusedMessage', fault: 'request', later: undefined },
      message: 'it has more than 65536 characters',
    })
  })

  it('S1.13: that is no JWS is refused with the reason of the parser', async () => {
    const error = await errorOf(() => parseMessage('x'))
    expect(error).toBeInstanceOf(RefusedMessage)
    expect(error).toMatchObject({ fault: 'request', message: expect.stringMatching(/.{10}/) })
  })

  it('BCL-1: belongs to the issuer that it names', async () => {
    const sources = ['https://other.example.com', ISSUER].map((issuer) => ({
      server: { issuer } as TokenIssuer,
    }))
    const { jws, source } = readSignedMessage(messageOf({ iss: ISSUER, jti: 'a' }), sources)
    expect(source).toBe(sources[1])
    expect(jws.claims).toEqual({ iss: ISSUER, jti: 'a' })
    expect(await errorOf(() => readSignedMessage(messageOf({ iss: 'x' }), sources))).toMatchObject({
      ...{ name: 'RefusedMessage', fault: 'issuer' },
      message: '"iss" is "x", which is not a configured issuer',
    })
  })

  it('BCL-1: has an accepted audience', async () => {
    expect(() => checkMessageAudience(['x', 'b'], ['a', 'b'])).not.toThrow()
    expect(await errorOf(() => checkMessageAudience('x', ['a', 'b']))).toMatchObject({
      ...{ name: 'RefusedMessage', fault: 'audience' },
      message: expect.stringMatching(/^"aud" is "x"/),
    })
  })

  it.each(['a', 'a'.repeat(1024)])('BCL-1: has an id of at most 1024 characters, case %#', (id) => {
    expect(readMessageId(id, 'jti')).toBe(id)
  })

  it.each([undefined, null, '', 7, ['a'], 'a'.repeat(1025)])(
    'BCL-1: has no other id, case %#',
    async (id) => {
      expect(await errorOf(() => readMessageId(id, 'jti'))).toMatchObject({
        ...{ name: 'RefusedMessage', fault: 'request' },
        message: expect.stringMatching(/^"jti" is .*; expected a text of 1 to 1024 characters$/),
      })
    },
  )
})

describe('the signature of a message', () => {
  const jws = parseMessage(messageOf({ iss: ISSUER }))

  /** Checks the signature with keys that are found, or not. */
  const checked = (find: () => Promise<never>, algorithms = ['RS256']) =>
    errorOf(() =>
      checkMessageSignature(jws, { algorithms, keys: { find } } as unknown as TokenIssuer),
    )
  const failing = (error: Error) => () => Promise.reject(error)

  it('BCL-1: has an accepted algorithm, before a key is looked for', async () => {
    const error = await checked(failing(new Error('a key was looked for')), ['ES256'])
    expect(error).toMatchObject({
      ...{ name: 'RefusedMessage', fault: 'key', later: undefined },
      message: '"alg" is "RS256", which is not accepted',
    })
  })

  it('BCL-3: is refused without a key, unless the keys can be fetched again later', async () => {
    const unknown = new UnknownKeyError('RS256', 'one')
    expect(await checked(failing(unknown))).toMatchObject({
      ...{ name: 'RefusedMessage', fault: 'key', message: unknown.message, later: undefined },
    })
    const later = await checked(failing(new UnknownKeyError('RS256', 'one', 7)))
    expect(later).toMatchObject({
      ...{ name: 'RefusedMessage', fault: 'key', message: unknown.message },
      later: {
        ...{ name: 'UnavailableError', reason: 'key_set_unavailable', retryAfter: 7 },
        message: `${unknown.message}. The key set was fetched a moment ago, and is not fetched again yet`,
      },
    })
    const other = await checked(failing(new ChallengeError('signature_invalid', 'wrong')))
    expect(other).toMatchObject({ fault: 'key', message: 'wrong', later: undefined })
  })

  it('BCL-3: cannot be checked if the keys cannot be fetched', async () => {
    const away = new UnavailableError('key_set_unavailable', 'away')
    expect(await checked(failing(away))).toBe(away)
  })
})

describe('the error that a sender gets', () => {
  it('BCL-3: is the one that says to send the message again, if there is one', () => {
    const later = new UnavailableError('key_set_unavailable', 'later')
    const refused = new RefusedMessage('key', 'wrong')
    const other = new Error('other')
    expect(answeredError(new RefusedMessage('key', 'wrong', later))).toBe(later)
    expect(answeredError(refused)).toBe(refused)
    expect(answeredError(other)).toBe(other)
  })
})
