/** The tag of a DER sequence, and of a DER integer. */
const SEQUENCE = 0x30
const INTEGER = 0x02

/** Lengths up to this one are written in one byte. A longer length needs another byte in front. */
const SHORT = 0x7f

/**
 * Writes an ECDSA signature of a JWS, which is `r` and `s` one after the other (RFC 7518 §3.4), as the
 * DER sequence of two integers (RFC 3279 §2.2.3). `node:crypto` verifies that form without options,
 * which is faster.
 *
 * @param size the bytes of `r` and of `s`, at most 66
 * @returns `undefined` if the signature has another length
 * @internal
 */
export function toDer(signature: Uint8Array, size: number): Uint8Array | undefined {
  if (signature.length !== 2 * size) return undefined
  const body = [...integer(signature.subarray(0, size)), ...integer(signature.subarray(size))]
  const length = body.length > SHORT ? [0x81, body.length] : [body.length]
  return Uint8Array.of(SEQUENCE, ...length, ...body)
}

/** A DER integer: without needless zeros in front, and with one zero if it would be negative otherwise. */
function integer(bytes: Uint8Array): readonly number[] {
  const first = bytes.findIndex((byte) => byte !== 0)
  const digits = first === -1 ? [0] : Array.from(bytes.subarray(first))
  if ((digits[0] ?? 0) > 0x7f) digits.unshift(0)
  return [INTEGER, digits.length, ...digits]
}
