import { createGivenKeySet } from '../../src/authorization-server/key-set.ts'
import { SIGNATURE_ALGORITHMS } from '../../src/jws/algorithms.ts'
import { parseCompactJws } from '../../src/jws/compact-jws.ts'
import { checkSignature, signedBytes, waysToVerify } from '../../src/jws/signature.ts'
import { createJwtVerifier } from '../../src/verification/jwt-verifier.ts'

export type Jwk = Readonly<Record<string, unknown>>

/** Where a token is refused; `accepted` if bytes and key became a verified payload. */
export type Stage = 'header' | 'payload encoding' | 'key' | 'signature' | 'accepted'

/** The JSON object `{}`, in place of a payload that is no JSON. */
const EMPTY_CLAIMS = 'e30'

const ISSUER = 'https://issuer.example'

/**
 * Sends a JWS and a key through the steps of a verification, apart from the claims: the payloads of most
 * vectors are no claims, and no JSON. The signature is over the presented bytes.
 */
export async function stageOf(jws: unknown, jwk: Jwk): Promise<Stage> {
  if (typeof jws !== 'string') return 'header'
  const [header, payload = '', ...rest] = jws.split('.')
  let parsed: ReturnType<typeof parseCompactJws>
  try {
    parsed = parseCompactJws([header, EMPTY_CLAIMS, ...rest].join('.'))
  } catch {
    return 'header'
  }
  // An empty payload is canonical. It is refused because it has no claims.
  if (Buffer.from(payload, 'base64url').toString('base64url') !== payload) {
    return 'payload encoding'
  }
  const keys = createGivenKeySet([jwk], SIGNATURE_ALGORITHMS, ISSUER)
  const key = await keys.find(parsed.algorithm, parsed.keyId).catch(() => undefined)
  if (key === undefined) return 'key'
  try {
    await checkSignature({ compact: jws, signature: parsed.signature }, key)
    return 'accepted'
  } catch {
    return 'signature'
  }
}

/** Whether the public verifier accepts a JWS. No vector is an access token, so it must not. */
export async function isAccessToken(jws: unknown, jwk: Jwk): Promise<boolean> {
  try {
    const keys = { keys: [jwk] } as never
    const options = { issuer: ISSUER, audience: 'https://mcp.example.com/mcp', keys }
    await createJwtVerifier({ ...options, algorithms: SIGNATURE_ALGORITHMS }).verify(String(jws))
    return true
  } catch {
    return false
  }
}

/** What both ways to verify a signature say about bytes. `signed` need not look like a JWS. */
export async function signatureStage(
  signed: Buffer,
  signature: Buffer,
  jwk: Jwk,
  algorithm: string,
): Promise<Stage | 'the ways disagree'> {
  const keys = createGivenKeySet([jwk], SIGNATURE_ALGORITHMS, ISSUER)
  const key = await keys.find(algorithm, undefined).catch(() => undefined)
  if (key === undefined) return 'key'
  const { here, elsewhere } = waysToVerify(key)
  const bytes = signedBytes(`${signed.toString('latin1')}.`)
  const holds = await elsewhere(bytes, signature)
  if (here?.(bytes, signature) !== holds) return 'the ways disagree'
  return holds ? 'accepted' : 'signature'
}
