import { ChallengeError } from '../errors/challenge-error.ts'
import { UnavailableError } from '../errors/unavailable-error.ts'
import { headerValues } from '../http/header-fields.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import { READ_CERTIFICATE } from './certificate-formats.ts'
import { type CertificateSource, connectionOf, NO_FIELDS } from './certificate-source.ts'
import type { ClientCertificateHeader } from './options.ts'
import { TrustedProxies } from './trusted-proxies.ts'

/** The longest header that is read, in characters. The chain that Envoy can add needs the most. */
const MAX_LENGTH = 32_768

/**
 * The header of a proxy that terminates TLS. The header is read only if the request comes from the
 * address of a listed proxy, because anybody can send a header (RFC 9440 §3).
 *
 * @internal
 */
export class CertificateHeader implements CertificateSource {
  readonly #option: ClientCertificateHeader
  readonly #name: string
  readonly #proxies: TrustedProxies
  readonly #withheld: readonly string[]

  constructor(option: ClientCertificateHeader) {
    this.#option = option
    this.#name = option.header.toLowerCase()
    this.#proxies = new TrustedProxies(option.trustedProxies)
    this.#withheld = Object.freeze([this.#name])
  }

  untrustedHeaders(request: ResourceRequest): readonly string[] {
    if (headerValues(request.headers, this.#name).length === 0) return NO_FIELDS
    const address = connectionOf(request)?.remoteAddress
    return address !== undefined && this.#proxies.has(address) ? NO_FIELDS : this.#withheld
  }

  certificateOf(request: ResourceRequest): Uint8Array {
    const address = connectionOf(request)?.remoteAddress
    if (address === undefined) {
      const detail =
        `the address that the request came from is unknown, so the header "${this.#name}" cannot be ` +
        'trusted; give the adapter the connection (`fetchGate` has an option for it), and let the proxy ' +
        'connect to an IP address instead of a Unix socket'
      throw new UnavailableError('connection_unknown', detail)
    }
    if (!this.#proxies.has(address)) {
      const detail =
        `the request came from ${address}, which \`clientCertificate.trustedProxies\` does not list, ` +
        `so the header "${this.#name}" is ignored`
      throw new ChallengeError('certificate_missing', detail)
    }
    return this.#read(headerValues(request.headers, this.#name))
  }

  #read(values: readonly string[]): Uint8Array {
    const [value] = values
    if (value === undefined || value === '') {
      const detail = `the proxy sent no "${this.#name}"; the client has no certificate, or the proxy does not ask for it`
      throw new ChallengeError('certificate_missing', detail)
    }
    if (values.length > 1) throw this.#malformed('is there more than once')
    if (value.length > MAX_LENGTH) {
      throw this.#malformed(`has more than ${MAX_LENGTH} characters`)
    }
    const { format } = this.#option
    const der = READ_CERTIFICATE[format](value)
    if (der === undefined) throw this.#malformed(`does not have the format "${format}"`)
    return der
  }

  #malformed(found: string): ChallengeError {
    return new ChallengeError('certificate_malformed', `the header "${this.#name}" ${found}`)
  }
}
