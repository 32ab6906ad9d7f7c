import { createPublicKey, type KeyObject } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import { toRsaPssKey } from '../../../src/jws/rsa-pss-key.ts'
import { rsaKey } from '../../support/tokens.ts'

const key = createPublicKey({ key: { ...rsaKey.publicKey }, format: 'jwk' })

/** The same key, of which something else is said. */
const changed = (changes: object) =>
  ({ ...{ asymmetricKeyDetails: key.asymmetricKeyDetails }, ...changes }) as unknown as KeyObject
const pkcs1 = key.export({ type: 'pkcs1', format: 'der' })

describe('an RSA key that is labelled for PSS', () => {
  it.each([
    ['sha256', 32],
    ['sha384', 48],
    ['sha512', 64],
  ])(
    'RFC8725-1: with %s is the same key with one digest and one length of the salt',
    (digest, length) => {
      const made = toRsaPssKey(key, digest)
      expect(made).toMatchObject({ type: 'public', asymmetricKeyType: 'rsa-pss' })
      expect(made?.asymmetricKeyDetails).toEqual({
        modulusLength: 2048,
        publicExponent: 65_537n,
        hashAlgorithm: digest,
        mgf1HashAlgorithm: digest,
        saltLength: length,
      })
    },
  )

  it('RFC8725-1: is none with another digest', () => {
    expect(toRsaPssKey(key, 'sha1')).toBeUndefined()
  })

  it.each([
    ['another length', { modulusLength: 4096, publicExponent: 65_537n }],
    ['another exponent', { modulusLength: 2048, publicExponent: 3n }],
    ['nothing', undefined],
  ])('RFC8725-1: is none if the platform reads %s from it', (_what, asymmetricKeyDetails) => {
    expect(toRsaPssKey(changed({ asymmetricKeyDetails, export: () => pkcs1 }), 'sha256')).toBe(
      undefined,
    )
  })

  it.each([
    ['another kind of key', 'asymmetricKeyType', 'rsa'],
    ['another digest', 'asymmetricKeyDetails', { hashAlgorithm: 'sha1' }],
    ['another digest of the mask', 'asymmetricKeyDetails', { mgf1HashAlgorithm: 'sha1' }],
    ['a shorter salt', 'asymmetricKeyDetails', { saltLength: 20 }],
    ['another length', 'asymmetricKeyDetails', { modulusLength: 1024 }],
    ['another exponent', 'asymmetricKeyDetails', { publicExponent: 3n }],
  ])('RFC8725-1: is none if the platform reads %s back from it', (_what, member, value) => {
    const given = changed({ export: () => pkcs1 })
    const made = toRsaPssKey(given, 'sha256')
    const details = made?.asymmetricKeyDetails
    const members = Object.getPrototypeOf(Object.getPrototypeOf(made))
    const read = vi.spyOn(members, member, 'get')
    try {
      read.mockReturnValue(typeof value === 'string' ? value : { ...details, ...value })
      expect(toRsaPssKey(given, 'sha256')).toBeUndefined()
      read.mockReturnValue(typeof value === 'string' ? 'rsa-pss' : details)
      expect(toRsaPssKey(given, 'sha256')).toBeDefined()
    } finally {
      read.mockRestore()
    }
  })

  it('RFC8725-1: is none if the platform refuses it', () => {
    expect(toRsaPssKey(changed({ export: () => Buffer.of(1, 2, 3) }), 'sha256')).toBeUndefined()
  })
})
