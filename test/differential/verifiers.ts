/** Three verifiers of access tokens with equal settings, and what each says about a token. */
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import * as oauth from 'oauth4webapi'
import type { ChallengeError } from '../../src/errors/challenge-error.ts'
import { createJwtVerifier } from '../../src/verification/jwt-verifier.ts'

export const ISSUER = 'https://sso.example.com/realms/acme'
export const RESOURCE = 'https://mcp.example.com/mcp'
export const ACCEPTED = [
  ...(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const),
  ...(['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'] as const),
]

/** Allowed clock difference in seconds: the same for all. */
const TOLERANCE = 5

/** What a verifier says: `undefined` if it accepts the token, otherwise its reason. */
export type Verdict = string | undefined

export type Verify = (token: string) => Promise<Verdict>

export interface Verifiers {
  readonly ours: Verify
  readonly jose: Verify
  readonly oauth4webapi: Verify
}

const verdictOf = async (work: () => Promise<unknown>): Promise<Verdict> => {
  try {
    await work()
    return undefined
  } catch (error) {
    const { reason, code, message } = error as ChallengeError & { code?: string }
    return `${reason ?? code ?? (error as Error).name}: ${message}`
  }
}

/** @throws what ours throws about the key set when the verifier is made */
export function createVerifiers(keys: unknown): Verifiers {
  const jwks = keys as JSONWebKeySet
  return { ours: ours(jwks), jose: jose(jwks), oauth4webapi: oauth4webapi(jwks) }
}

function ours(keys: JSONWebKeySet): Verify {
  let verifier: ReturnType<typeof createJwtVerifier>
  try {
    verifier = createJwtVerifier({
      issuer: ISSUER,
      audience: RESOURCE,
      algorithms: ACCEPTED,
      clockTolerance: TOLERANCE,
      keys,
    })
  } catch (error) {
    const verdict = `option: ${(error as Error).message}`
    return async () => verdict
  }
  return (token) => verdictOf(() => verifier.verify(token))
}

function jose(keys: JSONWebKeySet): Verify {
  let local: ReturnType<typeof createLocalJWKSet>
  try {
    local = createLocalJWKSet(keys)
  } catch (error) {
    const verdict = (error as Error).message
    return async () => verdict
  }
  const options = {
    issuer: ISSUER,
    audience: RESOURCE,
    typ: 'at+jwt',
    algorithms: ACCEPTED,
    clockTolerance: TOLERANCE,
    requiredClaims: ['exp', 'sub', 'iat', 'jti', 'client_id'],
  }
  return (token) => verdictOf(() => jwtVerify(token, local, options))
}

function oauth4webapi(jwks: JSONWebKeySet): Verify {
  const server: oauth.AuthorizationServer = { issuer: ISSUER, jwks_uri: `${ISSUER}/keys` }
  return (token) =>
    verdictOf(async () => {
      const headers = { authorization: `Bearer ${token}` }
      await oauth.validateJwtAccessToken(server, new Request(RESOURCE, { headers }), RESOURCE, {
        signingAlgorithms: ACCEPTED,
        [oauth.clockTolerance]: TOLERANCE,
        [oauth.jwksCache]: { jwks: jwks as oauth.JWKS, uat: Math.floor(Date.now() / 1000) },
        [oauth.customFetch]: async () => Response.json(jwks),
      })
    })
}
