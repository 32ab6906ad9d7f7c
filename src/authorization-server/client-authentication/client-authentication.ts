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

/** The built-in methods, by their names in RFC 7591 §2. */
export type ClientAuthenticationMethod = 'client_secret_basic' | 'client_secret_post'

/** This server's own client at an authorization server. @internal */
export interface OAuthClient {
  /** `client_id`. */
  readonly id: string
  readonly authentication: ClientAuthentication
}
