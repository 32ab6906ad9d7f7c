import { describe, expect, it } from 'vitest'
import type { ResourceRequest } from '../../../src/http/resource-request.ts'
import { READ_CERTIFICATE } from '../../../src/sender-constraint/certificate-formats.ts'
import { CertificateHeader } from '../../../src/sender-constraint/certificate-header.ts'
import { CONNECTION, connectionOf } from '../../../src/sender-constraint/certificate-source.ts'
import type { ClientCertificateFormat } from '../../../src/sender-constraint/options.ts'

const request = (connection: unknown, headers = {}): ResourceRequest => ({
  ...{ method: 'POST', url: '/mcp', headers },
  connection: connection as never,
})
const rejected = () => Promise.reject(new Error('nobody waits for this'))

/** What an operator's function gives in place of a connection or certificate, and what is said of it. */
const WRONG: readonly [given: () => unknown, found: string][] = [
  [() => null, 'null'],
  [() => 7, 'number'],
  [() => 'a text', 'string'],
  [() => false, 'boolean'],
  [() => () => undefined, 'function'],
  [rejected, 'a promise'],
]

describe('the connection of a request', () => {
  it('is passed on as it is', () => {
    const connection = { remoteAddress: '10.0.0.1' }
    expect(connectionOf(request(connection))).toBe(connection)
    expect(connectionOf(request(undefined))).toBeUndefined()
  })

  it.each([...WRONG, [() => Object.fromEntries([['then', 7]]), 'object'] as const])(
    'RFC8705-1: is our fault (503) if the adapter gives something else: %o is %s',
    (given, found) => {
      expect(() => connectionOf(request(given()))).toThrow(
        expect.objectContaining({
          reason: 'connection_unknown',
          message: `the connection of the request is ${found}, and the adapter needs the value itself, in the type of \`RequestConnection\``,
        }),
      )
    },
  )
})

describe('the certificate of a connection', () => {
  const certificateOf = (der: () => unknown) =>
    CONNECTION.certificateOf(request({ clientCertificate: der }))

  it('is passed on as it is, and no header is withheld', () => {
    const der = Uint8Array.of(1, 2)
    expect(certificateOf(() => der)).toBe(der)
    expect(CONNECTION.untrustedHeaders(request({}, { 'client-cert': 'x' }))).toEqual([])
  })

  it.each([...WRONG, [() => ({}), 'object'] as const])(
    'RFC8705-1: is our fault (503) if it is no bytes: %o is %s',
    (given, found) => {
      expect(() => certificateOf(given)).toThrow(
        expect.objectContaining({
          reason: 'connection_unknown',
          message: expect.stringContaining(
            `\`clientCertificate()\` of the connection is ${found}, `,
          ),
        }),
      )
    },
  )
})

describe("the header of a proxy that has no certificate in the proxy's format", () => {
  const base64 = Buffer.from('a certificate').toString('base64')
  const pem = (body: string) => `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----`

  it.each<[ClientCertificateFormat, string]>([
    ['rfc9440', ''],
    ['rfc9440', ':'],
    ['rfc9440', '::'],
    ['rfc9440', `${base64}:`],
    ['rfc9440', `:${base64}`],
    ['rfc9440', ':====:'],
    ['base64-der', ''],
    ['base64-der', '='],
    ['base64-der', `${base64}=`],
    ['escaped-pem', ''],
    ['escaped-pem', '%'],
    ['escaped-pem', pem('=')],
    ['escaped-pem', pem('')],
    ['escaped-pem', `${pem(base64)}\n\n`],
    ['escaped-pem', `${pem(base64)}x`],
    ['xfcc', ''],
    ['xfcc', `Cert="${pem(base64)}`],
    ['xfcc', 'Hash=00'],
    ['xfcc', `Hash=00;Cert="${encodeURIComponent(pem(base64))}"`],
    ['xfcc', `Hash=;Cert="${encodeURIComponent(pem(base64))}"`],
  ])('RFC8705-1: %s: %j is malformed', (format, value) => {
    expect(READ_CERTIFICATE[format](value)).toBeUndefined()
    const header = new CertificateHeader({
      ...{ header: 'Client-Cert', format, trustedProxies: ['10.0.0.1'] },
    })
    const asked = request({ remoteAddress: '10.0.0.1' }, { 'client-cert': value })
    const why = value === '' ? /^the proxy sent no "client-cert"; / : / the format "/
    expect(() => header.certificateOf(asked)).toThrow(why)
  })

  it.each<[ClientCertificateFormat, string]>([
    ['rfc9440', `:${base64}:`],
    ['base64-der', base64],
    ['escaped-pem', encodeURIComponent(pem(base64))],
    ['escaped-pem', encodeURIComponent(`${pem(base64)}\r\n`)],
    ['escaped-pem', encodeURIComponent(pem(`${base64.slice(0, 4)}\r\n${base64.slice(4)}`))],
    ['xfcc', `Cert=${encodeURIComponent(pem(base64)).replaceAll('=', '%3D')}`],
    ['xfcc', `Subject="";CERT="${encodeURIComponent(pem(base64))}";URI=`],
  ])('RFC8705-1: %s: %s has one', (format, value) => {
    expect(READ_CERTIFICATE[format](value)?.toString()).toBe('a certificate')
  })

  it('RFC8705-1: the longest header has 32,768 characters', () => {
    const header = new CertificateHeader({
      ...{ header: 'Client-Cert', format: 'base64-der', trustedProxies: ['10.0.0.1'] },
    })
    const read = (length: number) =>
      header.certificateOf(
        request({ remoteAddress: '10.0.0.1' }, { 'client-cert': 'A'.repeat(length) }),
      ).length
    expect(read(32_768)).toBe(24_576)
    expect(() => read(32_772)).toThrow('"client-cert" has more than 32768 characters')
  })
})
