import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  clientCertificateHeaderSchema,
  dpopSchema,
  senderConstraintShape,
} from '../../../src/sender-constraint/options-schema.ts'
import { createRequestUrl } from '../../../src/sender-constraint/request-url.ts'
import { readNetwork, TrustedProxies } from '../../../src/sender-constraint/trusted-proxies.ts'

const shape = z.object(senderConstraintShape)
const SECRETS = Array.from({ length: 11 }, (_, at) => String(at).padStart(32, 'x'))

const DEFAULTS = {
  mode: 'accepted',
  algorithms: ['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519', 'PS256', 'RS256'],
  maxClockDifference: 300,
  nonce: { mode: 'off', lifetime: 120 },
  maxProofs: 1_000_000,
  maxProofsPerSubject: 100_000,
}

describe('the options dpop and clientCertificate', () => {
  it.each<[string, object, object]>([
    ['none', {}, { dpop: DEFAULTS }],
    ['a mode', { dpop: 'required' }, { dpop: { ...DEFAULTS, mode: 'required' } }],
    [
      'a mode of nonces',
      { dpop: { nonce: 'when-asked' } },
      { dpop: { ...DEFAULTS, nonce: { mode: 'when-asked', lifetime: 120 } } },
    ],
    [
      'a number of proofs',
      { dpop: { maxProofs: 11 } },
      { dpop: { ...DEFAULTS, maxProofs: 11, maxProofsPerSubject: 2 } },
    ],
    [
      'a number of proofs for each subject',
      { dpop: { maxProofs: 11, maxProofsPerSubject: 3 } },
      { dpop: { ...DEFAULTS, maxProofs: 11, maxProofsPerSubject: 3 } },
    ],
    [
      'a certificate of the connection',
      { clientCertificate: 'connection' },
      { dpop: DEFAULTS, clientCertificate: 'connection' },
    ],
  ])('RFC9449-1: %s', (_name, given, expected) => {
    expect(shape.parse(given)).toEqual(expected)
  })

  it.each<[string, object, boolean]>([
    ['the shortest clock difference', { maxClockDifference: 1 }, true],
    ['the longest clock difference', { maxClockDifference: 300 }, true],
    ['a clock difference of nothing', { maxClockDifference: 0 }, false],
    ['too long a clock difference', { maxClockDifference: 301 }, false],
    ['ten secrets', { nonce: { secrets: SECRETS.slice(1) } }, true],
    ['eleven secrets', { nonce: { secrets: SECRETS } }, false],
    ['no secret', { nonce: { secrets: [] } }, false],
    ['a secret of 31 characters', { nonce: { secrets: ['x'.repeat(31)] } }, false],
    ['the shortest slot', { nonce: { lifetime: 10 } }, true],
    ['the longest slot', { nonce: { lifetime: 3600 } }, true],
    ['too short a slot', { nonce: { lifetime: 9 } }, false],
    ['too long a slot', { nonce: { lifetime: 3601 } }, false],
    ['the fewest proofs', { maxProofs: 10 }, true],
    ['the most proofs', { maxProofs: 10_000_000, maxProofsPerSubject: 10_000_000 }, true],
    ['too few proofs', { maxProofs: 9 }, false],
    ['too many proofs', { maxProofs: 10_000_001 }, false],
    ['one proof for each subject', { maxProofsPerSubject: 1 }, true],
    ['no proof for each subject', { maxProofsPerSubject: 0 }, false],
    ['too many for each subject', { maxProofsPerSubject: 10_000_001 }, false],
    ['no algorithm', { algorithms: [] }, false],
    ['a symmetric algorithm', { algorithms: ['HS256'] }, false],
    ['a store without its method', { replayStore: {} }, false],
    ['a store with other members too', { replayStore: { remember() {}, size: 1 } }, true],
  ])('RFC9449-6: dpop with %s: %j is accepted: %s', (_name, given, accepted) => {
    expect(dpopSchema.safeParse(given).success).toBe(accepted)
  })
})

describe('the header with a certificate', () => {
  const messages = (changes: object): string => {
    const given = { header: 'client-cert', format: 'xfcc', trustedProxies: ['10.0.0.1'] }
    const { error } = clientCertificateHeaderSchema.safeParse({ ...given, ...changes })
    return error?.issues.map(({ message }) => message).join('; ') ?? 'accepted'
  }

  it.each([
    ...['client-cert', 'X-Forwarded-Client-Cert', "a!#$%&'*+-.^_`|~Z09", 'x'],
    ...['x-authorization', 'authorization2', 'x-dpop', 'dpop2', 'hosts', 'x-host', 'my-cookie'],
    ...['cookies', 'forwarded-cert', 'x-forwarded', 'x-forwarded-for-cert', 'x-content-type'],
    ...['content', 'x-mcp-cert', 'mcp'],
  ])('RFC8705-1: may be called %s', (header) => {
    expect(messages({ header })).toBe('accepted')
  })

  it.each([
    ...['authorization', 'Authorization', 'dpop', 'DPoP', 'host', 'cookie', 'forwarded'],
    ...['x-forwarded-for', 'content-type', 'Content-', 'mcp-session-id', 'mcp-'],
  ])('RFC8705-1: may not be called %s, which has another meaning', (header) => {
    expect(messages({ header })).toBe('must not be a header that has another meaning')
  })

  it.each(['', 'client cert', ' client-cert', 'client-cert ', 'client:cert', 'é', 'a\n', 'a(b)'])(
    'RFC8705-1: %j is no name of a header',
    (header) => expect(messages({ header })).toContain('must be the name of a header, such as'),
  )

  it.each([
    [{ header: 7 }, 'must be the name of a header, such as client-cert'],
    [{ format: 'pem' }, 'must be rfc9440, base64-der, escaped-pem, xfcc'],
    [{ trustedProxies: 'x' }, 'must be a list; it must hold IP addresses and CIDR ranges, such as'],
    [{ trustedProxies: [7] }, 'must hold IP addresses and CIDR ranges, such as 10.0.0.7'],
    [{ trustedProxies: [] }, 'must hold at least one address, because the header is trusted from'],
  ])('RFC8705-1: %j is refused with words that help', (changes, words) => {
    expect(messages(changes).startsWith(words)).toBe(true)
  })
})

describe('the address of a proxy', () => {
  it.each([
    ['10.0.0.7', { address: '10.0.0.7', family: 'ipv4', prefix: undefined }],
    ['10.0.0.0/8', { address: '10.0.0.0', family: 'ipv4', prefix: 8 }],
    ['10.0.0.7/32', { address: '10.0.0.7', family: 'ipv4', prefix: 32 }],
    ['fd00::/33', { address: 'fd00::', family: 'ipv6', prefix: 33 }],
    ['fd00::7/128', { address: 'fd00::7', family: 'ipv6', prefix: 128 }],
    ['::1', { address: '::1', family: 'ipv6', prefix: undefined }],
    ...[
      ...['', '/', '/8', '10.0.0.7/', '10.0.0.7/0', '10.0.0.7/33', '10.0.0.7/08', '10.0.0.7/-1'],
      ...['10.0.0.7/8/', '10.0.0.7/8/8', '10.0.0.7/8x', '10.0.0.7/x8', '10.0.0.7/1e1', '::/0'],
      ...['fd00::/129', 'fd00::/1280', 'fe80::1%eth0', 'fe80::%eth0/64', 'localhost', '10.0.0'],
    ].map((text): [string, undefined] => [text, undefined]),
  ])('RFC8705-1: %j is read as %j', (text, expected) => {
    expect(readNetwork(text)).toEqual(expected)
  })

  it.each([
    ['10.0.0.7', true],
    ['10.0.0.8', false],
    ['192.168.255.255', true],
    ['192.169.0.0', false],
    ['::ffff:10.0.0.7', true],
    ['::ffff:10.0.0.8', false],
    ['fd00::1', true],
    ['fd00::1%eth0', true],
    ['fd01::1', false],
    ['', false],
    ['%eth0', false],
    ['proxy', false],
  ])('RFC8705-1: %j is on the list: %s', (address, listed) => {
    const list = new TrustedProxies(['10.0.0.7', 'no address', '192.168.0.0/16', 'fd00::/16'])
    expect(list.has(address)).toBe(listed)
  })
})

it('RFC9449-5: a resource without an origin has no URL that a proof could name', () => {
  expect(() => createRequestUrl('urn:example:mcp', undefined)).toThrow('the resource has no origin')
})
