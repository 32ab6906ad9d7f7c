/** Requests that show secrets to a server: tokens and proofs, good ones and bad ones. */
import { createDpopKey, type TestDpopKey, type TestIssuer } from '../../dist/testing/index.js'
import type { Mode } from './modes.ts'

/** A request that shows secrets. */
export interface Shown {
  readonly headers: Readonly<Record<string, string>>
  readonly method?: 'GET'
}

/** @param rounds how many requests of each kind are made */
export async function requestsFor(
  issuer: TestIssuer,
  { verification, cachedVerifier }: Mode,
  rounds: number,
  context: {
    readonly resource: string
    readonly nonce: string | undefined
    readonly session: string
  },
): Promise<Shown[]> {
  const shown: Shown[] = []
  const dpop = await createDpopKey()
  const bearer = (token: string, more = {}): Shown => ({
    headers: { authorization: `Bearer ${token}`, ...more },
  })
  for (let at = 0; at < rounds; at += 1) {
    const claims = { nonce: crypto.randomUUID() }
    const [token, forged] = [await issuer.token({ claims }), await issuer.forgedToken({ claims })]
    shown.push(
      bearer(token),
      bearer(token, { 'mcp-session-id': 'unknown' }),
      bearer(await issuer.token({ claims }), { 'x-open': '1' }),
      bearer(await issuer.token({ claims }), { 'mcp-session-id': context.session }),
      { ...bearer(await issuer.token({ claims })), method: 'GET' },
      bearer(await issuer.token({ claims, expiresIn: -600 })),
      bearer(await issuer.token({ claims, audience: 'https://other.example.com' })),
      bearer(await issuer.token({ claims, header: { kid: `unknown-${at}` } })),
      bearer(forged),
      bearer(`${forged}.${forged.slice(-40)}`),
      bearer(forged.slice(0, -3)),
      { headers: { authorization: `Basic ${forged.split('.')[2]}` } },
      ...(await proofsFor(issuer, dpop, context)),
    )
    if (verification === 'introspection') {
      shown.push(bearer(crypto.randomUUID().repeat(2)))
      if (cachedVerifier !== true) shown.push(bearer(issuer.opaqueToken()))
    }
  }
  return shown
}

/** A bound token with a good proof, the same proof again, and proofs that are wrong. */
async function proofsFor(
  issuer: TestIssuer,
  dpop: TestDpopKey,
  { resource: url, nonce }: { readonly resource: string; readonly nonce: string | undefined },
): Promise<Shown[]> {
  const claims = { nonce: crypto.randomUUID() }
  const token = await issuer.token({ claims, dpop: { thumbprint: dpop.thumbprint } })
  const given = { token, url, ...(nonce === undefined ? {} : { nonce }) }
  const { authorization, dpop: good } = await dpop.headers(given)
  const old = { ...given, claims: { iat: 1_000_000_000 } }
  const proofs = [
    good,
    good,
    good.slice(0, -3),
    await dpop.proof({ ...given, url: 'https://other.example.com/mcp' }),
    await dpop.proof({ ...given, nonce: crypto.randomUUID() }),
    await dpop.proof(old),
    await dpop.proof({ ...given, header: { typ: 'jwt' } }),
  ]
  return proofs.map((proof) => ({ headers: { authorization, dpop: proof } }))
}

/**
 * What must not be found: payloads and signatures of JWTs, and opaque tokens. Headers are the same for all.
 */
export function secretsIn(headers: Readonly<Record<string, string>>): string[] {
  return [headers.authorization, headers.dpop].flatMap((value = '') =>
    secretParts(value.replace(/^\w+ /, '')),
  )
}

/** The secret parts of a token or proof. */
export function secretParts(text: string): string[] {
  const parts = text.split('.')
  return (parts.length > 2 ? parts.slice(1) : [text]).filter(({ length }) => length >= 24)
}
