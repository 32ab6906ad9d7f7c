import { ChallengeError } from '../errors/challenge-error.ts'
import type { ResourceRequest } from '../http/resource-request.ts'

/** No header fields. @internal */
export const NO_FIELDS: readonly string[] = Object.freeze([])

/** Where the certificates of clients come from. @internal */
export interface CertificateSource {
  /**
   * Returns the certificate of the client in DER form.
   *
   * @throws {ChallengeError} @throws {UnavailableError}
   */
  certificateOf(request: ResourceRequest): Uint8Array
  /**
   * Names of header fields that look like the certificate of the client, and that somebody else than a
   * proxy has sent. The handler must not see them.
   */
  untrustedHeaders(request: ResourceRequest): readonly string[]
}

/** The TLS connection to this server, which the client itself has made. @internal */
export const CONNECTION: CertificateSource = {
  certificateOf({ connection }) {
    if (connection?.clientCertificate === undefined) {
      const detail =
        'the token is bound to a certificate ("cnf": x5t#S256), and the adapter does not say which ' +
        'certificate the client has; give the adapter the connection, or set the option ' +
        '`clientCertificate` to the header of your proxy'
      throw new ChallengeError('sender_constraint_unmet', detail)
    }
    const der = connection.clientCertificate()
    if (der !== undefined) return der
    const detail =
      'the connection has no client certificate; if the client has one, let the TLS server ask for it ' +
      '(`requestCert: true`), or set the option `clientCertificate` to the header of your proxy'
    throw new ChallengeError('certificate_missing', detail)
  },
  untrustedHeaders: () => NO_FIELDS,
}
