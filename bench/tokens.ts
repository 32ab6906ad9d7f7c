import { createPublicKey, randomBytes, randomUUID } from 'node:crypto'
import type { JSONWebKeySet, JWK } from 'jose'
import { createTestKey } from '../src/testing/create-test-key.ts'

export const ISSUER = 'https://sso.example.com/realms/acme'
export const RESOURCE = 'https://mcp.example.com/mcp'
export const SCOPE = 'mcp:tools'

export type Algorithm = 'RS256' | 'PS256' | 'ES256' | 'EdDSA'

export interface Signer {
  readonly algorithm: Algorithm
  readonly jwk: JWK
  readonly jwks: JSONWebKeySet
  /** The public key. */
  readonly pem: string
  sign(changes?: Record<string, unknown>, headerType?: string): Promise<string>
}

export async function createSigner(algorithm: Algorithm): Promise<Signer> {
  const keyId = randomBytes(32).toString('base64url')
  const { publicKey: jwk, privateKey, sign } = createTestKey({ algorithm, keyId })
  return {
    algorithm,
    jwk,
    jwks: { keys: [jwk] },
    pem: createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString(),
    sign: (changes, typ = 'at+jwt') => sign({ ...keycloakClaims(), ...changes }, { typ }),
  }
}

export function signMany(signer: Signer, count: number): Promise<string[]> {
  return Promise.all(Array.from({ length: count }, () => signer.sign()))
}

/** Tokens that a verifier of issuer, audience, type and expiry refuses, each for one reason. */
export async function badTokens(signer: Signer): Promise<string[]> {
  const [header, payload, signature = ''] = (await signer.sign()).split('.')
  // One letter in the middle: the last one may hold bits that mean nothing.
  const flipped = signature.slice(0, 40) + (signature[40] === 'A' ? 'B' : 'A') + signature.slice(41)
  return [
    `${header}.${payload}.${flipped}`,
    await signer.sign({ exp: now() - 3600 }),
    await signer.sign({ iss: 'https://sso.example.com/realms/other' }),
    await signer.sign({ aud: ['https://other.example.com/mcp'] }),
    await signer.sign({}, 'JWT'),
  ]
}

/** What Keycloak 26 puts into an access token; about 1.2 KB once it is signed with RSA. */
export function keycloakClaims(): Record<string, unknown> {
  return {
    exp: now() + 36_000,
    iat: now(),
    jti: `onrtac:${randomUUID()}`,
    iss: ISSUER,
    aud: [RESOURCE, 'account'],
    sub: randomUUID(),
    typ: 'Bearer',
    azp: 'mcp-inspector',
    client_id: 'mcp-inspector',
    sid: randomUUID(),
    acr: '1',
    realm_access: { roles: ['default-roles-acme'] },
    resource_access: { account: { roles: ['manage-account', 'view-profile'] } },
    scope: `openid profile email ${SCOPE}`,
    email_verified: true,
    name: 'Ada Lovelace',
    preferred_username: 'ada',
    email: 'ada@example.com',
  }
}

function now(): number {
  return Math.floor(Date.now() / 1000)
}
