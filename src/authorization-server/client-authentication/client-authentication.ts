/** A request to the authorization server, to which credentials are added. */
export interface AuthenticatedRequest {
  readonly headers: Record<string, string>
  readonly body: URLSearchParams
  /** URL that the request goes to. */
  readonly url: string
}

/**
 * How this server proves to the authorization server who it is (RFC 7662 §2.1, RFC 6749 §2.3).
 * It uses its own credentials, never those of a user's client (S1.8).
 */
export interface ClientAuthentication {
  /** Adds the credentials to a request. A promise must settle within 10 seconds. */
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
