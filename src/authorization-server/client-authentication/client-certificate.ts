import { createSecureContext } from 'node:tls'
import { isObject } from '../../json-object.ts'
import type { TlsIdentity } from '../http/http-call.ts'
import type { BuiltInAuthentication } from './client-authentication.ts'

/** A certificate with its private key, for TLS connections to the authorization server (RFC 8705 §2). */
export interface ClientCertificate {
  /** The certificate in PEM form, followed by the intermediate certificates. */
  readonly cert: string | Uint8Array
  /** The private key of the certificate, in PEM form. It is never logged. */
  readonly key: string | Uint8Array
  /**
   * The passphrase of the private key.
   *
   * @defaultValue none
   */
  readonly passphrase?: string
}

/** Counts the certificates that were read. The version tells connections which certificate is the newest. */
let versions = 0

/**
 * Reads a client certificate.
 *
 * @returns what is wrong with it. The words contain nothing of certificate and key.
 * @internal
 */
export function readClientCertificate(given: unknown): TlsIdentity | { readonly fault: string } {
  if (!isObject(given)) return { fault: 'must be an object with `cert` and `key`' }
  const { cert, key, passphrase } = given
  if (!isText(cert) || !isText(key)) return { fault: 'must have `cert` and `key` in PEM form' }
  if (passphrase !== undefined && typeof passphrase !== 'string') {
    return { fault: 'has a `passphrase` that is not a string' }
  }
  const identity = {
    cert: asPem(cert),
    key: asPem(key),
    ...(passphrase === undefined ? {} : { passphrase }),
  }
  try {
    createSecureContext(identity)
  } catch (error) {
    const { code } = error as { readonly code?: unknown }
    const named = typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? ` (${code})` : ''
    const isPem = [identity.cert, identity.key].every((text) => text.includes('-----BEGIN'))
    const hint = isPem ? '' : '; give the content of the files, not their names'
    return {
      fault: `must be a certificate with its own private key, both in PEM form${named}${hint}`,
    }
  }
  versions += 1
  const version = versions
  // The members are not enumerable, so that nobody prints the private key by accident.
  return Object.defineProperties({ version } as TlsIdentity, {
    cert: { value: identity.cert },
    key: { value: identity.key },
    passphrase: { value: passphrase },
  })
}

/**
 * Authenticates with the certificate of the TLS connection (RFC 8705 §2). The request carries only the
 * client id. A self-signed certificate and one of an authority are sent in the same way.
 *
 * @internal
 */
export function mutualTls(clientId: string, certificate: TlsIdentity): BuiltInAuthentication {
  return {
    certificate,
    authenticate({ body }) {
      body.set('client_id', clientId)
    },
  }
}

function isText(value: unknown): value is string | Uint8Array {
  return typeof value === 'string' || value instanceof Uint8Array
}

function asPem(value: string | Uint8Array): string {
  return typeof value === 'string' ? value : Buffer.from(value).toString('latin1')
}
