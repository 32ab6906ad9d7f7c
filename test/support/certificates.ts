/**
 * X.509 certificates for TLS servers and clients. Node can read certificates and cannot make them, so this
 * file writes their DER (RFC 5280 §4.1); the keys and the signatures are Node's.
 */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

/** A certificate with its key, in the forms that servers, clients and headers need. */
export interface TestCertificate {
  /** Certificate and private key in PEM. */
  readonly cert: string
  readonly key: string
  readonly der: Buffer
  /** The thumbprint for `cnf.x5t#S256` (RFC 8705 §3.1). */
  readonly thumbprint: string
  readonly name: string
  readonly privateKey: KeyObject
}

/** What a certificate says. */
export interface CertificateOptions {
  readonly name: string
  /** Default: the certificate signs itself. */
  readonly issuer?: Pick<TestCertificate, 'name' | 'privateKey'>
  readonly notBefore?: Date
  readonly notAfter?: Date
  readonly isAuthority?: boolean
}

const CONSTRUCTED = 0x20
const EXPLICIT = 0xa0
const INTEGER = 0x02
const BIT_STRING = 0x03
const OCTET_STRING = 0x04
const OBJECT_IDENTIFIER = 0x06
const UTF8_STRING = 0x0c
const GENERALIZED_TIME = 0x18
const SEQUENCE = 0x10 | CONSTRUCTED
const SET = 0x11 | CONSTRUCTED

const ECDSA_WITH_SHA256 = sequence(oid('2a8648ce3d040302'))
const COMMON_NAME = oid('550403')
const BASIC_CONSTRAINTS = oid('551d13')
const SUBJECT_ALTERNATIVE_NAME = oid('551d11')
const TRUE = Buffer.from('0101ff', 'hex')
/** The addresses of the servers of tests: `localhost` and 127.0.0.1. */
const LOOPBACK = sequence(tlv(0x82, Buffer.from('localhost')), tlv(0x87, Buffer.of(127, 0, 0, 1)))

let serial = 4096

/** Makes a certificate; valid from the year 2000 to 2999, so that no clock matters. */
export function makeCertificate({
  name,
  issuer,
  notBefore = new Date('2000-01-01'),
  notAfter = new Date('2999-01-01'),
  isAuthority = false,
}: CertificateOptions): TestCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  serial += 1
  const extensions = sequence(
    extension(BASIC_CONSTRAINTS, isAuthority ? sequence(TRUE) : sequence()),
    extension(SUBJECT_ALTERNATIVE_NAME, LOOPBACK),
  )
  const content = sequence(
    tlv(EXPLICIT, tlv(INTEGER, Buffer.of(2))),
    tlv(INTEGER, Buffer.of(serial >> 8, serial & 0xff)),
    ECDSA_WITH_SHA256,
    nameOf(issuer?.name ?? name),
    sequence(time(notBefore), time(notAfter)),
    nameOf(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(EXPLICIT + 3, extensions),
  )
  const signature = sign('sha256', content, issuer?.privateKey ?? privateKey)
  const der = sequence(
    content,
    ECDSA_WITH_SHA256,
    tlv(BIT_STRING, Buffer.concat([Buffer.of(0), signature])),
  )
  return {
    cert: toPem(der),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    der,
    thumbprint: createHash('sha256').update(der).digest('base64url'),
    name,
    privateKey,
  }
}

function tlv(tag: number, content: Uint8Array): Buffer {
  const { length } = content
  const size =
    length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.of(tag, ...size), content])
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return tlv(SEQUENCE, Buffer.concat(parts))
}

function oid(hex: string): Buffer {
  return tlv(OBJECT_IDENTIFIER, Buffer.from(hex, 'hex'))
}

function nameOf(commonName: string): Buffer {
  const attribute = sequence(COMMON_NAME, tlv(UTF8_STRING, Buffer.from(commonName)))
  return sequence(tlv(SET, attribute))
}

function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/\D/g, '').slice(0, 14)
  return tlv(GENERALIZED_TIME, Buffer.from(`${digits}Z`))
}

function extension(id: Buffer, value: Buffer): Buffer {
  return sequence(id, TRUE, tlv(OCTET_STRING, value))
}

function toPem(der: Buffer): string {
  const lines = der.toString('base64').replace(/.{64}(?=.)/g, '$&\n')
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}

/** The certificate as proxies write it into a header, by format. */
export const asHeader = {
  rfc9440: ({ der }: TestCertificate): string => `:${der.toString('base64')}:`,
  'base64-der': ({ der }: TestCertificate): string => der.toString('base64'),
  'escaped-pem': ({ cert }: TestCertificate): string => encodeURIComponent(cert),
  xfcc: ({ cert, der }: TestCertificate): string =>
    `Hash=${createHash('sha256').update(der).digest('hex')};Cert="${encodeURIComponent(cert)}";` +
    'Subject="CN=a \\"quoted\\", name;x=y";URI=spiffe://example.com/client',
}
