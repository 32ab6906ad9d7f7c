import { codeOf } from '../../authorization-server/http/failure-words.ts'
import { nameOf } from '../../redaction.ts'
import { OutOfReach } from './guarded-connector.ts'

/** Why there was no HTTP answer. @internal */
export interface ConnectionFailure {
  readonly kind: 'unreachable' | 'untrusted' | 'out-of-reach'
  /** A sentence without a subject, such as `refused the connection`. It contains nothing foreign. */
  readonly words: string
}

/** Codes of Node, of OpenSSL and of undici. Others are grouped by their first letters. */
const UNREACHABLE: Readonly<Record<string, string>> = {
  ENOTFOUND: 'has no address in the DNS',
  EAI_AGAIN: 'has an address that the DNS could not tell just now',
  ECONNREFUSED: 'refuses the connection',
  ECONNRESET: 'broke the connection off',
  EPIPE: 'broke the connection off',
  UND_ERR_SOCKET: 'broke the connection off',
  EHOSTUNREACH: 'cannot be reached from this machine',
  ENETUNREACH: 'cannot be reached from this machine',
  ETIMEDOUT: 'did not answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'did not answer in time',
  UND_ERR_HEADERS_OVERFLOW: 'sends header fields that are too long',
  EPROTO: 'does not speak TLS as it should',
}

const UNTRUSTED: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'has a certificate that signs itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'has a certificate of an authority that is not known here',
  UNABLE_TO_GET_ISSUER_CERT: 'has a certificate of an authority that is not known here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'has a certificate of an authority that is not known here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'has a certificate whose chain cannot be verified: an intermediate certificate may be missing',
  CERT_HAS_EXPIRED: 'has a certificate that has expired',
  CERT_NOT_YET_VALID: 'has a certificate that is not valid yet',
  CERT_REVOKED: 'has a certificate that was revoked',
  ERR_TLS_CERT_ALTNAME_INVALID: 'has a certificate for another name',
  HOSTNAME_MISMATCH: 'has a certificate for another name',
}

/** Whether a call has no answer. @internal */
export function isFailure(probed: object): probed is ConnectionFailure {
  return 'words' in probed
}

/** Says why a call failed. Messages of other code are not repeated: they may quote the answer. @internal */
export function failureOf(error: unknown, deadline: AbortSignal): ConnectionFailure {
  if (error instanceof OutOfReach) {
    return { kind: 'out-of-reach', words: `has an address that is ${error.zone}` }
  }
  const code = codeOf(error)
  const untrusted = UNTRUSTED[code]
  if (untrusted !== undefined) return { kind: 'untrusted', words: untrusted }
  const unreachable = UNREACHABLE[code]
  if (unreachable !== undefined) return { kind: 'unreachable', words: unreachable }
  if (deadline.aborted) return { kind: 'unreachable', words: 'did not answer in time' }
  if (nameOf(error) === 'HTTPParserError')
    return { kind: 'unreachable', words: 'does not answer in HTTP/1.1' }
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')) {
    return { kind: 'unreachable', words: 'does not speak TLS as it should' }
  }
  return { kind: 'unreachable', words: 'gave no answer that can be read' }
}
