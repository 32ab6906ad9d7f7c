import { createPublicKey, type KeyObject } from 'node:crypto'

/**
 * For each digest: the last byte of its object identifier 2.16.840.1.101.3.4.2.x (RFC 8017 appendix
 * B.1), and its length in bytes. The salt has the same length (RFC 7518 §3.5).
 */
const DIGESTS: ReadonlyMap<string, readonly [identifier: number, length: number]> = new Map([
  ['sha256', [1, 32]],
  ['sha384', [2, 48]],
  ['sha512', [3, 64]],
])

/**
 * Makes an RSA key whose signatures are RSASSA-PSS with one digest. The numbers of the key stay the same. Only
 * its label changes: a SubjectPublicKeyInfo of the type `id-RSASSA-PSS` names the digest, the mask and the length
 * of the salt (RFC 4055 §3.1). With such a key, `verify` of `node:crypto` needs no options. With options it would
 * import the key anew for each signature.
 *
 * @returns `undefined` if the platform refuses such a key, or reads other parameters from it than were written
 * @internal
 */
export function toRsaPssKey(key: KeyObject, digest: string): KeyObject | undefined {
  const [identifier, length] = DIGESTS.get(digest) ?? [0, 0]
  const hash = der(0x30, [...oid('608648016503040200', identifier), 0x05, 0x00])
  const mask = der(0x30, [...oid('2a864886f70d010108'), ...hash])
  const salt = der(0x02, [length])
  const parameters = der(0x30, [...der(0xa0, hash), ...der(0xa1, mask), ...der(0xa2, salt)])
  const algorithm = der(0x30, [...oid('2a864886f70d01010a'), ...parameters])
  const bits = der(0x03, [0x00, ...key.export({ type: 'pkcs1', format: 'der' })])
  let made: KeyObject
  try {
    const spki = Buffer.from(der(0x30, [...algorithm, ...bits]))
    made = createPublicKey({ key: spki, format: 'der', type: 'spki' })
  } catch {
    return undefined
  }
  const { asymmetricKeyDetails: before } = key
  const { asymmetricKeyDetails: after } = made
  const same =
    made.asymmetricKeyType === 'rsa-pss' &&
    after?.modulusLength === before?.modulusLength &&
    after?.publicExponent === before?.publicExponent &&
    after?.hashAlgorithm === digest &&
    after?.mgf1HashAlgorithm === digest &&
    after?.saltLength === length
  return same ? made : undefined
}

/** An object identifier; `last` replaces the last byte of its content. */
function oid(hex: string, last?: number): readonly number[] {
  const content = [...Buffer.from(hex, 'hex')]
  return der(0x06, last === undefined ? content : [...content.slice(0, -1), last])
}

/** One DER value: tag, length, content. Only the values with the key are long, and they have more than 255 bytes. */
function der(tag: number, content: readonly number[]): readonly number[] {
  const { length } = content
  if (length < 0x80) return [tag, length, ...content]
  return [tag, 0x82, length >> 8, length & 0xff, ...content]
}
