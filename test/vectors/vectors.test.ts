import { describe, expect, it } from 'vitest'
import { corpusFiles, readCorpus } from './corpora.ts'
import { isAccessToken, type Jwk, type Stage, signatureStage, stageOf } from './own-path.ts'

/** How often each stage was reached, told apart by what the vectors call the case. */
class Tally {
  readonly #counts = new Map<string, number>()

  add(result: string, stage: string): void {
    const line = `${result}: ${stage}`
    this.#counts.set(line, (this.#counts.get(line) ?? 0) + 1)
  }

  get counts(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort())
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

const publicPart = ({ d, p, q, dp, dq, qi, ...key }: Jwk): Jwk => key

/** The signatures of one algorithm each: valid ones, invalid ones. */
const PRIMITIVES: Readonly<Record<string, readonly [string, number, number]>> = {
  'wycheproof/ecdsa_secp256r1_sha256_p1363_test.json': ['ES256', 173, 89],
  'wycheproof/ecdsa_secp384r1_sha384_p1363_test.json': ['ES384', 193, 87],
  'wycheproof/ecdsa_secp521r1_sha512_p1363_test.json': ['ES512', 231, 87],
  'wycheproof/ed25519_test.json': ['Ed25519', 88, 63],
  'wycheproof/rsa_signature_2048_sha256_test.json': ['RS256', 9, 249],
  'wycheproof/rsa_pss_2048_sha256_mgf1_32_test.json': ['PS256', 63, 45],
}

/** The examples of the RFCs: where each form of the JWS ends. Only the compact form is a token. */
const EXAMPLES: Readonly<Record<string, Stage>> = {
  'rfc7520/jws/4_1.rsa_v15_signature.json': 'accepted',
  'rfc7520/jws/4_2.rsa-pss_signature.json': 'accepted',
  'rfc7520/jws/4_3.ecdsa_signature.json': 'accepted',
  'rfc7520/jws/4_4.hmac-sha2_integrity_protection.json': 'key',
  // The payload is not in the token. The key is symmetric.
  'rfc7520/jws/4_5.signature_with_detached_content.json': 'key',
  // These exist as JSON only.
  'rfc7520/jws/4_6.protecting_specific_header_fields.json': 'header',
  'rfc7520/jws/4_7.protecting_content_only.json': 'header',
  'rfc7520/jws/4_8.multiple_signatures.json': 'header',
  'rfc7520/jws/rfc8037.json': 'accepted',
}

const JWS = 'wycheproof/json_web_signature_test.json'
const ED448 = 'wycheproof/ed448_test.json'
const KEYS = 'rfc7520/jwk/'

describe('published vectors', () => {
  it('every file is read by one of these tests', () => {
    const read = [JWS, ED448, ...Object.keys(PRIMITIVES), ...Object.keys(EXAMPLES)]
    const files = corpusFiles().filter((file) => !file.startsWith(KEYS))
    expect(files).toEqual(read.sort())
  })

  it('S1.1 RFC8725-1: of 401 JSON Web Signatures each valid one is accepted or refused on purpose, and no invalid one is accepted', async () => {
    const tally = new Tally()
    for (const group of readCorpus(JWS).testGroups) {
      for (const { jws, result } of group.tests) {
        const jwk = group.public ?? group.private
        tally.add(result, await stageOf(jws, jwk))
        expect(await isAccessToken(jws, jwk)).toBe(false)
      }
    }
    expect(tally.counts).toEqual({
      'valid: accepted': 32,
      // Stricter than the vectors on purpose: symmetric keys, RSA keys for one algorithm with a token of
      // another, `alg` of another curve, base64 that could be written in another way.
      'valid: key': 12,
      'valid: header': 1,
      'valid: payload encoding': 1,
      'invalid: signature': 293,
      'invalid: header': 39,
      'invalid: key': 18,
      'invalid: payload encoding': 5,
    })
  })

  it.each(Object.entries(PRIMITIVES))(
    'S1.1 RFC8725-1: %s: each valid signature is accepted, and no invalid one',
    async (file, [algorithm, valid, invalid]) => {
      const tally = new Tally()
      for (const group of readCorpus(file).testGroups) {
        for (const { msg, sig, result } of group.tests) {
          const jwk = {
            ...(group.publicKeyJwk ?? group.keyJwk ?? ecKey(group.publicKey)),
            alg: algorithm,
          }
          const bytes = [Buffer.from(msg, 'hex'), Buffer.from(sig, 'hex')] as const
          tally.add(result, await signatureStage(...bytes, jwk, algorithm))
        }
      }
      // RFC 8017 leaves it to the verifier whether a digest's identifier may lack its NULL.
      const left = file.includes('rsa_signature') ? { 'acceptable: signature': 1 } : {}
      expect(tally.counts).toEqual({
        'valid: accepted': valid,
        'invalid: signature': invalid,
        ...left,
      })
    },
  )

  it('RFC8725-1: Ed448 is not supported: 87 signatures are refused at the key', async () => {
    const tally = new Tally()
    for (const group of readCorpus(ED448).testGroups) {
      for (const { msg, sig } of group.tests) {
        const bytes = [Buffer.from(msg, 'hex'), Buffer.from(sig, 'hex')] as const
        tally.add('any', await signatureStage(...bytes, group.publicKeyJwk, 'EdDSA'))
      }
    }
    expect(tally.counts).toEqual({ 'any: key': 87 })
  })

  it.each(Object.entries(EXAMPLES))(
    'RFC8725-1: the example %s of the RFCs: %s',
    async (file, stage) => {
      const { input, output } = readCorpus(file)
      const [key] = [input.key].flat()
      const jwk = { ...publicPart(key), alg: [input.alg].flat()[0] }
      expect(await stageOf(output.compact ?? output.json, jwk)).toBe(stage)
      expect(await isAccessToken(output.compact ?? JSON.stringify(output.json), jwk)).toBe(false)
    },
  )

  it.each([
    ['3_1.ec_public_key', 'signature'],
    ['3_2.ec_private_key', 'key'],
    ['3_3.rsa_public_key', 'signature'],
    ['3_4.rsa_private_key', 'key'],
    ['3_5.symmetric_key_mac_computation', 'key'],
    ['3_6.symmetric_key_encryption', 'key'],
  ])(
    'RFC8725-2: the key %s of RFC 7520: a false signature is refused at the stage %s',
    async (file, stage) => {
      const jwk = readCorpus(`${KEYS}${file}.json`)
      const algorithm = { EC: 'ES512', RSA: 'RS256', oct: 'HS256' }[jwk.kty as string] ?? ''
      const bytes = [Buffer.from('a.b'), Buffer.alloc(256, 1)] as const
      expect(await signatureStage(...bytes, { ...jwk, alg: algorithm }, algorithm)).toBe(stage)
    },
  )
})
