import { describe, expect, it } from 'vitest'
import { createHybridVerifier } from '../../../src/verification/hybrid-verifier.ts'
import { createIntrospectionVerifier } from '../../../src/verification/introspection-verifier.ts'
import { createJwtVerifier } from '../../../src/verification/jwt-verifier.ts'
import type { TokenVerifier } from '../../../src/verification/token-verifier.ts'
import {
  answering,
  base64url,
  CLAIMS,
  clock,
  INTROSPECTION,
  ISSUER,
  RESOURCE,
  rsaKey,
  signToken,
} from '../../support/tokens.ts'

const common = { issuer: ISSUER, audience: RESOURCE, clock, keys: { keys: [rsaKey.publicKey] } }
const { keys: _, ...withoutKeys } = common

const http = (claims: object) => answering({ ...CLAIMS, ...claims })

const VERIFIERS: Readonly<Record<string, (claims: object) => TokenVerifier>> = {
  createJwtVerifier: () => createJwtVerifier(common),
  createHybridVerifier: (claims) =>
    createHybridVerifier({ ...common, introspection: INTROSPECTION, http: http(claims) }),
  createIntrospectionVerifier: (claims) =>
    createIntrospectionVerifier({
      ...withoutKeys,
      introspection: INTROSPECTION,
      http: http(claims),
    }),
}

const QUOTED = ['iss', 'aud', 'typ', 'token_type', 'cnf', 'sub', 'jti', 'client_id']

async function messageOf(verifier: TokenVerifier, token: string): Promise<string | undefined> {
  return verifier.verify(token).then(
    () => undefined,
    (error: Error) => `${error.message}\n${error.stack}\n${String(error.cause)}`,
  )
}

function piecesIn(message: string, token: string): string[] {
  const all = Array.from({ length: token.length - 11 }, (_, at) => token.slice(at, at + 12))
  return all.filter((piece) => message.includes(piece))
}

describe.each(Object.entries(VERIFIERS))('%s, used by itself', (_where, make) => {
  const encodedHeader = base64url(JSON.stringify({ kid: 'rsa-1', typ: 'at+jwt', alg: 'RS256' }))

  it('S1.7: quotes no claim that holds a piece of the token', async () => {
    let refusals = 0
    for (const name of QUOTED) {
      const value = name === 'cnf' ? { [encodedHeader]: 'a' } : encodedHeader
      const token = await signToken({ claims: { [name]: value } })
      expect(token.startsWith(encodedHeader)).toBe(true)
      const message = await messageOf(make({ [name]: value }), token)
      if (message === undefined) continue
      refusals += 1
      expect(piecesIn(message, token)).toEqual([])
    }
    expect(refusals).toBeGreaterThan(2)
  })

  it.each([undefined, null, 5, ''])('RFC7662-6: %j is no token', async (token) => {
    await expect(make({}).verify(token as never)).rejects.toMatchObject({
      reason: 'token_malformed',
    })
  })
})

describe('createIntrospectionVerifier, used by itself', () => {
  it('S1.7: an answer that repeats an opaque token is not quoted', async () => {
    const token = 'an-opaque-token-that-is-a-secret-of-its-bearer'
    for (const name of QUOTED) {
      const value = name === 'cnf' ? { [token]: token } : token
      const verifier = VERIFIERS.createIntrospectionVerifier?.({ [name]: value })
      const message = verifier && (await messageOf(verifier, token))
      if (message !== undefined) expect(piecesIn(message, token)).toEqual([])
    }
  })
})
