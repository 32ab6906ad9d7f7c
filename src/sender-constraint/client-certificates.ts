import { X509Certificate } from 'node:crypto'
import { ChallengeError } from '../errors/challenge-error.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import type { Clock } from '../storage/clock.ts'
import { digestOf } from '../storage/digest.ts'
import { CertificateHeader } from './certificate-header.ts'
import { type CertificateSource, CONNECTION } from './certificate-source.ts'
import type { ClientCertificateHeader } from './options.ts'

/** Checks that callers have the certificate that their token is bound to (RFC 8705 §3). @internal */
export class ClientCertificates {
  readonly #source: CertificateSource
  readonly #clock: Clock

  /** @param option the option `clientCertificate` */
  constructor(option: 'connection' | ClientCertificateHeader | undefined, clock: Clock) {
    this.#source = typeof option === 'object' ? new CertificateHeader(option) : CONNECTION
    this.#clock = clock
  }

  /** Names of header fields with a certificate that no trusted proxy has sent. The handler must not see them. */
  untrustedHeaders(request: ResourceRequest): readonly string[] {
    return this.#source.untrustedHeaders(request)
  }

  /**
   * Checks that the certificate of the client is the one that the token is bound to, and that it is
   * valid now.
   *
   * The TLS handshake has shown that the client has the key of the certificate. Whether a trusted
   * authority has issued the certificate does not matter here (RFC 8705 §3): the TLS server decides it.
   *
   * @param thumbprint the member `x5t#S256` of the token's `cnf`
   * @throws {ChallengeError} `certificate_missing`, `certificate_malformed`, `certificate_mismatch`,
   * `certificate_expired`, `sender_constraint_unmet`
   * @throws {UnavailableError} `connection_unknown`
   */
  check(request: ResourceRequest, thumbprint: string): void {
    const der = this.#source.certificateOf(request)
    const certificate = readCertificate(der)
    if (digestOf(der) !== thumbprint) {
      const detail =
        'the token is bound to another certificate than the client\'s ("cnf": x5t#S256)'
      throw new ChallengeError('certificate_mismatch', detail)
    }
    const now = this.#clock()
    if (now >= certificate.validFromDate.getTime() && now <= certificate.validToDate.getTime()) {
      return
    }
    const { validFrom, validTo } = certificate
    const detail = `the client's certificate is valid only from ${validFrom} to ${validTo}`
    throw new ChallengeError('certificate_expired', detail)
  }
}

function readCertificate(der: Uint8Array): X509Certificate {
  let certificate: X509Certificate | undefined
  try {
    certificate = new X509Certificate(der)
  } catch {
    // Reported below.
  }
  // Node also reads PEM, and ignores what follows the certificate.
  if (certificate?.raw.equals(der)) return certificate
  const detail = "the client's certificate is not one X.509 certificate in DER form"
  throw new ChallengeError('certificate_malformed', detail)
}
