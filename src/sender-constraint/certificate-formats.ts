import type { ClientCertificateFormat } from './options.ts'

/** Reads the certificate in the value of a header. `undefined`: the value does not have the format. */
type ReadCertificate = (value: string) => Buffer | undefined

/** One certificate in PEM, and nothing else (RFC 7468 §2 and §5). */
const PEM =
  /^-----BEGIN CERTIFICATE-----\r?\n((?:[A-Za-z0-9+/=]+\r?\n)+)-----END CERTIFICATE-----(?:\r?\n)?$/

/** One key and its value in an element of XFCC. A value in quotes may contain separators and `\"`. */
const XFCC_PAIR = /([\w-]+)=(?:"((?:[^"\\]|\\.)*)"|([^",;=\s]*))/y

/** How the certificate is read from the header of a proxy, by format. @internal */
export const READ_CERTIFICATE: Readonly<Record<ClientCertificateFormat, ReadCertificate>> = {
  rfc9440(value) {
    const isByteSequence = value.length > 2 && value.startsWith(':') && value.endsWith(':')
    return isByteSequence ? readBase64(value.slice(1, -1)) : undefined
  },
  'base64-der': readBase64,
  'escaped-pem': readEscapedPem,
  xfcc(value) {
    const certificate = lastXfccCertificate(value)
    return certificate === undefined ? undefined : readEscapedPem(certificate)
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
 * Returns the value of `Cert` in the last element of an `x-forwarded-client-cert`. A proxy appends its
 * element at the end, so only the last element comes from the proxy that sent the request. The elements
 * before it are what others have told that proxy.
 */
function lastXfccCertificate(value: string): string | undefined {
  let certificate: string | undefined
  for (let at = 0; ; ) {
    XFCC_PAIR.lastIndex = at
    const pair = XFCC_PAIR.exec(value)
    if (pair === null) return undefined
    const [all, key = '', quoted, plain] = pair
    if (key.toLowerCase() === 'cert') {
      // Two certificates of one hop contradict each other.
      if (certificate !== undefined) return undefined
      certificate = quoted ?? plain
    }
    at += all.length
    if (at === value.length) return certificate
    const separator = value[at]
    at += 1
    if (separator === ',') {
      certificate = undefined
      while (value[at] === ' ' || value[at] === '\t') at += 1
    } else if (separator !== ';') return undefined
  }
}
