import type { TlsIdentity } from '../http/http-call.ts'

/** A request to the authorization server, to which credentials are added. */
export interface AuthenticatedRequest {
  readonly headers: Record<string, string>
  readonly body: URLSearchParams
  /** The URL of the endpoint. */
  readonly url: string
}

/**
 * Authenticates this server to the authorization server (RFC 7662 §2.1, RFC 6749 §2.3). This server
 * uses its own credentials, never those of a caller's client (S1.8).
 */
export interface ClientAuthentication {
  /** Adds the credentials to a request. If it returns a promise, the promise must settle within 10 seconds. */
  authenticate(request: AuthenticatedRequest): void | Promise<void>
}

/** The built-in methods, by their names in RFC 7591 §2 and RFC 8705 §2. */
export type ClientAuthenticationMethod =
  | 'client_secret_basic'
  | 'client_secret_post'
  | 'client_secret_jwt'
  | 'private_key_jwt'
  | 'tls_client_auth'
  | 'self_signed_tls_client_auth'

/** A request for which a built-in method makes the credentials. @internal */
export interface BuiltInRequest extends AuthenticatedRequest {
  /** The algorithms that the authorization server accepts for assertions; `undefined` if it does not say. */
  readonly signingAlgorithms?: readonly string[] | undefined
}

/** A built-in method with one credential. @internal */
export interface BuiltInAuthentication {
  /** Adds the credentials to a request. @throws {SigningError} */
  authenticate(request: BuiltInRequest): void | Promise<void>
  /** The certificate for the connection, if the method needs one. */
  readonly certificate?: TlsIdentity
}
