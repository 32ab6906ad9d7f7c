/** The caller's token, which is to be exchanged. */
export interface SubjectToken {
  /** The access token that the caller sent. It must have been verified. */
  readonly token: string
  /**
   * When the token expires, in seconds since the epoch: `expiresAt` of the verified token, or of an MCP
   * handler's `authInfo`. Without it the exchanged token is not cached, because the cached token could
   * outlive the caller's token.
   */
  readonly expiresAt?: number | undefined
}

/** The service that the exchanged token is for. */
export interface ExchangeTarget {
  /** Logical name of the target service (RFC 8693 §2.1). In Keycloak it is the service's client id. */
  readonly audience?: string
  /** URI of the target service (RFC 8707), if the authorization server supports it. */
  readonly resource?: string
  /** Scopes of the exchanged token. */
  readonly scopes?: readonly string[]
}

/** A token for a downstream service. It acts for the caller whose token was exchanged. */
export interface ExchangedToken {
  /** The access token. Send it only to the target. */
  readonly accessToken: string
  /** When the token expires, in seconds since the epoch. */
  readonly expiresAt: number
  /** The scopes that the token has. */
  readonly scopes: readonly string[]
}

/** Exchanges callers' tokens for tokens of downstream services. */
export interface TokenExchanger {
  /**
   * Gets a token with which this server can call the target for the caller.
   *
   * @throws {TokenExchangeError} if the authorization server refuses. Its `challenge` tells the caller
   * what to do.
   * @throws {UnavailableError} if there is no reliable answer
   */
  exchange(
    subject: SubjectToken,
    target: ExchangeTarget,
    context?: { readonly signal?: AbortSignal; readonly correlationId?: string },
  ): Promise<ExchangedToken>
  /** Closes the connections. Every later exchange throws an `UnavailableError` with the reason `closed`. */
  close(): Promise<void>
}
