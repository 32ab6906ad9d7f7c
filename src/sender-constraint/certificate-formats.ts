import { digestOf } from '../storage/digest.ts'
import type { ClientCertificateFormat } from './options.ts'

/** Reads the certificate in the value of a header. `undefined`: the value does not have the format. */
type ReadCertificate = (value: string) => Buffer | undefined

/** One certificate in PEM, and nothing else (RFC 7468 §2 and §5). */
const PEM =
  /^-----BEGIN CERTIFICATE-----\r?\n((?:[A-Za-z0-9+/=]+\r?\n)+)-----END CERTIFICATE-----(?:\r?\n)?$/

/** One key and its value in XFCC. A value in quotes may contain separators and `\"`. */
const XFCC_PAIR = /([\w-]+)=(?:"((?:[^"\\]|\\.)*)"|([^",;=\s]*))/y

/** How the certificate is read from the header of a proxy, by format. @internal */
export const READ_CERTIFICATE: Readonly<Record<ClientCertificateFormat, ReadCertificate>> = {
  rfc9440(value) {
    const isByteSequence = value.startsWith(':') && value.endsWith(':')
    return isByteSequence ? readBase64(value.slice(1, -1)) : undefined
  },
  'base64-der': readBase64,
  'escaped-pem': readEscapedPem,
  xfcc(value) {
    const { cert, hash } = readXfcc(value) ?? {}
    const der = cert === undefined ? undefined : readEscapedPem(cert)
    if (der === undefined || hash === undefined) return der
    return digestOf(der) === Buffer.from(hash, 'hex').toString('base64url') ? der : undefined
  },
}

/** Reads base64 (RFC 4648 §4) with its padding. `Buffer.from` alone would skip foreign characters. */
function readBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.length > 0 && bytes.toString('base64') === text ? bytes : undefined
}

function readEscapedPem(value: string): Buffer | undefined {
  let text: string
  try {
    text = decodeURIComponent(value)
  } catch {
    return undefined
  }
  const base64 = PEM.exec(text)?.[1]
  return base64 === undefined ? undefined : readBase64(base64.replace(/[\r\n]/g, ''))
}

/**
 * Reads `Cert` and `Hash` of an `x-forwarded-client-cert` with one element.
 *
 * Envoy writes URIs and DNS names of the certificate without quotes. With a comma or a semicolon in them, a
 * client can add elements and members, such as another `Cert`. It cannot remove those that Envoy writes
 * first. So several elements, and two members of one name, are refused.
 */
function readXfcc(value: string): { readonly cert?: string; readonly hash?: string } | undefined {
  const members: { cert?: string; hash?: string } = {}
  for (let at = 0; ; at += 1) {
    XFCC_PAIR.lastIndex = at
    const pair = XFCC_PAIR.exec(value)
    if (pair === null) return undefined
    const [all, key = '', quoted, plain = ''] = pair
    const name = key.toLowerCase()
    if (name === 'cert' || name === 'hash') {
      if (members[name] !== undefined) return undefined
      members[name] = quoted ?? plain
    }
    at += all.length
    if (at === value.length) return members
    if (value[at] !== ';') return undefined
  }
}
