import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { SIGNATURE_ALGORITHMS, sameAlgorithm } from '../../../src/jws/algorithms.ts'
import { signedBytes, waysToVerify } from '../../../src/jws/signature.ts'
import { importKey, readKeyAlgorithm } from '../../../src/jws/verification-key.ts'

// The payloads of the vectors are no claims. So the vectors are put to the judgement of keys and to
// the check of signatures, which stand before every judgement of claims.

type Jwk = Readonly<Record<string, unknown>>

const corpus = (file: string) =>
  JSON.parse(readFileSync(new URL(`../../corpora/${file}`, import.meta.url), 'utf8'))

/** What a key says of a signature; `signed` holds one byte a character, and ends before a dot. */
async function verdict(signed: string, signature: Buffer, jwk: Jwk, algorithm?: string) {
  const judged = readKeyAlgorithm(jwk, SIGNATURE_ALGORITHMS)
  if ('fault' in judged) return `key passed over: ${judged.fault}`
  if (algorithm !== undefined && sameAlgorithm(algorithm) !== judged.algorithm) {
    return 'another algorithm than the key’s'
  }
  const key = await importKey(jwk, judged.algorithm)
  if (key === undefined) return 'key passed over: unreadable'
  const { here, elsewhere } = waysToVerify(key)
  const bytes = signedBytes(`${signed}.`)
  const holds = [here?.(bytes, signature), await elsewhere(bytes, signature)]
  expect(holds[0]).toBe(holds[1])
  return holds[0] ? 'holds' : 'does not hold'
}

async function verdictOfJws(jws: unknown, jwk: Jwk): Promise<string> {
  if (typeof jws !== 'string') return 'not compact'
  const parts = jws.split('.').map((part) => Buffer.from(part, 'base64url'))
  const [header, , signature] = parts
  const canonical = parts.map((part) => part.toString('base64url')).join('.')
  if (header === undefined || signature === undefined || parts.length !== 3 || canonical !== jws) {
    return 'not canonical'
  }
  let alg: unknown
  try {
    alg = JSON.parse(String(header)).alg
  } catch {
    return 'the header is no JSON'
  }
  return verdict(jws.slice(0, jws.lastIndexOf('.')), signature, jwk, String(alg))
}

/** How often each verdict was given, told apart by what the vectors call it. */
class Tally {
  readonly #counts = new Map<string, number>()

  add(result: string, outcome: string): void {
    const line = `${result}: ${outcome}`
    this.#counts.set(line, (this.#counts.get(line) ?? 0) + 1)
  }

  get counts(): Record<string, number> {
    return Object.fromEntries(this.#counts)
  }
}

/** A point (0x04, x, y) as a JWK: the vectors leave out some JWKs. */
function ecKey({ curve, uncompressed }: { curve: string; uncompressed: string }): Jwk {
  const crv = { secp256r1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' }[curve]
  const point = Buffer.from(uncompressed, 'hex')
  const middle = (point.length + 1) / 2
  const [x, y] = [point.subarray(1, middle), point.subarray(middle)]
  return { kty: 'EC', crv, x: x.toString('base64url'), y: y.toString('base64url') }
}

describe('published vectors', () => {
  it('S1.1 RFC8725-1: of 401 JSON Web Signatures each valid one holds or is refused on purpose, and no invalid one holds', async () => {
    const tally = new Tally()
    for (const group of corpus('wycheproof/json_web_signature_test.json').testGroups) {
      for (const { jws, result } of group.tests) {
        tally.add(result, await verdictOfJws(jws, group.public ?? group.private))
      }
    }
    expect(tally.counts).toEqual({
      'valid: holds': 32,
      // Stricter than the vectors on purpose: symmetric keys, base64 that could be written in
      // another way, RSA keys for one algorithm with a token of another, `alg` of another curve.
      'valid: key passed over: not an asymmetric key': 8,
      'valid: not canonical': 2,
      'valid: another algorithm than the key’s': 2,
      'valid: key passed over: "alg" does not match the curve': 2,
      'invalid: does not hold': 297,
      'invalid: not canonical': 30,
      'invalid: another algorithm than the key’s': 10,
      'invalid: key passed over: not an asymmetric key': 8,
      'invalid: the header is no JSON': 6,
      'invalid: key passed over: "use" is not "sig"': 2,
      'invalid: key passed over: "key_ops" does not contain "verify"': 2,
    })
  })

  it.each([
    ['ES256', 'ecdsa_secp256r1_sha256_p1363', 173, 89],
    ['ES384', 'ecdsa_secp384r1_sha384_p1363', 193, 87],
    ['ES512', 'ecdsa_secp521r1_sha512_p1363', 231, 87],
    ['Ed25519', 'ed25519', 88, 63],
    ['RS256', 'rsa_signature_2048_sha256', 9, 249],
    ['PS256', 'rsa_pss_2048_sha256_mgf1_32', 63, 45],
  ])(
    'S1.1 RFC8725-1: %s holds for each valid signature of %s and for no invalid one',
    async (_algorithm, file, valid, invalid) => {
      const tally = new Tally()
      for (const group of corpus(`wycheproof/${file}_test.json`).testGroups) {
        for (const { msg, sig, result } of group.tests) {
          const signed = Buffer.from(msg, 'hex').toString('latin1')
          const jwk = group.publicKeyJwk ?? group.keyJwk ?? ecKey(group.publicKey)
          tally.add(result, await verdict(signed, Buffer.from(sig, 'hex'), jwk))
        }
      }
      // RFC 8017 leaves it to the verifier whether a digest's identifier may lack its NULL.
      const left = file.startsWith('rsa_signature') ? { 'acceptable: does not hold': 1 } : {}
      expect(tally.counts).toEqual({
        'valid: holds': valid,
        'invalid: does not hold': invalid,
        ...left,
      })
    },
  )

  it.each([
    ['4_1.rsa_v15_signature', 'holds'],
    ['4_2.rsa-pss_signature', 'holds'],
    ['4_3.ecdsa_signature', 'holds'],
    ['4_4.hmac-sha2_integrity_protection', 'key passed over: not an asymmetric key'],
    ['rfc8037', 'holds'],
  ])('RFC8725-1: the example %s of the RFCs: %s', async (file, outcome) => {
    const { input, output } = corpus(`rfc7520/${file}.json`)
    const { d, p, q, dp, dq, qi, ...publicKey } = input.key
    const jwk = { ...publicKey, alg: input.alg }
    expect(await verdictOfJws(output.compact, jwk)).toBe(outcome)
  })
})
