/** Bytes of `r` and of `s` in a signature with ES256 (RFC 7518 §3.4). */
const SIZE = 32

/**
 * Writes an ES256 signature of a JWS, which is `r` and `s` in 32 bytes each, as the DER sequence of two
 * integers (RFC 3279 §2.2.3). `node:crypto` verifies that form without options, which is faster.
 *
 * @returns `undefined` if the signature does not have 64 bytes
 * @internal
 */
export function toDer(signature: Uint8Array): Uint8Array | undefined {
  if (signature.length !== 2 * SIZE) return undefined
  const body = [...integer(signature.subarray(0, SIZE)), ...integer(signature.subarray(SIZE))]
  return Uint8Array.of(0x30, body.length, ...body)
}

/** A DER integer: without needless zeros in front, and with one zero if it would be negative otherwise. */
function integer(bytes: Uint8Array): readonly number[] {
  const first = bytes.findIndex((byte) => byte !== 0)
  const digits = first === -1 ? [0] : Array.from(bytes.subarray(first))
  if ((digits[0] ?? 0) > 0x7f) digits.unshift(0)
  return [0x02, digits.length, ...digits]
}
