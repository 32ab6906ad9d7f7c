import { describe, expect, it } from 'vitest'
import { createGivenKeySet } from '../../../src/authorization-server/key-set.ts'
import { ChallengeError } from '../../../src/errors/challenge-error.ts'
import { PresentedToken } from '../../../src/token/presented-token.ts'
import { settleProfile } from '../../../src/token/settled-profile.ts'
import {
  JwtVerification,
  type JwtVerificationOptions,
} from '../../../src/verification/jwt-verification.ts'
import {
  attackerKey,
  clock,
  ecKey,
  forge,
  ISSUER,
  RESOURCE,
  rsaKey,
  signToken,
} from '../../support/tokens.ts'

type Keys = JwtVerificationOptions['keys']

const rules = {
  issuer: ISSUER,
  audiences: new Set([RESOURCE]),
  exclusiveAudience: false,
  clockTolerance: 5,
  maxTokenLifetime: undefined,
  profile: settleProfile(),
}
const given = createGivenKeySet(
  [rsaKey.publicKey, ecKey.publicKey] as never,
  ['RS256', 'ES256'],
  ISSUER,
)
await given.ready()

/** Keys that must be fetched; it counts how often. */
function remote() {
  const fetches: unknown[] = []
  const keys = {
    known: () => undefined,
    find(algorithm: string, keyId: string | undefined) {
      fetches.push(keyId)
      return given.find(algorithm, keyId)
    },
  } as unknown as Keys
  return { fetches, keys }
}

const withKeys = (keys: Keys, algorithms: readonly string[] = ['RS256', 'ES256']) =>
  new JwtVerification({ keys, rules, algorithms, clock })

const good = await signToken()
const wrongIssuer = await signToken({ claims: { iss: `${ISSUER}/` } })
const expired = await signToken({ claims: { exp: 1 } })
const keyless = await signToken({ header: { kid: 'x' } })
const forged = await signToken({ key: attackerKey })
const strange = await forge({ header: { alg: 'HS256' }, signature: 'c2ln' })

describe('who has signed a token that was refused', () => {
  it.each<[string, string, boolean]>([
    ['a good one', good, true],
    ['an expired one', expired, true],
    ['one with another issuer', wrongIssuer, true],
    ['a forged one', forged, false],
    ['one with another algorithm', strange, false],
    ['one with an unknown key', keyless, false],
    ['an opaque one', 'opaque', false],
    ['a malformed one', 'a.b.c', false],
  ])('S1.13: with keys that are known: %s', async (_what, token, signed) => {
    expect(await withKeys(given).isSigned(new PresentedToken(token))).toBe(signed)
  })

  it.each<[string, string, boolean, number]>([
    ['its issuer', good, true, 1],
    ['another issuer', wrongIssuer, false, 0],
    ['its issuer, forged', forged, false, 1],
    ['another algorithm', strange, false, 0],
  ])('S1.13: with keys that must be fetched, naming %s', async (...row) => {
    const [, token, signed, times] = row
    const { fetches, keys } = remote()
    expect(await withKeys(keys).isSigned(new PresentedToken(token))).toBe(signed)
    expect(fetches).toHaveLength(times)
  })
})

describe('the algorithm of a token', () => {
  const unknown: Keys = {
    find: () => Promise.reject(new ChallengeError('key_unknown', 'unknown')),
  } as never

  it.each<[readonly string[], string, string]>([
    [['EdDSA'], 'EdDSA', 'key_unknown'],
    [['EdDSA'], 'Ed25519', 'key_unknown'],
    [['Ed25519'], 'EdDSA', 'key_unknown'],
    [['Ed25519'], 'Ed25519', 'key_unknown'],
    [['RS256', 'EdDSA'], 'RS256', 'key_unknown'],
    [['RS256'], 'EdDSA', 'algorithm_refused'],
    [['RS256'], 'Ed25519', 'algorithm_refused'],
    [['EdDSA'], 'RS256', 'algorithm_refused'],
  ])('RFC8725-1: with %j accepted, %s: %s', async (algorithms, alg, reason) => {
    const token = await forge({ header: { alg }, signature: 'c2ln' })
    const verify = async () => withKeys(unknown, algorithms).verify(new PresentedToken(token), {})
    await expect(verify()).rejects.toMatchObject({ reason })
  })

  it.each([
    ['PS256', '"alg" is "PS256"; not among the configured algorithms'],
    ['HS256', '"alg" is "HS256"; not an asymmetric signature algorithm'],
  ])('RFC8725-1: %s is refused with its own detail', async (alg, message) => {
    const token = await forge({ header: { alg }, signature: 'c2ln' })
    const verify = async () => withKeys(given).verify(new PresentedToken(token), {})
    await expect(verify()).rejects.toMatchObject({ message })
  })

  it('an opaque token is no JWT', async () => {
    const verify = async () => withKeys(given).verify(new PresentedToken('opaque'), {})
    await expect(verify()).rejects.toMatchObject({ reason: 'token_opaque' })
  })
})

it('is ready when its keys are', async () => {
  let asked = 0
  const keys = {
    async ready() {
      asked += 1
    },
  } as unknown as Keys
  await withKeys(keys).ready()
  expect(asked).toBe(1)
})
