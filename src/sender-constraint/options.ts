import type { SignatureAlgorithm } from '../jws/algorithms.ts'
import type { ReplayStore } from '../storage/replay-store.ts'

/**
 * Which tokens may be presented with DPoP (RFC 9449).
 *
 * - `off`: none. Only Bearer is offered, and a token that is bound to a DPoP key is refused.
 * - `accepted`: a token that is bound to a DPoP key needs the scheme `DPoP` and a proof with each
 *   request. Other tokens are presented as Bearer.
 * - `required`: every request needs a bound token and a proof. Bearer tokens are refused.
 */
export type DpopMode = 'off' | 'accepted' | 'required'

/**
 * Whether DPoP proofs need a nonce of this server (RFC 9449 §9).
 *
 * - `off`: no nonce is given. A nonce in a proof is ignored.
 * - `when-asked`: a proof needs no nonce while its `iat` is close enough to this server's clock.
 *   Otherwise the server asks for a nonce, which then shows that the proof is fresh. So a client with a
 *   wrong clock can still call. A nonce that a proof has must be good.
 * - `required`: every proof needs a nonce, and its `iat` must be close enough too. A proof that was
 *   made in advance is then worth nothing.
 */
export type DpopNonceMode = 'off' | 'when-asked' | 'required'

/** Options for the nonces of DPoP proofs. */
export interface DpopNonceOptions {
  /**
   * Whether proofs need a nonce.
   *
   * @defaultValue `off`
   */
  readonly mode?: DpopNonceMode
  /**
   * Secrets that nonces are made from: 1 to 10, at least 32 characters each. Give the same list and the
   * same `lifetime` to all instances of this server. Otherwise each instance refuses the nonces of the
   * others, and clients need two calls for one. The first secret makes nonces; all are accepted. To
   * replace a secret, first append the new one on all instances, then move it to the front, and remove
   * the old one after twice the `lifetime`.
   *
   * @defaultValue a random secret of this process
   */
  readonly secrets?: readonly string[]
  /**
   * Seconds for which new nonces are the same. A nonce is accepted for at least this time, and for at
   * most twice this time.
   *
   * @defaultValue 120 s
   */
  readonly lifetime?: number
}

/** Options for DPoP proofs (RFC 9449). */
export interface DpopOptions {
  /**
   * Which tokens may be presented with DPoP.
   *
   * @defaultValue `accepted`
   */
  readonly mode?: DpopMode
  /**
   * Accepted signature algorithms of proofs. Challenges and metadata name them.
   *
   * @defaultValue `ES256`, `ES384`, `ES512`, `EdDSA`, `Ed25519`, `PS256`, `RS256`
   */
  readonly algorithms?: readonly SignatureAlgorithm[]
  /**
   * Seconds by which the `iat` of a proof may differ from this server's clock, in both directions.
   *
   * @defaultValue 300 s
   */
  readonly maxClockDifference?: number
  /**
   * Whether proofs need a nonce of this server: a mode, or an object of options.
   *
   * @defaultValue `off`
   */
  readonly nonce?: DpopNonceMode | DpopNonceOptions
  /**
   * A function that returns the path of a request as clients see it, for a proxy that rewrites paths. It
   * gets the path as this server received it, without the query.
   *
   * @defaultValue the path as received
   */
  readonly externalPath?: (path: string) => string
  /**
   * Where used proofs are remembered, so that no proof is accepted twice. Several instances of this
   * server need one store together: otherwise each of them accepts a proof once. If the store fails or
   * takes more than 10 s, the request is answered with 503.
   *
   * @defaultValue the option `sharedStore`, or the memory of this process
   */
  readonly replayStore?: ReplayStore
  /**
   * Most used proofs that the memory of this process remembers, about 100 bytes each. A proof is
   * remembered until it could no longer be accepted. None is dropped to make room: while the memory is
   * full, requests with proofs are answered with 503.
   *
   * @defaultValue 1 000 000
   */
  readonly maxProofs?: number
  /**
   * Most remembered proofs of one subject of an issuer, through all of its clients together. A subject
   * beyond it gets 503, and the others are not affected.
   *
   * @defaultValue a tenth of `maxProofs`
   */
  readonly maxProofsPerSubject?: number
}

/**
 * How a proxy encodes the client's certificate in a header.
 *
 * - `rfc9440`: DER as a structured byte sequence, `:MIIB…:` (RFC 9440), such as
 *   `:%[ssl_c_der,base64]:` of HAProxy.
 * - `base64-der`: DER in base64, such as `%[ssl_c_der,base64]` of HAProxy.
 * - `escaped-pem`: percent-encoded PEM, such as `$ssl_client_escaped_cert` of nginx.
 * - `xfcc`: the member `Cert` of Envoy's `x-forwarded-client-cert`. There must be one element, so Envoy
 *   must replace the header (`SANITIZE_SET`).
 */
export type ClientCertificateFormat = 'rfc9440' | 'base64-der' | 'escaped-pem' | 'xfcc'

/** Options for a proxy that terminates TLS, and passes the client's certificate on in a header. */
export interface ClientCertificateHeader {
  /**
   * The name of the header. Configure the proxy so that it always replaces or removes a header of this
   * name that a client has sent.
   */
  readonly header: string
  /** How the proxy encodes the certificate in the header. */
  readonly format: ClientCertificateFormat
  /**
   * IP addresses and CIDR ranges of the proxies, as this server sees them: the address of the
   * connection, never one from a header. In requests from all other addresses, the header is ignored,
   * and the handler does not see the header.
   */
  readonly trustedProxies: readonly string[]
}

/** Options for how callers prove possession of the key that their token is bound to. */
export interface SenderConstraintOptions {
  /**
   * Whether tokens may or must be bound to a DPoP key (RFC 9449): a mode, or an object of options.
   *
   * @defaultValue `accepted`
   */
  readonly dpop?: DpopMode | DpopOptions
  /**
   * Where the client's TLS certificate comes from, for tokens that are bound to a certificate (RFC 8705
   * §3): `connection`, which is the TLS connection to this server, or a header that a proxy sets. If the option
   * is set, the metadata says that such tokens are supported.
   *
   * @defaultValue `connection`, and the metadata does not mention it
   */
  readonly clientCertificate?: 'connection' | ClientCertificateHeader
}
