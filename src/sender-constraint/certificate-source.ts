import { ChallengeError } from '../errors/challenge-error.ts'
import { UnavailableError } from '../errors/unavailable-error.ts'
import type { RequestConnection, ResourceRequest } from '../http/resource-request.ts'

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
   * Names of header fields with a certificate that no trusted proxy has sent. The handler must not see
   * these fields.
   */
  untrustedHeaders(request: ResourceRequest): readonly string[]
}

/**
 * Returns the connection of a request. Adapters find it out only when it is read here.
 *
 * @throws {UnavailableError} `connection_unknown`: the operator's function returned something else
 * @internal
 */
export function connectionOf({ connection }: ResourceRequest): RequestConnection | undefined {
  if (connection === undefined) return undefined
  if (typeof connection === 'object' && connection !== null && !('then' in connection)) {
    return connection
  }
  throw wrongType('the connection of the request', connection)
}

function wrongType(what: string, found: unknown): UnavailableError {
  // Nobody waits for this promise. If it rejected, Node would end the process.
  if (found instanceof Promise) found.catch(() => {})
  const got = found instanceof Promise ? 'a promise' : found === null ? 'null' : typeof found
  const detail = `${what} is ${got}, and the adapter needs the value itself, in the type of \`RequestConnection\``
  return new UnavailableError('connection_unknown', detail)
}

/** The TLS connection between the client and this server. @internal */
export const CONNECTION: CertificateSource = {
  certificateOf(request) {
    const connection = connectionOf(request)
    if (connection?.clientCertificate === undefined) {
      const detail =
        'the token is bound to a certificate ("cnf": x5t#S256), and the adapter does not say which ' +
        'certificate the client has; give the adapter the connection, or set the option ' +
        '`clientCertificate` to the header of your proxy'
      throw new ChallengeError('sender_constraint_unmet', detail)
    }
    const der: unknown = connection.clientCertificate()
    if (der instanceof Uint8Array) return der
    if (der !== undefined) throw wrongType('`clientCertificate()` of the connection', der)
    const detail =
      'the connection has no client certificate; if the client has one, let the TLS server ask for it ' +
      '(`requestCert: true`), or set the option `clientCertificate` to the header of your proxy'
    throw new ChallengeError('certificate_missing', detail)
  },
  untrustedHeaders: () => NO_FIELDS,
}
