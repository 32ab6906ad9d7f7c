import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { athOf, dpopRequest, makeDpopKey, signProof } from '../../support/dpop.ts'
import type { Edit } from '../../support/mutators/edit.ts'
import { mutateDocument, mutateToken } from '../../support/mutators/mutate-token.ts'
import {
  base64url,
  NOW,
  RESOURCE,
  signBytes,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'
import { edits } from '../support/arbitraries.ts'
import { check, checkDecision, watchEvents } from '../support/properties.ts'
import { isStrictJson, parsed } from '../support/strict-json.ts'
import type { Target } from '../support/target.ts'

/**
 * Mutants of DPoP proofs (RFC 9449 §4.3), as they are or signed anew by the client's key. A proof is accepted
 * once, and only if it is right by rules that are written here a second time.
 */
export const dpopProofs: Target<Input> = {
  name: 'dpop-proofs',
  executions: 5000,
  inputs: fc.record({ signed: fc.boolean(), header: edits(2, 0), payload: edits(3) }),
  async start() {
    const key = await makeDpopKey()
    const other = await makeDpopKey()
    const token = await signToken({ claims: { cnf: { jkt: key.thumbprint } } })
    const second = await signToken({ claims: { cnf: { jkt: other.thumbprint }, jti: 'token-2' } })
    const good = await signProof(key, { token })
    const donors = [good, await signProof(other, { token: second }), token]
    const server = testResourceServer({ dpop: 'accepted', cache: {} })
    const checkEvents = watchEvents()
    let count = 0
    return async ({ signed, header: headerEdits, payload: payloadEdits }) => {
      count += 1
      const about = { alg: 'ES256', typ: 'dpop+jwt', jwk: key.publicKey }
      const header = mutateDocument(about, headerEdits, {
        alg: 'none',
        typ: 'JWT',
        jwk: other.publicKey,
        jku: 'https://evil.example',
        kid: 'rsa-1',
        crit: ['htm'],
      })
      const claims = {
        jti: `proof-${count}`,
        htm: 'POST',
        htu: RESOURCE,
        iat: NOW,
        ath: athOf(token),
      }
      const payload = mutateDocument(claims, payloadEdits, {
        htm: 'GET',
        htu: 'https://other.example.com/mcp',
        iat: NOW - 3600,
        ath: athOf(second),
        nonce: 'x',
      })
      const input = `${base64url(header)}.${base64url(payload)}`
      const { privateKey } = key
      const signature = signBytes(input, { algorithm: 'ES256', privateKey })
      const proof = signed
        ? `${input}.${base64url(signature)}`
        : mutateToken(good, [...headerEdits, ...payloadEdits], donors)
      const secrets = [token, proof]
      for (const fresh of [true, false]) {
        const decision = await server.authenticate(dpopRequest(token, proof))
        checkDecision(decision, secrets)
        const { outcome } = decision
        check(outcome === 'allowed' || outcome === 'challenged', 'outcome', decision)
        if (outcome === 'challenged') check([400, 401].includes(decision.status), 'status')
        else if (signed) checkRight(header, payload, fresh, key.thumbprint, athOf(token))
        else check(proof === good && fresh, 'a mutant is accepted', proof)
      }
      checkEvents(secrets)
    }
  },
}

interface Input {
  readonly signed: boolean
  readonly header: readonly Edit[]
  readonly payload: readonly Edit[]
}

function checkRight(
  header: string,
  payload: string,
  fresh: boolean,
  thumbprint: string,
  ath: string,
): void {
  check(fresh, 'a proof is accepted twice', payload)
  check(isStrictJson(header) && isStrictJson(payload), 'accepted: a member twice', payload)
  const { alg, typ, jwk, crit } = parsed(header) as Record<string, unknown>
  const claims = parsed(payload) as Record<string, unknown>
  // Upper and lower case are the same in a media type (RFC 7515 §4.1.9).
  const isProof = typeof typ === 'string' && typ.toLowerCase() === 'dpop+jwt'
  check(alg === 'ES256' && isProof && crit === undefined, 'accepted: header', header)
  const { crv, kty, x, y, d } = jwk as Record<string, unknown>
  check(d === undefined, 'accepted: a private key')
  // RFC 7638 §3.
  const digest = createHash('sha256').update(JSON.stringify({ crv, kty, x, y }))
  check(digest.digest('base64url') === thumbprint, 'accepted: another key', jwk)
  check(claims.htm === 'POST' && claims.ath === ath, 'accepted: claims', claims)
  const { origin, pathname } = new URL(String(claims.htu))
  check(`${origin}${pathname}` === RESOURCE, 'accepted: htu', claims.htu)
  check(Math.abs(Number(claims.iat) - NOW) <= 300 && typeof claims.iat === 'number', 'iat', claims)
  check(typeof claims.jti === 'string' && claims.jti !== '', 'accepted: jti', claims.jti)
}
