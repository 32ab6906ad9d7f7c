/**
 * Tokens, good and forged, and a resource server that knows its keys and never uses the network.
 *
 * Time stands still: `clock` always says `NOW`, which lies so far ahead that a verdict by the real
 * clock would be another one.
 */
import { constants, sign } from 'node:crypto'
import type { Decision } from '../../src/gate/decision.ts'
import type { ResourceRequest } from '../../src/http/resource-request.ts'
import type { AuthorizationServerOptions } from '../../src/resource-server/authorization-server-options.ts'
import type { ResourceServerOptions } from '../../src/resource-server/options.ts'
import {
  createResourceServer,
  type ResourceServer,
} from '../../src/resource-server/resource-server.ts'
import { createTestIssuer } from '../../src/testing/create-test-issuer.ts'
import { createTestKey } from '../../src/testing/create-test-key.ts'
import type { TestKey } from '../../src/testing/test-key.ts'
import type { VerifiedToken } from '../../src/token/verified-token.ts'
import { type ChallengeCode, challengesOf } from './challenges.ts'

/** Seconds since the epoch; the year 2096. */
export const NOW = 4_000_000_000
export const clock = (): number => NOW * 1000

export const ISSUER = 'https://sso.example.com/realms/acme'
export const RESOURCE = 'https://mcp.example.com/mcp'
export const METADATA_URL = 'https://mcp.example.com/.well-known/oauth-protected-resource/mcp'
export const CORRELATION_ID = 'correlation-1'

/** The issuer's keys. `rsaKey` signs unless a test says something else. */
export const rsaKey = createTestKey({ algorithm: 'RS256', keyId: 'rsa-1' })
export const ecKey = createTestKey({ keyId: 'ec-1' })
/** Somebody else's key, which has the same `kid` as the issuer's. */
export const attackerKey = createTestKey({ algorithm: 'RS256', keyId: 'rsa-1' })

/** The issuer: it is not asked, because the resource servers get its keys as an option. */
export const issuer = createTestIssuer({
  issuer: ISSUER,
  resource: RESOURCE,
  keys: [rsaKey, ecKey],
  clock,
})

export type Claims = Readonly<Record<string, unknown>>

/** Every claim that the strict profile demands. */
export const CLAIMS: Claims = {
  iss: ISSUER,
  sub: 'alice',
  aud: RESOURCE,
  client_id: 'inspector',
  scope: 'mcp:tools',
  jti: 'token-1',
  iat: NOW - 60,
  exp: NOW + 300,
}

/** The verified token of {@link CLAIMS}. */
export const VERIFIED: VerifiedToken = {
  issuer: ISSUER,
  subject: 'alice',
  clientId: 'inspector',
  audience: [RESOURCE],
  scopes: ['mcp:tools'],
  expiresAt: NOW + 300,
  issuedAt: NOW - 60,
  tokenId: 'token-1',
  confirmation: undefined,
  format: 'jwt',
  verifiedBy: 'signature',
  claims: CLAIMS,
}

/** What Keycloak puts into an access token by default. */
export const KEYCLOAK_CLAIMS: Claims = {
  ...CLAIMS,
  client_id: undefined,
  azp: 'inspector',
  typ: 'Bearer',
}

export interface TokenParts {
  /** Over {@link CLAIMS}; `undefined` leaves a claim out. */
  readonly claims?: Claims
  /** Over `{ alg, kid, typ: 'at+jwt' }`; `undefined` leaves a member out. */
  readonly header?: Readonly<Record<string, unknown>>
  readonly key?: TestKey
}

/** A token that is good in every way that the parts do not spoil. */
export function signToken({ claims, header, key = rsaKey }: TokenParts = {}): Promise<string> {
  return key.sign({ ...CLAIMS, ...claims }, { typ: 'at+jwt', ...header })
}

/** The same in the dress of Keycloak. */
export function signKeycloakToken({ claims, header, key }: TokenParts = {}): Promise<string> {
  return signToken({
    claims: { ...KEYCLOAK_CLAIMS, ...claims },
    header: { typ: 'JWT', ...header },
    ...(key === undefined ? {} : { key }),
  })
}

export const base64url = (input: string | Uint8Array): string =>
  Buffer.from(input).toString('base64url')

export interface ForgedParts {
  /** Bytes or text as they are to stand in the token; an object is a header with these members. */
  readonly header?: string | Uint8Array | Readonly<Record<string, unknown>>
  readonly payload?: string | Uint8Array | Readonly<Record<string, unknown>>
  /** What stands between the dots in place of the encoded header or payload. */
  readonly encodedHeader?: string
  readonly encodedPayload?: string
  /** In place of a true signature. */
  readonly signature?: string | Uint8Array
  readonly key?: TestKey
}

/**
 * A token of any bytes, truly signed over them by the issuer's key unless `signature` is given: so
 * whatever refuses it does so for its form.
 */
export async function forge(parts: ForgedParts = {}): Promise<string> {
  const { key = rsaKey, signature } = parts
  const header = raw(parts.header ?? {}, { alg: key.algorithm, kid: key.keyId, typ: 'at+jwt' })
  const payload = raw(parts.payload ?? {}, CLAIMS)
  const input = [
    parts.encodedHeader ?? base64url(header),
    parts.encodedPayload ?? base64url(payload),
  ].join('.')
  if (typeof signature === 'string') return `${input}.${signature}`
  return `${input}.${base64url(signature ?? signBytes(input, key))}`
}

function raw(
  part: string | Uint8Array | Readonly<Record<string, unknown>>,
  defaults: Readonly<Record<string, unknown>>,
): string | Uint8Array {
  if (typeof part === 'string' || part instanceof Uint8Array) return part
  return JSON.stringify({ ...defaults, ...part })
}

/** Signs any bytes. jose refuses some headers. */
export function signBytes(input: string, by: RawKey): Uint8Array {
  const { algorithm, privateKey: key } = by
  const isEd = algorithm.startsWith('Ed')
  return sign(isEd ? null : `sha${algorithm.slice(2)}`, Buffer.from(input), {
    key,
    dsaEncoding: 'ieee-p1363',
    ...(algorithm.startsWith('PS') ? { padding: constants.RSA_PKCS1_PSS_PADDING } : {}),
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  })
}

type RawKey = Pick<TestKey, 'algorithm' | 'privateKey'>

/** A `fetch` for servers that must not need the network. */
export const noNetwork: typeof fetch = async () => {
  throw new Error('this layer of tests has no network')
}

export type Overrides = Partial<Omit<ResourceServerOptions, 'authorizationServer'>> & {
  /** Over the one issuer with its given keys. */
  readonly server?: Partial<AuthorizationServerOptions>
  readonly authorizationServer?: ResourceServerOptions['authorizationServer']
}

/** One issuer whose keys are given, one required scope, time and ids held. */
export function testResourceServer({ server, ...options }: Overrides = {}): ResourceServer {
  return createResourceServer({
    resource: RESOURCE,
    authorizationServer: {
      issuer: ISSUER,
      keys: { keys: [rsaKey.publicKey, ecKey.publicKey] },
      ...server,
    },
    requiredScopes: ['mcp:tools'],
    clock,
    correlationId: () => CORRELATION_ID,
    http: { fetch: noNetwork },
    ...options,
  })
}

/** A server whose one issuer has only these keys. */
export const serverWithKeys = (...keys: object[]): ResourceServer =>
  testResourceServer({ server: { keys: { keys: keys as Record<string, unknown>[] } } })

/** The credentials of a server that introspects. */
export const INTROSPECTION = {
  clientId: 'mcp',
  clientSecret: 's3cr3t',
  endpoint: 'https://sso.example.com/introspect',
}

/** A `fetch` that answers every introspection: active, with these claims. */
export const answering = (claims: Claims): { readonly fetch: typeof fetch } => ({
  fetch: async () => Response.json({ active: true, ...claims }),
})

/** A request that shows a token, or any other value of `Authorization`. */
export function request(
  authorization?: string | readonly string[],
  more: Partial<ResourceRequest> = {},
): ResourceRequest {
  return { method: 'POST', url: '/mcp', headers: { authorization }, ...more }
}

export const bearer = (token: string): ResourceRequest => request(`Bearer ${token}`)

const challenged = (error?: ChallengeCode): string =>
  challengesOf({ error, scope: 'mcp:tools', metadataUrl: METADATA_URL })

/** The challenges of {@link testResourceServer} to callers that use Bearer, by their RFC 6750 code. */
export const CHALLENGES = {
  none: challenged(),
  invalid_request: challenged('invalid_request'),
  invalid_token: challenged('invalid_token'),
  insufficient_scope: challenged('insufficient_scope'),
} as const

/** What of a decision the tests of refusals compare. */
export interface Answer {
  readonly status: number
  readonly challenge: string | undefined
  readonly reason: string | undefined
}

export function answerOf(decision: Decision): Answer {
  if (decision.outcome === 'allowed')
    return { status: 200, challenge: undefined, reason: undefined }
  const { status, headers, reason } = decision
  return { status, challenge: headers['WWW-Authenticate'], reason }
}

/** The answer to a token that was refused: 401 `invalid_token`. */
export function invalidToken(reason: string): Answer {
  return { status: 401, challenge: CHALLENGES.invalid_token, reason }
}

/** What `authenticate` answers to a token. */
export async function judge(token: string, server = testResourceServer()): Promise<Answer> {
  return answerOf(await server.authenticate(bearer(token)))
}

export const ALLOWED: Answer = { status: 200, challenge: undefined, reason: undefined }
