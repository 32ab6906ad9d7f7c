import type { Edit } from '../../support/mutators/edit.ts'
import { mutateDocument } from '../../support/mutators/mutate-token.ts'
import {
  attackerKey,
  bearer,
  ecKey,
  rsaKey,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'
import { edits } from '../support/arbitraries.ts'
import { check, checkDecision, watchEvents } from '../support/properties.ts'
import { isStrictJson, parsed } from '../support/strict-json.ts'
import type { Target } from '../support/target.ts'
import { KEYS_URL, Upstream } from '../support/upstream.ts'

/** Members that make a key useless, or another one. */
const DONOR = {
  use: 'enc',
  key_ops: ['sign'],
  alg: 'HS256',
  kty: 'oct',
  k: 'AAAA',
  d: 'AAAA',
  e: 'AQ',
  n: 'AQAB',
  crv: 'P-384',
  x5c: ['MIIB'],
  x5u: 'https://evil.example/',
  kid: 'ec-1',
  keys: [],
}

/**
 * Damaged key sets (RFC 7517). A token counts only by a key that the set has. A set that cannot be read is
 * never the caller's fault. The attacker's token, which has the `kid` of a good key, is never accepted.
 */
export const keySets: Target<readonly Edit[]> = {
  name: 'key-sets',
  executions: 1800,
  inputs: edits(4),
  async start() {
    const good = await signToken()
    const elliptic = await signToken({ key: ecKey })
    const forged = await signToken({ key: attackerKey })
    const checkEvents = watchEvents()
    return async (changes) => {
      const upstream = new Upstream()
      const body = mutateDocument({ keys: [rsaKey.publicKey, ecKey.publicKey] }, changes, DONOR)
      upstream.replies = { '/keys': { body } }
      const server = testResourceServer({
        server: { keys: undefined as never, jwksUri: KEYS_URL },
        http: { fetch: upstream.fetch },
      })
      const readable = isStrictJson(body) && Array.isArray((parsed(body) as Keys | null)?.keys)
      for (const [token, key] of [
        [good, rsaKey],
        [elliptic, ecKey],
        [forged, attackerKey],
      ] as const) {
        const decision = await server.authenticate(bearer(token))
        checkDecision(decision, [token])
        const { outcome } = decision
        check(outcome === 'allowed' || readable || outcome === 'unavailable', 'unreadable', outcome)
        check(['allowed', 'challenged', 'unavailable'].includes(outcome), 'outcome', outcome)
        if (outcome === 'challenged') {
          check(/^key_|^signature_/.test(decision.reason), 'reason', decision.reason)
        }
        if (outcome !== 'allowed') continue
        check(
          readable && isIn(parsed(body) as Keys, key.publicKey),
          'accepted without the key',
          body,
        )
      }
      check(
        upstream.asked.every((url) => url === KEYS_URL),
        'another URL',
        upstream.asked,
      )
      await server.close()
      checkEvents([good, elliptic, forged])
    }
  },
}

interface Keys {
  readonly keys: readonly unknown[]
}

/** Whether a set has a key that may verify (RFC 7517 §4). */
function isIn(
  { keys }: Keys,
  { kty, alg, kid, n, e, crv, x, y }: Record<string, unknown>,
): boolean {
  return keys.some((entry) => {
    if (typeof entry !== 'object' || entry === null) return false
    const key = entry as Record<string, unknown>
    const material =
      kty === 'RSA' ? sameBytes(key.n, n) && sameBytes(key.e, e) : sameBytes(key.x, x)
    return (
      material &&
      key.kty === kty &&
      (kty === 'RSA' || (key.crv === crv && sameBytes(key.y, y))) &&
      key.kid === kid &&
      (key.use === undefined || key.use === 'sig') &&
      (key.alg === undefined || key.alg === alg) &&
      key.d === undefined &&
      key.k === undefined &&
      (key.key_ops === undefined || (key.key_ops as unknown[]).includes('verify'))
    )
  })
}

/** Other decoders of base64url than the package's see the same bytes. */
function sameBytes(one: unknown, other: unknown): boolean {
  if (typeof one !== 'string' || typeof other !== 'string') return false
  const bytes = (text: string) =>
    Buffer.from(text, 'base64url')
      .toString('hex')
      .replace(/^(00)+/, '')
  return bytes(one) === bytes(other)
}
