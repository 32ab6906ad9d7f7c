import { constants, type KeyObject, randomBytes, sign } from 'node:crypto'
import type { Random } from '../support/differential/random-uris.ts'

/** A signature that was valid, and what an attacker can use to change it. */
export interface SignedText {
  readonly algorithm: string
  readonly privateKey: KeyObject
  readonly signed: Buffer
  readonly signature: Buffer
  /** A valid signature by the same key for another text. */
  readonly other: Buffer
}

/** What is presented to the verifiers. */
export interface Presented {
  readonly signed: Buffer
  readonly signature: Buffer
}

type Damage = (text: SignedText, random: Random) => Presented

/** Orders of the base points of the curves (FIPS 186-5, SEC 2 §2.4). To a careless verifier, `s` and `s + n` are equal. */
const ORDERS: Readonly<Record<string, bigint>> = {
  ES256: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  ES384:
    0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  ES512:
    0x1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
  // The order of the base point of Ed25519 (RFC 8032 §5.1); `s` is little-endian.
  Ed25519: 2n ** 252n + 27742317777372353535851937790883648493n,
}

const below = (random: Random, limit: number) => Math.floor(random() * limit)

const withBit = (bytes: Buffer, random: Random): Buffer => {
  const copy = Buffer.from(bytes)
  const at = below(random, copy.length)
  copy[at] = (copy[at] ?? 0) ^ (1 << below(random, 8))
  return copy
}

const halves = (bytes: Buffer): readonly [Buffer, Buffer] => [
  bytes.subarray(0, bytes.length / 2),
  bytes.subarray(bytes.length / 2),
]

const toNumber = (bytes: Buffer) => BigInt(`0x0${bytes.toString('hex')}`)
const toBytes = (number: bigint, length: number) =>
  Buffer.from(
    number
      .toString(16)
      .padStart(length * 2, '0')
      .slice(-length * 2),
    'hex',
  )

/** Changes one half of `r` and `s` as a number. RSA signatures are changed as one number. */
const asNumber =
  (which: 0 | 1, change: (number: bigint, order: bigint) => bigint): Damage =>
  ({ algorithm, signed, signature }) => {
    const order = ORDERS[algorithm]
    if (order === undefined) {
      return { signed, signature: toBytes(change(toNumber(signature), 65537n), signature.length) }
    }
    const parts = [...halves(signature)]
    const part = parts[which] ?? signature
    const little = algorithm === 'Ed25519'
    const big = little ? Buffer.from(part).reverse() : part
    const changed = toBytes(change(toNumber(big), order), part.length)
    parts[which] = little ? changed.reverse() : changed
    return { signed, signature: Buffer.concat(parts) }
  }

const inSignature =
  (change: (signature: Buffer, random: Random) => Uint8Array): Damage =>
  ({ signed, signature }, random) => ({ signed, signature: Buffer.from(change(signature, random)) })

const integer = (bytes: Buffer): Buffer => {
  const first = bytes.findIndex((byte) => byte !== 0)
  const digits = first === -1 ? Buffer.alloc(1) : bytes.subarray(first)
  const padded = (digits[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.alloc(1), digits]) : digits
  return Buffer.concat([Buffer.of(2, padded.length), padded])
}

/** Signs the same text by the same key with another digest, padding or salt. */
const signedOtherwise: Damage = ({ algorithm, privateKey, signed, signature }, random) => {
  if (privateKey.asymmetricKeyType === 'ed25519')
    return { signed, signature: withBit(signature, random) }
  const digest = ['sha1', 'sha256', 'sha384', 'sha512'][below(random, 4)]
  if (algorithm.startsWith('ES')) {
    return {
      signed,
      signature: sign(digest, signed, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
    }
  }
  const saltLength = [0, 20, 31, 32, 33, 48, 64, 80][below(random, 8)] ?? 0
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }
  const options = random() < 0.7 ? pss : { padding: constants.RSA_PKCS1_PADDING }
  return { signed, signature: sign(digest, signed, { key: privateKey, ...options }) }
}

/** Every kind of damage. Some of them leave the signature valid. */
export const DAMAGES: Readonly<Record<string, Damage>> = {
  none: ({ signed, signature }) => ({ signed, signature }),
  'a bit of the signature': inSignature(withBit),
  'a bit of the text': ({ signed, signature }, random) => ({
    signed: withBit(signed, random),
    signature,
  }),
  'several bits': inSignature((signature, random) =>
    withBit(withBit(withBit(signature, random), random), random),
  ),
  'the signature of another text': ({ signed, other }) => ({ signed, signature: other }),
  'halves of two signatures': ({ signed, signature, other }) => ({
    signed,
    signature: Buffer.concat([halves(signature)[0], halves(other)[1]]),
  }),
  cut: inSignature((signature, random) => signature.subarray(0, below(random, signature.length))),
  'cut in front': inSignature((signature, random) => signature.subarray(1 + below(random, 8))),
  longer: inSignature((signature, random) =>
    Buffer.concat([signature, randomBytes(1 + below(random, 8))]),
  ),
  'zeros behind': inSignature((signature, random) =>
    Buffer.concat([signature, Buffer.alloc(1 + below(random, 4))]),
  ),
  'zeros in front': inSignature((signature, random) =>
    Buffer.concat([Buffer.alloc(1 + below(random, 4)), signature]),
  ),
  'zeros in both halves': inSignature((signature) => {
    const [first, second] = halves(signature)
    return Buffer.concat([Buffer.alloc(1), first, Buffer.alloc(1), second])
  }),
  twice: inSignature((signature) => Buffer.concat([signature, signature])),
  empty: inSignature(() => Buffer.alloc(0)),
  'all zero': inSignature((signature) => Buffer.alloc(signature.length)),
  'all ones': inSignature((signature) => Buffer.alloc(signature.length, 0xff)),
  random: inSignature((signature) => randomBytes(signature.length)),
  reversed: inSignature((signature) => Buffer.from(signature).reverse()),
  'halves swapped': inSignature((signature) => Buffer.concat([...halves(signature)].reverse())),
  'the first half zero': asNumber(0, () => 0n),
  'the second half zero': asNumber(1, () => 0n),
  'the first half one': asNumber(0, () => 1n),
  'the second half one': asNumber(1, () => 1n),
  'r + n': asNumber(0, (number, order) => number + order),
  's + n': asNumber(1, (number, order) => number + order),
  'r = n': asNumber(0, (_number, order) => order),
  's = n': asNumber(1, (_number, order) => order),
  'n - s': asNumber(1, (number, order) => (number < order ? order - number : number)),
  'DER in place of raw': inSignature((signature) => {
    const body = Buffer.concat(halves(signature).map(integer))
    const length = body.length > 0x7f ? [0x81, body.length & 0xff] : [body.length]
    return Buffer.concat([Buffer.of(0x30, ...length), body])
  }),
  'signed otherwise': signedOtherwise,
}
